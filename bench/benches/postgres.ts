import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { systemClock } from '../../src/cli/system-clock.ts';
import { toStoredEvent, type StoredEvent } from '../../src/core/event.ts';
import type { StreamName } from '../../src/core/stream.ts';
import { inSync } from '../../src/feeds/insync.ts';
import type { EventStore } from '../../src/store/event-store.ts';
import { openPostgresEventStore } from '../../src/store/postgres/store.ts';
import { openSqliteEventStore } from '../../src/store/sqlite/store.ts';
import {
  postgresClusterSkip,
  startPostgres,
  type PostgresCluster,
} from '../../src/testing/postgres-cluster.ts';
import { eventTexts } from '../events.ts';
import { cpuSecondsOfFamily } from '../measure.ts';
import type { Bench, BenchRow } from '../row.ts';

const batchEvents = 1000;
const pageEvents = 500;
const streamCount = 8;
const smallStreams = 256;

/** The store on PostgreSQL beside the embedded one, and beside one row per event. */
export const benchPostgres: Bench = async ({ events, latencySeconds }) => {
  if (postgresClusterSkip !== false) {
    console.error(`not measured: ${postgresClusterSkip}`);
    return [];
  }
  const count = Math.min(events, 200_000);
  const batch = eventTexts(20_000, { ascii: false }).map((text) =>
    toStoredEvent(inSync.readEvent(JSON.parse(text)).event),
  );
  await using cluster = await startPostgres({
    isDurable: true,
    settings: ['shared_buffers = 256MB', 'max_wal_size = 2GB'],
  });
  await using resources = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'tailrace-bench-'));
  resources.defer(() => rm(directory, { recursive: true }));
  const embedded = resources.use(await openSqliteEventStore({ directory, clock: systemClock }));
  const { url } = cluster;
  const shared = resources.use(await openPostgresEventStore({ url, clock: systemClock }));
  const plain = resources.adopt(new Pool({ connectionString: url.reveal() }), (pool) => pool.end());
  const rows = await openRowPerEvent(plain);

  const written = await measured(cluster, () => appendAll(shared, batch, count));
  const sqlite = await rateOf(count, () => appendAll(embedded, batch, count));
  const plainRows = await rateOf(count, () => rows.appendAll(batch, count));
  const small = await smallAppends(cluster, shared, batch, latencySeconds);
  await shared.compact();
  const disk = await sizes(plain, batch, count);
  return [
    row(
      'append, 1,000 per batch, PostgreSQL',
      count / written.seconds,
      'one row per event',
      plainRows,
      {
        note: `${streamCount} streams at once; SQLite ${figure(sqlite)}/s; CPU per 1,000 events: node ${written.nodeMs(count / 1000)} ms, PostgreSQL ${written.serverMs(count / 1000)} ms`,
      },
    ),
    row('append, 1 per batch, PostgreSQL', small.rate, 'one stream at a time', small.alone, {
      note: `${smallStreams} streams at once; CPU per append: node ${small.nodeMs} ms, PostgreSQL ${small.serverMs} ms`,
    }),
    row(
      'read pages of 500, PostgreSQL',
      await readRate(shared, count),
      'one row per event',
      await rows.readRate(count),
      {
        note: `one reader; SQLite ${figure(await readRate(embedded, count))}/s`,
      },
    ),
    {
      path: 'disk per stored event / its JSON, PostgreSQL',
      value: disk.segments,
      unit: 'ratio',
      limit: { name: 'one row per event', value: disk.rows },
      note: 'tables with indexes and TOAST after compaction and vacuum',
    },
  ];
};

function row(
  path: string,
  value: number,
  limitName: string,
  limit: number,
  extra: Pick<BenchRow, 'note'>,
): BenchRow {
  return { path, value, unit: 'events/s', limit: { name: limitName, value: limit }, ...extra };
}

async function appendAll(
  store: EventStore,
  batch: readonly StoredEvent[],
  count: number,
): Promise<void> {
  await inStreams(batch, count, (stream, events) => store.append({ stream, events }));
}

/** Batches of the events, one after the other in each of the streams. */
async function inStreams(
  batch: readonly StoredEvent[],
  count: number,
  append: (stream: StreamName, events: readonly StoredEvent[]) => Promise<unknown>,
): Promise<void> {
  await Promise.all(
    Array.from({ length: streamCount }, async (_, index) => {
      for (let done = index * batchEvents; done < count; done += streamCount * batchEvents) {
        const start = done % batch.length;
        await append(`tenant-${index}/insync`, batch.slice(start, start + batchEvents));
      }
    }),
  );
}

/** Every event a row of its own, 1,000 per statement: what one would write first. */
async function openRowPerEvent(pool: Pool) {
  await pool.query(
    'create table plain (stream text, position bigint, occurred_at_ms bigint, json text, primary key (stream, position))',
  );
  const heads = new Map<string, number>();
  return {
    appendAll: (batch: readonly StoredEvent[], count: number) =>
      inStreams(batch, count, async (stream, events) => {
        const first = (heads.get(stream) ?? 0) + 1;
        heads.set(stream, first + events.length - 1);
        await pool.query(
          'insert into plain select $1, $2::bigint + n - 1, t, j from unnest($3::bigint[], $4::text[]) with ordinality as e(t, j, n)',
          [stream, first, events.map((e) => e.occurredAtMs), events.map((e) => e.json)],
        );
      }),
    readRate: (count: number) =>
      pagesRate(count, async (stream, after) => {
        const sql =
          'select position, json from plain where stream = $1 and position > $2 order by position limit $3';
        return (await pool.query(sql, [stream, after, pageEvents])).rows.length;
      }),
  };
}

function readRate(store: EventStore, count: number): Promise<number> {
  return pagesRate(count, async (stream, after) => {
    const { blocks } = await store.readAfter(stream, after, { events: pageEvents, bytes: 1e9 });
    return blocks.reduce((sum, block) => sum + block.lastPosition - block.firstPosition + 1, 0);
  });
}

async function pagesRate(
  count: number,
  readPage: (stream: StreamName, after: number) => Promise<number>,
): Promise<number> {
  const perStream = Math.floor(count / streamCount);
  const wanted = Math.min(perStream, 20_000);
  return rateOf(wanted, async () => {
    for (let after = 0; after < wanted; after += pageEvents) {
      if ((await readPage('tenant-1/insync', after)) === 0) throw new Error('a page was empty');
    }
  });
}

/** Appends of one event to many streams at once, and to one stream without company. */
async function smallAppends(
  cluster: PostgresCluster,
  store: EventStore,
  batch: readonly StoredEvent[],
  seconds: number,
) {
  const [event] = batch;
  if (event === undefined) throw new Error('there are no events');
  const until = (endMs: number, stream: StreamName) => async () => {
    let appends = 0;
    for (; performance.now() < endMs; appends += 1) await store.append({ stream, events: [event] });
    return appends;
  };
  let appends = 0;
  const cost = await measured(cluster, async () => {
    const endMs = performance.now() + seconds * 500;
    const work = Array.from({ length: smallStreams }, (_, index) =>
      until(endMs, `small-${index}/insync`)(),
    );
    appends = (await Promise.all(work)).reduce((sum, each) => sum + each, 0);
  });
  const alone = await until(performance.now() + seconds * 250, 'alone/insync')();
  return {
    rate: appends / cost.seconds,
    alone: alone / (seconds / 4),
    nodeMs: cost.nodeMs(appends),
    serverMs: cost.serverMs(appends),
  };
}

async function measured(cluster: PostgresCluster, work: () => Promise<void>) {
  const serverBefore = cpuSecondsOfFamily(cluster.pid) ?? 0;
  const nodeBefore = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(nodeBefore);
  const server = (cpuSecondsOfFamily(cluster.pid) ?? 0) - serverBefore;
  return {
    seconds,
    nodeMs: (units: number) => ((user + system) / 1000 / units).toFixed(2),
    serverMs: (units: number) => ((server * 1000) / units).toFixed(2),
  };
}

async function sizes(pool: Pool, batch: readonly StoredEvent[], count: number) {
  await pool.query('vacuum full tailrace.segment');
  const size = async (table: string) =>
    Number((await pool.query(`select pg_total_relation_size('${table}') as size`)).rows[0].size);
  const jsonBytes =
    (Buffer.byteLength(batch.map(({ json }) => json).join('\n')) / batch.length) * count;
  return {
    segments: (await size('tailrace.segment')) / jsonBytes,
    rows: (await size('plain')) / jsonBytes,
  };
}

async function rateOf(count: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (count * 1000) / (performance.now() - start);
}

function figure(value: number): string {
  return Math.round(value).toLocaleString('en');
}
