/** Service nodes and collectors, each a process of its own, that share one durable PostgreSQL. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { locationOf } from '../../src/cli/data-location.ts';
import { openDataDirectory } from '../../src/cli/open-data.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { startPostgres, type PostgresCluster } from '../../src/testing/postgres-cluster.ts';
import { freePort, TailraceProcess } from '../../src/testing/tailrace-process.ts';
import { ready, writeConfig } from '../service-stand.ts';

const collectorNames = ['one', 'two'] as const;
const serviceNodes = 3;
/** Tenants whose streams the collectors pull. */
export const collectedTenants = 4;
const actor = { name: 'bench' };

export interface ClusterTenant {
  readonly id: string;
  /** Value for `Authorization`. */
  readonly ingestKey: string;
}

export interface ClusterNode {
  readonly url: string;
  readonly process: TailraceProcess;
}

export interface ClusterStand extends AsyncDisposable {
  readonly postgres: PostgresCluster;
  readonly services: readonly ClusterNode[];
  readonly collectors: readonly ClusterNode[];
  /** The collectors pull from the first `collectedTenants` of them. */
  readonly tenants: readonly ClusterTenant[];
  /** Where the collectors publish. */
  readonly published: readonly string[];
}

interface Collected extends ClusterTenant {
  readonly clientId: string;
  readonly secretFile: string;
}

/**
 * Everything runs when it resolves; disposing of it ends every process and removes every file. When
 * `signal` aborts on the way, it rejects and has done so already.
 */
export async function openClusterStand(
  tenantCount: number,
  signal: AbortSignal,
): Promise<ClusterStand> {
  await using resources = new AsyncDisposableStack();
  const root = mkdtempSync(join(tmpdir(), 'tailrace-cluster-'));
  resources.defer(() => rmSync(root, { recursive: true, force: true }));
  const postgres = resources.use(
    await startPostgres({
      isDurable: true,
      settings: ['shared_buffers = 256MB', 'max_wal_size = 2GB', 'max_connections = 200'],
    }),
  );
  const shared = sharedConfig(root, postgres);
  const prepare = writeConfig(root, 'prepare', {
    ...shared,
    dataDirectory: join(root, 'prepare'),
    serve: { listen: '127.0.0.1:1' },
  });
  const tenants = await createTenants(prepare, { root, count: tenantCount }, signal);
  const start = { resources, signal };
  const services = await startAll(start, serviceNodes, async (index) => {
    const listen = `127.0.0.1:${await freePort()}`;
    const unlimited = { requestsPerSecond: 1_000_000, burst: 1_000_000 };
    const rateLimits = { perCredential: unlimited, perAddress: unlimited };
    const dataDirectory = join(root, `service-${index}`);
    const serve = { listen, rateLimits };
    return {
      listen,
      file: writeConfig(root, `service-${index}`, { ...shared, dataDirectory, serve }),
    };
  });
  const published = collectorNames.map((name) => join(root, `published-${name}`));
  for (const directory of published) mkdirSync(directory);
  const collectors = await startAll(start, collectorNames.length, async (index) => {
    const listen = `127.0.0.1:${await freePort()}`;
    const config = {
      ...shared,
      dataDirectory: join(root, `collector-${index}`),
      monitor: { listen },
      ...collection(tenants.slice(0, collectedTenants), services, published[index]),
    };
    return { listen, file: writeConfig(root, `collector-${index}`, config) };
  });
  const all = resources.move();
  return {
    postgres,
    services,
    collectors,
    tenants,
    published,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** What every node's configuration says alike. */
function sharedConfig(root: string, postgres: PostgresCluster) {
  const [store, key] = [join(root, 'store-url'), join(root, 'master.key')];
  writeFileSync(store, postgres.url.reveal(), { mode: 0o600 });
  writeFileSync(key, randomBytes(32).toString('base64'), { mode: 0o600 });
  return { store: { url: { file: store } }, masterKey: { file: key } };
}

async function createTenants(
  configFile: string,
  { root, count }: { readonly root: string; readonly count: number },
  signal: AbortSignal,
): Promise<readonly Collected[]> {
  const { config } = await readConfig(configFile);
  await using directory = await openDataDirectory(
    await locationOf(config, process.env),
    process.env,
  );
  const tenants: Collected[] = [];
  for (let index = 0; index < count; index += 1) {
    signal.throwIfAborted();
    const id = `tenant-${index}`;
    await directory.createTenant({ id, title: id, edition: 'Elite' }, actor);
    await directory.changeExportSettings(id, { enabled: true }, actor);
    const { key } = await directory.createIngestKey(id, 'product', actor);
    const client = await directory.createApiClient(id, 'collector', actor);
    const secretFile = join(root, `secret-${index}`);
    writeFileSync(secretFile, client.secret.reveal(), { mode: 0o600 });
    const ingestKey = `Bearer ${key.reveal()}`;
    tenants.push({ id, ingestKey, clientId: client.clientId, secretFile });
  }
  return tenants;
}

async function startAll(
  { resources, signal }: { readonly resources: AsyncDisposableStack; readonly signal: AbortSignal },
  count: number,
  configure: (index: number) => Promise<{ readonly listen: string; readonly file: string }>,
): Promise<readonly ClusterNode[]> {
  const nodes: ClusterNode[] = [];
  for (let index = 0; index < count; index += 1) {
    const { listen, file } = await configure(index);
    const process = resources.use(new TailraceProcess(file));
    process.start();
    const url = `http://${listen}`;
    await unlessAborted(ready(url, process), signal);
    nodes.push({ url, process });
  }
  return nodes;
}

/** Rejects as soon as `signal` aborts; `work` ends with the process that it waits for. */
async function unlessAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) abort();
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Each tenant is pulled from a node of its own choice, into a stream of a site that is collected. */
function collection(
  tenants: readonly Collected[],
  services: readonly ClusterNode[],
  directory: string | undefined,
) {
  return {
    sources: tenants.map(({ id, clientId, secretFile }, index) => ({
      name: `pull-${id}`,
      type: 'druva',
      api: 'v2',
      stream: `site-${index}/insync`,
      url: services[index % services.length]?.url,
      pollEvery: '1s',
      clientId,
      clientSecret: { file: secretFile },
    })),
    sinks: [
      {
        name: 'files',
        type: 'file',
        format: 'cef',
        profile: 'strict',
        streams: ['site-*/insync'],
        directory,
        rollEvery: '1s',
      },
    ],
  };
}
