import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { Directory } from '../../directory/directory.ts';
import { writeFileAtomically } from '../../lib/atomic-file.ts';

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
});
export type DemoCredentials = z.output<typeof demoCredentials>;

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
  earlier: DemoCredentials | undefined,
): Promise<string> {
  if (earlier !== undefined) {
    const principal = await directory.authenticateIngestKey(earlier.ingest.key);
    if (principal?.tenant === demoTenant) return earlier.ingest.key;
  }
  const { key } = await directory.createIngestKey(demoTenant, 'demo generator', actor);
  return key.reveal();
}

async function apiClient(directory: Directory, earlier: DemoCredentials | undefined) {
  if (earlier !== undefined) {
    const { clientId, clientSecret } = earlier.eventsApi;
    const principal = await directory.authenticateApiClient(clientId, clientSecret);
    if (principal?.tenant === demoTenant) return { clientId, clientSecret };
  }
  const client = await directory.createApiClient(demoTenant, 'demo collector', actor);
  return { clientId: client.clientId, clientSecret: client.secret.reveal() };
}

async function readCredentials(file: string): Promise<DemoCredentials | undefined> {
  try {
    return demoCredentials.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined; // the first run, or a file that was touched: new credentials are made
  }
}
