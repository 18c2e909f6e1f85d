/**
 * Goal: promises 1, 3 and 4 over both halves together. Method: the export service and a collector
 * run as processes of their own and are killed with SIGKILL at random moments, over and over, while
 * events flow and a real rsyslog and a real syslog-ng watch the directory; afterwards the ids in the
 * published files, and those in what each watcher received, are compared as a multiset with the ids
 * of the events that were acknowledged. The seed is printed on failure.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { inSyncGenerator } from '../../src/feeds/insync-generator.ts';
import { postgresClusterSkip, startPostgres } from '../../src/testing/postgres-cluster.ts';
import { publishedLines } from '../../src/testing/published-lines.ts';
import { tailrace, tailraceJson } from '../../src/testing/tailrace-process.ts';
import { watchers, type RunningWatcher } from './file-watchers.ts';
import {
  difference,
  killSeconds,
  type KillStand,
  killWhileFeeding,
  list,
  openKillStand,
  type PreparedService,
  secretFile,
  seed,
  untilComplete,
} from './kill-stand.ts';
import { recoveryText } from './recovery.ts';

const email = 'dana@example.com';

/** How the collector logs in, by API. */
const sources = {
  v1: async (service: PreparedService) => {
    const { data } = service;
    await tailraceJson('admin', 'add', 'acme', email, ...data);
    const { token } = await tailraceJson('token', 'create', 'acme', email, ...data);
    return { username: email, token: secretFile(service, token) };
  },
  v2: async (service: PreparedService) => {
    const { data } = service;
    const client = await tailraceJson('api-client', 'create', 'acme', ...data);
    const { clientId, clientSecret } = client;
    return { clientId, clientSecret: secretFile(service, clientSecret) };
  },
} as const;

/** The collector's source over this API. */
function sourceOver(api: keyof typeof sources) {
  return async (service: PreparedService) => ({
    name: 'druva',
    type: 'druva',
    api,
    pollEvery: '1s',
    ...(await sources[api](service)),
  });
}

const runs = [
  { api: 'v1', database: 'SQLite' },
  { api: 'v2', database: 'SQLite' },
  { api: 'v2', database: 'PostgreSQL' },
] as const;

for (const { api, database } of runs) {
  const skip = database === 'PostgreSQL' ? postgresClusterSkip : false;
  it(
    `publishes every acknowledged event exactly once over API ${api} from ${database}, wherever it is killed (seed ${seed})`,
    { skip },
    async (test) => {
      await using resources = new AsyncDisposableStack();
      const postgres =
        database === 'PostgreSQL'
          ? resources.use(await startPostgres({ isDurable: true }))
          : undefined;
      await using stand = await openKillStand('insync', sourceOver(api), postgres?.url);
      await using watching = await startWatchers(stand, (line) => test.diagnostic(line));
      const generate = inSyncGenerator(seed);
      const { kills, acknowledged, recoveriesMs } = await killWhileFeeding(
        stand,
        killSeconds / 2,
        (eventID) => ({
          ...generate(Date.now()),
          eventID,
        }),
      );

      const lines = () => publishedLines(stand.directory);
      const published = await untilComplete(lines, eventIdOf, acknowledged);
      await stand.collector.stop();
      const { lost, doubled } = difference(published, acknowledged);
      const summary = `${kills} kills, ${acknowledged.length} events, lost ${list(lost)}, doubled ${list(doubled)}, recovery ${recoveryText(recoveriesMs)}`;
      test.diagnostic(summary);
      assert.ok(kills > 0 && acknowledged.length > 100, summary);
      assert.ok(lost.length + doubled.length === 0, `${summary}\n${stand.collector.log}`);
      for (const [name, running] of watching.running) {
        const received = await untilComplete(() => running.received(), eventIdOf, acknowledged);
        const differs = difference(received, acknowledged);
        assert.deepEqual(differs, { lost: [], doubled: [] }, `${name}: ${running.log()}`);
      }
      const { code, stdout, stderr } = await tailrace('verify', stand.directory);
      assert.equal(code, 0, stdout + stderr);
    },
  );
}

/** Undefined for what the service itself adds, such as logins. */
function eventIdOf(line: string): number | undefined {
  const id = / externalId=(\d+)-/.exec(line)?.[1];
  return id === undefined ? undefined : Number(id);
}

interface Watching extends AsyncDisposable {
  readonly running: ReadonlyMap<string, RunningWatcher>;
}

/** Those of the real watchers that are installed; all of them when nothing may be missing. */
async function startWatchers(stand: KillStand, note: (line: string) => void): Promise<Watching> {
  const running = new Map<string, RunningWatcher>();
  for (const [index, watcher] of watchers.entries()) {
    if (process.env['TAILRACE_TEST_ALL'] === '1') assert.equal(watcher.missing, undefined);
    if (watcher.missing !== undefined) {
      note(`not watched by ${watcher.name}: ${watcher.missing}`);
      continue;
    }
    const home = join(stand.root, `watcher-${index}`);
    running.set(watcher.name, await watcher.start(home, stand.directory));
  }
  return {
    running,
    async [Symbol.asyncDispose]() {
      for (const watcher of running.values()) await watcher[Symbol.asyncDispose]();
    },
  };
}
