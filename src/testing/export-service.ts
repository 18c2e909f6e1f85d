import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import type { z } from 'zod';
import { Secret } from '../core/secret.ts';
import type { Directory, Edition } from '../directory/directory.ts';
import { openDirectory } from '../directory/open-directory.ts';
import { createApp } from '../http/app.ts';
import type { ServiceApp } from '../http/app.ts';
import { serveOptions } from '../http/options.ts';
import type { ServeOptions } from '../http/options.ts';
import type { ServerDependencies } from '../http/service.ts';
import type { EventStore } from '../store/event-store.ts';
import { openPostgresEventStore } from '../store/postgres/store.ts';
import { openSqliteEventStore } from '../store/sqlite/store.ts';
import { ManualClock } from './manual-clock.ts';

/** What one tenant's people and programs authenticate with; values for `Authorization`. */
export interface TestTenant {
  readonly id: string;
  readonly email: string;
  readonly token: string;
  readonly basic: string;
  readonly ingest: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** An export service over a real store and directory in a temporary folder. */
export interface TestService extends AsyncDisposable {
  readonly store: EventStore;
  readonly directory: Directory;
  readonly clock: ManualClock;
  readonly dependencies: ServerDependencies;
  readonly options: ServeOptions;
  readonly app: ServiceApp['app'];
  readonly service: ServiceApp['service'];
  readonly closing: AbortController;
  /** Log lines so far, as JSON text. */
  readonly logLines: readonly string[];
  createTenant(id: string, edition?: Edition): Promise<TestTenant>;
  /** Aborts the application's waits and waits for what it does in the background. */
  settle(): Promise<void>;
}

const actor = { name: 'test' };

export interface TestServiceParts extends Partial<Pick<ServerDependencies, 'instance' | 'health'>> {
  /** Where events and tenants are kept; otherwise in the temporary folder. */
  readonly postgres?: { readonly url: Secret; readonly schema: string };
  /** As all nodes are given; otherwise one of its own. */
  readonly masterKey?: Secret;
}

/** Opens a service with `options` as they stand under `serve:` in a configuration file. */
export async function openTestService(
  options: z.input<typeof serveOptions> = {},
  { postgres, masterKey: key, ...more }: TestServiceParts = {},
): Promise<TestService> {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-http-'));
  const clock = new ManualClock();
  const logLines: string[] = [];
  const log = collectingLog(logLines);
  const place = { ...(postgres && { postgres }), ...(key && { masterKey: { key } }) };
  const directory = await openDirectory({ folder, clock, log, ...place });
  const store = postgres
    ? await openPostgresEventStore({ ...postgres, clock, log })
    : await openSqliteEventStore({ directory: folder, clock, log });
  const dependencies: ServerDependencies = {
    store,
    directory,
    clock,
    log,
    metrics: new Registry(),
    health: () => ({ ready: true, checks: {} }),
    console: {
      version: '1.2.3',
      pageDirectory: join(folder, 'console'),
      readSecret: async () => new Secret('the client secret'),
    },
    ...more,
  };
  const closing = new AbortController();
  const parsed = serveOptions.parse({ listen: '127.0.0.1:0', ...options });
  const { app, service } = createApp(dependencies, parsed, closing.signal);
  const settle = async (): Promise<void> => {
    closing.abort();
    await service.apiLogins.settled();
    await service.resources.tallies.settled();
  };
  return {
    store,
    directory,
    clock,
    dependencies,
    app,
    service,
    closing,
    logLines,
    options: parsed,
    createTenant: (id, edition = 'Elite') => createTenant(directory, id, edition),
    settle,
    [Symbol.asyncDispose]: async () => {
      await settle();
      await store[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A tenant with export enabled, an administrator with a token, an API client and an ingest key. */
async function createTenant(
  directory: Directory,
  id: string,
  edition: Edition,
): Promise<TestTenant> {
  const email = `admin@${id}.example.com`;
  await directory.createTenant({ id, title: id, edition }, actor);
  await directory.addAdministrator({ tenant: id, email, role: 'administrator' }, actor);
  await directory.changeExportSettings(id, { enabled: true }, actor);
  const token = (await directory.createToken(id, email, undefined, actor)).value?.reveal() ?? '';
  const { clientId, secret } = await directory.createApiClient(id, 'siem', actor);
  const { key } = await directory.createIngestKey(id, 'product', actor);
  return {
    id,
    email,
    token,
    basic: basicAuthorization(email, token),
    ingest: `Bearer ${key.reveal()}`,
    clientId,
    clientSecret: secret.reveal(),
  };
}

export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function collectingLog(lines: string[]): Logger {
  return pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
}

/** NDJSON of `count` events, numbered from `first` in `eventDetails` and `eventID`. */
export function sampleBatch(count: number, first = 1): string {
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify(sampleEvent(first + index)),
  ).join('\n');
}

/** One inSync event under its canonical names. */
export function sampleEvent(number: number): Readonly<Record<string, string | number | null>> {
  return {
    category: 'Backup And Restore',
    eventID: 1_203_589_859 + number,
    eventType: 'Backup',
    eventState: 'Success',
    severity: 6,
    timestamp: new Date(Date.UTC(2026, 10, 20) + number * 1000).toISOString(),
    initiator: 'ernie.carter@example.com',
    inSyncUserID: 17,
    inSyncUserName: 'Ernie',
    eventDetails: `event number ${number}`,
    ip: '192.0.2.7',
  };
}
