/** Connectors that are approved already, and what is done with them. */
import assert from 'node:assert/strict';
import type { ConnectorPrincipal, ConnectorWithKeys } from '../../../src/directory/connector.ts';
import type { Directory } from '../../../src/directory/directory.ts';
import { actor, dayMs } from './ground.ts';

export const splunk = {
  name: 'SOC Splunk',
  redirectUrl: 'https://siem.example.com/back?site=1',
} as const;
export const life = { codeLifeMs: 600_000, lifeMs: dayMs } as const;

export async function approved(directory: Directory, tenant = 'acme', name: string = splunk.name) {
  await directory.requestConnector(tenant, { ...splunk, name }, actor);
  return directory.approveConnector(tenant, name, {}, actor);
}

export const apiIdOf = ({ approval }: ConnectorWithKeys): string => approval?.apiId ?? 'none';
export const keyOf = ({ keys }: ConnectorWithKeys, index = 0): string =>
  keys[index]?.value.reveal() ?? 'none';

export async function principalOf(directory: Directory, connector: ConnectorWithKeys, index = 0) {
  const principal = await directory.authenticateConnector(
    apiIdOf(connector),
    keyOf(connector, index),
  );
  assert.ok(principal);
  return principal;
}

export async function codeFor(directory: Directory, connector: ConnectorWithKeys): Promise<string> {
  const enabled = await directory.enabledConnector(apiIdOf(connector));
  assert.ok(enabled);
  return (await directory.authorizationCode(enabled)).reveal();
}

export async function accessToken(
  directory: Directory,
  principal: ConnectorPrincipal,
): Promise<string> {
  return (await directory.issueConnectorToken(principal, dayMs)).value.reveal();
}
