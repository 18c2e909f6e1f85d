import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import type { z } from 'zod';
import type { Directory } from '../../src/directory/directory.ts';
import { openDirectory } from '../../src/directory/open-directory.ts';
import { createApp } from '../../src/http/app.ts';
import { serveOptions, type ServeOptions } from '../../src/http/options.ts';
import type { Fetch, FetchRequest } from '../../src/lib/http-client.ts';
import { createConnector } from '../../src/testing/test-connector.ts';
import { AttackWindows } from './attack-windows.ts';
import { type Life, Machine, type World } from './machine.ts';
import { type Host, type PlainAnswer, type Serve, toResponse } from './network.ts';
import { simulatedStore } from './simulated-store.ts';
import { StoreDisk } from './store-disk.ts';

const actor = { name: 'simulation' };
const email = 'admin@example.com';
/** Memory, where there is such a place: the directory's database is the one real file of a run. */
const folderRoot = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** What programs come in with. */
export interface Credentials {
  readonly email: string;
  readonly token: string;
  readonly ingestKey: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly apiId: string;
  readonly apiKey: string;
}

/** The export service of tenant acme: the real application over a simulated store and network. */
export class ExportService implements Host, AsyncDisposable {
  readonly machine: Machine;
  readonly disk: StoreDisk;
  readonly windows: AttackWindows;
  readonly credentials: Credentials;
  readonly #options: ServeOptions;
  readonly #directory: Directory;
  readonly #folder: string;
  readonly #log: Logger;
  #serve: Serve | undefined;

  private constructor(parts: Parts) {
    this.#options = serveOptions.parse({ listen: '127.0.0.1:0', ...parts.options });
    this.#directory = parts.directory;
    this.#folder = parts.folder;
    this.#log = parts.log;
    this.credentials = parts.credentials;
    this.machine = parts.machine;
    this.disk = new StoreDisk(parts.machine);
    this.windows = new AttackWindows(parts.machine.world);
    this.machine.install({
      boot: (life) => this.#boot(life),
      losePower: () => this.disk.losePower(),
    });
  }

  static async open(
    world: World,
    options: z.input<typeof serveOptions>,
    log: Logger,
  ): Promise<ExportService> {
    const folder = await mkdtemp(join(folderRoot, 'tailrace-simulation-'));
    const machine = new Machine('service', world);
    const directory = await openDirectory({ folder, clock: machine.clock, log });
    const credentials = await createCredentials(directory, world.startMs);
    return new ExportService({ options, directory, folder, log, credentials, machine });
  }

  serve(): Serve | undefined {
    return this.#serve;
  }

  /** A way to it on which nothing happens. */
  readonly fetch: Fetch = async (url, request) => {
    if (this.#serve === undefined) throw new Error('nobody listens');
    return toResponse(await this.#serve(url, request));
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#directory[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #boot(life: Life): void {
    const store = simulatedStore(this.machine, life, this.disk);
    const dependencies = {
      store,
      directory: this.#directory,
      clock: this.machine.clockOf(life),
      log: this.#log,
      metrics: new Registry(),
      health: () => ({ ready: true, checks: {} }),
    };
    const ending = new AbortController();
    const { app } = createApp(dependencies, this.#options, ending.signal);
    const answered = async (url: URL, request: FetchRequest): Promise<PlainAnswer> => {
      const taken = await this.windows.asHalfOpen(url, request);
      const answer = await plainAnswer(await app.request(url, requestInit(taken)));
      // As Node's server does, by the machine's clock.
      const date = new Date(this.machine.clock.nowMs()).toUTCString();
      return { ...answer, headers: [...answer.headers, ['date', date]] };
    };
    const underWay = new Set<Promise<PlainAnswer>>();
    this.#serve = (url, request) => {
      const answering = answered(url, request);
      underWay.add(answering);
      return answering.finally(() => underWay.delete(answering));
    };
    void this.#untilToldToEnd(life, ending, underWay);
    void mergeSegments(life, this.machine, store);
  }

  /** Takes no more requests then, and answers those it has. */
  async #untilToldToEnd(
    life: Life,
    ending: AbortController,
    underWay: ReadonlySet<Promise<PlainAnswer>>,
  ): Promise<void> {
    await life.told(['told to end']);
    this.#serve = undefined;
    ending.abort();
    await Promise.allSettled(underWay);
    this.machine.leave(life);
  }
}

interface Parts {
  readonly options: z.input<typeof serveOptions>;
  readonly directory: Directory;
  readonly folder: string;
  readonly log: Logger;
  readonly credentials: Credentials;
  readonly machine: Machine;
}

/** As housekeeping does, only more often. */
export async function mergeSegments(
  life: Life,
  { world }: Machine,
  store: { compact(): Promise<void> },
): Promise<void> {
  while (!life.isOver) {
    await life.wait(60_000);
    if (world.chaos.happens('segments merged', 'compaction')) await store.compact().catch(() => {});
  }
}

async function createCredentials(directory: Directory, nowMs: number): Promise<Credentials> {
  await directory.createTenant({ id: 'acme', title: 'Acme', edition: 'Elite' }, actor);
  await directory.addAdministrator({ tenant: 'acme', email, role: 'administrator' }, actor);
  await directory.changeExportSettings('acme', { enabled: true }, actor);
  const token = (await directory.createToken('acme', email, undefined, actor)).value;
  const { clientId, secret } = await directory.createApiClient('acme', 'siem', actor);
  const { key } = await directory.createIngestKey('acme', 'product', actor);
  const connector = await createConnector(directory, 'acme', nowMs);
  return {
    email,
    token: token?.reveal() ?? '',
    ingestKey: key.reveal(),
    clientId,
    clientSecret: secret.reveal(),
    apiId: connector.apiId,
    apiKey: connector.key,
  };
}

function requestInit({ method, headers, body }: FetchRequest): RequestInit {
  return { method, headers, ...(body === undefined ? {} : { body }) };
}

async function plainAnswer(response: Response): Promise<PlainAnswer> {
  const body = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: [...response.headers], body };
}
