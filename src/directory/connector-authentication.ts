import type { DirectoryParts } from './change.ts';
import { connectorKeyLookup } from './connector-keys.ts';
import type { ConnectorPrincipal, EnabledConnector } from './connector.ts';
import { credentialLookup, isSameLookup } from './credentials.ts';
import type { Reader } from './database.ts';
import { toNetworks } from './find-connector.ts';

/** A key or an access token that is in force but for its expiry. */
export interface KnownConnector {
  readonly lookup: string;
  readonly principal: ConnectorPrincipal;
  readonly expiresAtMs: number;
}

type Find = (connection: Reader, lookup: string) => Promise<KnownConnector | undefined>;

export async function enabledConnector(
  { database, caches }: DirectoryParts,
  apiId: string,
): Promise<EnabledConnector | undefined> {
  return caches.connectors.read(apiId, async () => {
    const row = await enabledConnectors(database.reader)
      .where('connector.api_id', '=', apiId)
      .executeTakeFirst();
    return row && toEnabledConnector(row);
  });
}

export function authenticateConnector(
  parts: DirectoryParts,
  apiId: string,
  key: string,
): Promise<ConnectorPrincipal | undefined> {
  return authenticate(parts, connectorKeyLookup(parts.keyring, key, apiId), findByKey);
}

export function authenticateConnectorToken(
  parts: DirectoryParts,
  accessToken: string,
): Promise<ConnectorPrincipal | undefined> {
  return authenticate(parts, connectorTokenLookup(parts.keyring, accessToken), findByToken);
}

export function connectorTokenLookup(
  { lookupKey }: DirectoryParts['keyring'],
  value: string,
): string {
  return credentialLookup(lookupKey, 'connectorToken', value);
}

/** As for every other credential: keyed digest, lookup, comparison in constant time. */
async function authenticate(
  { database, caches, clock }: DirectoryParts,
  lookup: string,
  find: Find,
): Promise<ConnectorPrincipal | undefined> {
  const load = () => find(database.reader, lookup);
  const known = await caches.connectorCredentials.read(lookup, load);
  if (known === undefined || !isSameLookup(known.lookup, lookup)) return undefined;
  return known.expiresAtMs > clock.nowMs() ? known.principal : undefined;
}

async function findByKey(connection: Reader, lookup: string): Promise<KnownConnector | undefined> {
  const row = await enabledConnectors(connection)
    .innerJoin('connector_key', 'connector_key.connector_id', 'connector.connector_id')
    .select(['connector_key.lookup', 'connector_key.key_id', 'connector_key.ends_at_ms'])
    .where('connector_key.lookup', '=', lookup)
    .executeTakeFirst();
  return row && toKnown(row, row.ends_at_ms ?? Infinity);
}

async function findByToken(
  connection: Reader,
  lookup: string,
): Promise<KnownConnector | undefined> {
  const row = await enabledConnectors(connection)
    .innerJoin('connector_key', 'connector_key.connector_id', 'connector.connector_id')
    .innerJoin('connector_token', 'connector_token.key_id', 'connector_key.key_id')
    .select(['connector_token.lookup', 'connector_token.expires_at_ms'])
    .select(['connector_key.key_id', 'connector_key.ends_at_ms'])
    .where('connector_token.lookup', '=', lookup)
    .executeTakeFirst();
  return row && toKnown(row, Math.min(row.expires_at_ms, row.ends_at_ms ?? Infinity));
}

/** What an enabled connector of an enabled tenant is made from. */
function enabledConnectors(connection: Reader) {
  return connection
    .selectFrom('connector')
    .innerJoin('tenant', 'tenant.id', 'connector.tenant')
    .select(['connector.tenant', 'connector.api_id', 'connector.redirect_url'])
    .select(['connector.allowed_networks', 'connector.siem_enabled_at_ms'])
    .select('connector.enabled_at_ms')
    .where('connector.state', '=', 'enabled')
    .where('tenant.enabled', '=', 1);
}

interface EnabledRow {
  readonly tenant: string;
  readonly api_id: string | null;
  readonly redirect_url: string;
  readonly allowed_networks: string;
  readonly siem_enabled_at_ms: number | null;
  readonly enabled_at_ms: number | null;
}

function toKnown(
  row: EnabledRow & { readonly lookup: string; readonly key_id: string },
  expiresAtMs: number,
): KnownConnector {
  const connector = toEnabledConnector(row);
  const { tenant, apiId } = connector;
  return {
    lookup: row.lookup,
    expiresAtMs,
    principal: {
      tenant,
      name: apiId,
      kind: 'connector',
      credentialId: apiId,
      connector,
      keyId: row.key_id,
    },
  };
}

/** An approved connector lacks none of these; were one missing, it would let nobody in. */
function toEnabledConnector(row: EnabledRow): EnabledConnector {
  return {
    tenant: row.tenant,
    apiId: row.api_id ?? '',
    redirectUrl: row.redirect_url,
    allowedNetworks: toNetworks(row.allowed_networks),
    siemEnabledAtMs: row.siem_enabled_at_ms ?? Infinity,
    enabledAtMs: row.enabled_at_ms ?? Infinity,
  };
}
