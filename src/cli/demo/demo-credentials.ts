import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { Directory } from '../../directory/directory.ts';
import { writeFileAtomically } from '../../lib/atomic-file.ts';
import { systemClock } from '../system-clock.ts';
import { demoAccounts, ensureDemoAccounts } from './demo-accounts.ts';
import type { DemoAccount } from './demo-accounts.ts';

export const demoTenant = 'demo';
const email = 'demo@example.com';
const actor = { name: 'system' };

/** What a person or a script needs to call every API of the demo. */
const demoCredentials = z.object({
  baseUrl: z.string(),
  tenant: z.string(),
  ingest: z.object({ key: z.string() }),
  eventsApi: z.object({
    username: z.string(),
    token: z.string(),
    clientId: z.string(),
    clientSecret: z.string(),
  }),
  siemApi: z.object({ apiId: z.string(), apiKey: z.string(), redirectUrl: z.string() }),
});
export interface DemoCredentials extends z.output<typeof demoCredentials> {
  /** For the console, at `baseUrl`. */
  readonly accounts: readonly DemoAccount[];
}

/** Only what cannot be had again from the directory. */
type EarlierCredentials = Pick<DemoCredentials, 'ingest' | 'eventsApi'>;

/**
 * The demo tenant with its export on, and credentials that are valid now: those of an earlier run
 * while they are, new ones otherwise. Leaves them in `file`, mode 0600.
 */
export async function ensureDemoCredentials(
  directory: Directory,
  baseUrl: string,
  file: string,
): Promise<DemoCredentials> {
  await ensureTenant(directory);
  const earlier = await readCredentials(file);
  const credentials = {
    baseUrl,
    tenant: demoTenant,
    ingest: { key: await ingestKey(directory, earlier) },
    eventsApi: {
      username: email,
      token: await token(directory),
      ...(await apiClient(directory, earlier)),
    },
    siemApi: await connector(directory, baseUrl),
    accounts: demoAccounts,
  };
  await writeFileAtomically(file, `${JSON.stringify(credentials, undefined, 2)}\n`, 0o600);
  return credentials;
}

async function ensureTenant(directory: Directory): Promise<void> {
  await unlessExists(() =>
    directory.createTenant({ id: demoTenant, title: 'Demo', edition: 'Elite' }, actor),
  );
  await unlessExists(() =>
    directory.addAdministrator({ tenant: demoTenant, email, role: 'administrator' }, actor),
  );
  await ensureDemoAccounts(directory, demoTenant);
  const { enabled } = await directory.exportSettings(demoTenant);
  if (!enabled) await directory.changeExportSettings(demoTenant, { enabled: true }, actor);
}

async function unlessExists(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'already_exists') throw error;
  }
}

async function token(directory: Directory): Promise<string> {
  const held = await directory.token(demoTenant, email);
  const valid = held?.value ?? (await directory.createToken(demoTenant, email, 30, actor)).value;
  if (valid === undefined) throw new AppError('internal', 'a new token came without its value');
  return valid.reveal();
}

async function ingestKey(
  directory: Directory,
  earlier: EarlierCredentials | undefined,
): Promise<string> {
  if (earlier !== undefined) {
    const principal = await directory.authenticateIngestKey(earlier.ingest.key);
    if (principal?.tenant === demoTenant) return earlier.ingest.key;
  }
  const { key } = await directory.createIngestKey(demoTenant, 'demo generator', actor);
  return key.reveal();
}

async function apiClient(directory: Directory, earlier: EarlierCredentials | undefined) {
  if (earlier !== undefined) {
    const { clientId, clientSecret } = earlier.eventsApi;
    const principal = await directory.authenticateApiClient(clientId, clientSecret);
    if (principal?.tenant === demoTenant) return { clientId, clientSecret };
  }
  const client = await directory.createApiClient(demoTenant, 'demo collector', actor);
  return { clientId: client.clientId, clientSecret: client.secret.reveal() };
}

const connectorName = 'demo collector';
/** How much older attacks may be than the demo. */
const siemEnabledBeforeMs = 3_600_000;

/** Requested and approved as a customer's would be; codes are sent to the demo itself. */
async function connector(
  directory: Directory,
  baseUrl: string,
): Promise<DemoCredentials['siemApi']> {
  const redirectUrl = `${baseUrl}/`;
  await unlessExists(() =>
    directory.requestConnector(demoTenant, { name: connectorName, redirectUrl }, actor),
  );
  const siemEnabledAtMs = systemClock.nowMs() - siemEnabledBeforeMs;
  await unlessExists(() =>
    directory.approveConnector(demoTenant, connectorName, { siemEnabledAtMs }, actor),
  );
  const held = await directory.connector(demoTenant, connectorName);
  if (held.redirectUrl !== redirectUrl) {
    await directory.changeConnector(demoTenant, connectorName, { redirectUrl }, actor);
  }
  if (held.state === 'disabled') {
    await directory.setConnectorEnabled(demoTenant, connectorName, true, actor);
  }
  const [key] = held.keys;
  if (key === undefined || held.approval === undefined) {
    throw new AppError('internal', 'an approved connector came without its key');
  }
  return { apiId: held.approval.apiId, apiKey: key.value.reveal(), redirectUrl };
}

async function readCredentials(file: string): Promise<EarlierCredentials | undefined> {
  try {
    return demoCredentials
      .pick({ ingest: true, eventsApi: true })
      .parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined; // the first run, or a file that was touched: new credentials are made
  }
}
