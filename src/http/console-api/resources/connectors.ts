import { z } from 'zod';
import { AppError } from '../../../core/errors.ts';
import type { Connector, ConnectorKey } from '../../../directory/connector.ts';
import type { Directory, LastUse } from '../../../directory/directory.ts';
import type { ConnectorView } from '../api-types.ts';
import { InvalidFields } from '../console-failure.ts';
import type { EndpointsOf } from '../endpoint.ts';
import { credentialName } from '../schemas/credential-name.ts';
import { lastUsedAtMs } from './last-use.ts';
import { tryConnector } from './try-connector.ts';

type ConnectorEndpoint =
  | 'GET /tenants/:tenant/connectors'
  | 'POST /tenants/:tenant/connectors'
  | 'PATCH /tenants/:tenant/connectors/:name'
  | 'DELETE /tenants/:tenant/connectors/:name'
  | 'GET /tenants/:tenant/connectors/:name/key'
  | 'POST /tenants/:tenant/connectors/:name/rotate'
  | 'POST /tenants/:tenant/connectors/:name/try';

const overlapMsMax = 2_592_000_000;
const overlapRange = `must be 0 to ${overlapMsMax}`;

const redirectUrl = z.string('must be a URL').min(1, 'must be a URL').max(2000, 'is too long');
const allowedNetworks = z
  .array(z.string('must be an address or a network').max(64, 'is too long'))
  .max(100, 'must be at most 100 addresses and networks');

const connectorRequest = z.strictObject({ name: credentialName, redirectUrl, allowedNetworks });
const connectorChange = z
  .strictObject({ redirectUrl, allowedNetworks, enabled: z.boolean('must be true or false') })
  .partial();

export const connectorEndpoints: EndpointsOf<ConnectorEndpoint> = {
  'GET /tenants/:tenant/connectors': {
    who: 'member',
    handle: async ({ params, service: { directory } }) => ({
      connectors: await connectorViews(directory, params.tenant),
    }),
  },
  'POST /tenants/:tenant/connectors': {
    who: 'administrator',
    body: connectorRequest,
    handle: async ({ params, body, actor, service: { directory } }) => {
      const requested = await namingFields(() =>
        directory.requestConnector(params.tenant, body, actor),
      );
      return { connector: await connectorView(directory, requested, []) };
    },
  },
  'PATCH /tenants/:tenant/connectors/:name': {
    who: 'administrator',
    body: connectorChange,
    handle: async ({ params, body, actor, service: { directory } }) => {
      const { tenant, name } = params;
      const { enabled, ...rest } = body;
      const change = {
        ...(rest.redirectUrl !== undefined && { redirectUrl: rest.redirectUrl }),
        ...(rest.allowedNetworks !== undefined && { allowedNetworks: rest.allowedNetworks }),
      };
      if (Object.keys(change).length > 0) {
        await namingFields(() => directory.changeConnector(tenant, name, change, actor));
      } else if (enabled === undefined) {
        throw new InvalidFields({ body: 'must change something' });
      }
      if (enabled !== undefined) await directory.setConnectorEnabled(tenant, name, enabled, actor);
      return { connector: await namedConnectorView(directory, tenant, name) };
    },
  },
  'DELETE /tenants/:tenant/connectors/:name': {
    who: 'administrator',
    handle: async ({ params, actor, service: { directory } }) => {
      await directory.deleteConnector(params.tenant, params.name, actor);
      return { ok: true };
    },
  },
  'GET /tenants/:tenant/connectors/:name/key': {
    who: 'administrator',
    handle: async ({ params, actor, service: { directory } }) => {
      const { tenant, name, keys } = await directory.connector(params.tenant, params.name);
      const [newest] = keys;
      if (newest === undefined) {
        throw new AppError('not_found', 'the connector has no key before it is approved');
      }
      const reading = { action: "copied a connector's key", detail: name };
      await directory.recordReading(tenant, reading, actor);
      return { value: newest.value.reveal() };
    },
  },
  'POST /tenants/:tenant/connectors/:name/rotate': {
    who: 'administrator',
    body: z.strictObject({
      overlapMs: z.int(overlapRange).min(0, overlapRange).max(overlapMsMax, overlapRange),
    }),
    handle: async ({ params, body, actor, service: { directory } }) => {
      const { tenant, name } = params;
      await directory.rotateConnectorKey(tenant, name, body.overlapMs, actor);
      return { connector: await namedConnectorView(directory, tenant, name) };
    },
  },
  'POST /tenants/:tenant/connectors/:name/try': {
    who: 'administrator',
    handle: async ({ params, actor, c, service, signal }) => ({
      steps: await tryConnector({ ...params, actor }, c, service, signal),
    }),
  },
};

export async function connectorViews(
  directory: Directory,
  tenant: string,
): Promise<readonly ConnectorView[]> {
  const [connectors, uses] = await Promise.all([
    directory.connectors(tenant),
    directory.credentialUses(tenant),
  ]);
  return Promise.all(connectors.map((connector) => connectorView(directory, connector, uses)));
}

export async function namedConnectorView(
  directory: Directory,
  tenant: string,
  name: string,
): Promise<ConnectorView> {
  const [connector, uses] = await Promise.all([
    directory.connector(tenant, name),
    directory.credentialUses(tenant),
  ]);
  return connectorView(directory, connector, uses);
}

async function connectorView(
  directory: Directory,
  connector: Connector,
  uses: readonly LastUse[],
): Promise<ConnectorView> {
  const { tenant, name, state, approval, requestedAtMs } = connector;
  const keys =
    approval === undefined ? [] : (await directory.connector(tenant, name)).keys.map(keyView);
  return {
    name,
    redirectUrl: connector.redirectUrl,
    allowedNetworks: connector.allowedNetworks,
    state,
    requestedAtMs,
    approval: approval ?? null,
    keys,
    lastUsedAtMs: approval === undefined ? null : lastUsedAtMs(uses, 'connector', approval.apiId),
  };
}

/** Without its value. */
function keyView({ createdAtMs, endsAtMs }: ConnectorKey): ConnectorView['keys'][number] {
  return { createdAtMs, endsAtMs: endsAtMs ?? null };
}

/** The directory says which field is wrong at the start of its message. */
async function namingFields<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'input_invalid') throw error;
    const field = ['name', 'redirectUrl', 'allowedNetworks'].find((candidate) =>
      error.message.startsWith(`${candidate} `),
    );
    if (field === undefined) throw error;
    throw new InvalidFields({ [field]: error.message.slice(field.length + 1) });
  }
}
