import assert from 'node:assert/strict';
import type { Directory } from '../directory/directory.ts';
import { basicAuthorization } from './export-service.ts';

/** What an approved connector comes in with. */
export interface TestConnector {
  readonly tenant: string;
  readonly name: string;
  readonly apiId: string;
  readonly key: string;
  readonly redirectUrl: string;
  /** For `Authorization` at `getAuthToken`. */
  readonly basic: string;
}

export interface TestConnectorOptions {
  readonly name?: string;
  readonly redirectUrl?: string;
  readonly allowedNetworks?: readonly string[];
  /** From when on attacks are served; 60 days ago unless given. */
  readonly siemEnabledAtMs?: number;
}

const actor = { name: 'test' };

/** A connector of `tenant` that is requested and approved at `nowMs`. */
export async function createConnector(
  directory: Directory,
  tenant: string,
  nowMs: number,
  options: TestConnectorOptions = {},
): Promise<TestConnector> {
  const {
    name = 'SIEM',
    redirectUrl = 'https://siem.example.com/callback?site=1',
    allowedNetworks = [],
    siemEnabledAtMs = nowMs - 60 * 86_400_000,
  } = options;
  await directory.requestConnector(tenant, { name, redirectUrl, allowedNetworks }, actor);
  const approved = await directory.approveConnector(tenant, name, { siemEnabledAtMs }, actor);
  const apiId = approved.approval?.apiId;
  const key = approved.keys[0]?.value.reveal();
  assert.ok(apiId !== undefined && key !== undefined);
  return { tenant, name, apiId, key, redirectUrl, basic: basicAuthorization(apiId, key) };
}

/** An access token by API ID and key. */
export async function connectorToken(
  directory: Directory,
  { apiId, key }: TestConnector,
): Promise<string> {
  const principal = await directory.authenticateConnector(apiId, key);
  assert.ok(principal);
  return (await directory.issueConnectorToken(principal, 86_400_000)).value.reveal();
}
