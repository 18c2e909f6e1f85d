import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'pg';
import { systemClock } from '../../src/cli/system-clock.ts';
import { toStoredEvent, type StoredEvent } from '../../src/core/event.ts';
import { inSync } from '../../src/feeds/insync.ts';
import { openPostgresEventStore } from '../../src/store/postgres/store.ts';
import type { EventStore } from '../../src/store/event-store.ts';
import { postgresClusterSkip, startPostgres } from '../../src/testing/postgres-cluster.ts';
import { eventTexts } from '../events.ts';
import { cpuSecondsOfFamily } from '../measure.ts';
import type { Bench, BenchRow } from '../row.ts';

const streamCount = 8;
const batchEvents = 1000;
const sampleEvents = 20_000;

/** What it costs on PostgreSQL that events grow old: the rows removed, and the space made good again. */
export const benchRetention: Bench = async ({ events }) => {
  if (postgresClusterSkip !== false) {
    console.error(`not measured: ${postgresClusterSkip}`);
    return [];
  }
  const count = Math.min(events, 400_000);
  const settings = ['shared_buffers = 256MB', 'max_wal_size = 2GB', 'autovacuum = off'];
  await using cluster = await startPostgres({ isDurable: true, settings });
  const { url } = cluster;
  await using store = await openPostgresEventStore({ url, clock: systemClock });
  await using resources = new AsyncDisposableStack();
  const pool = resources.adopt(new Pool({ connectionString: url.reveal() }), (each) => each.end());
  const batch = eventTexts(sampleEvents, { ascii: false }).map((text) =>
    toStoredEvent(inSync.readEvent(JSON.parse(text)).event),
  );
  const look = async () => {
    const sql = /* sql */ `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as wal,
      pg_total_relation_size('tailrace.segment')::float8 as size`;
    const { rows } = await pool.query<{ wal: number; size: number }>(sql);
    const cpu = cpuSecondsOfFamily(cluster.pid) ?? 0;
    return { ...(rows[0] ?? { wal: 0, size: 0 }), cpu, atMs: performance.now() };
  };
  const measured = async (work: () => Promise<unknown>) => {
    const before = await look();
    await work();
    const after = await look();
    return {
      seconds: (after.atMs - before.atMs) / 1000,
      cpu: after.cpu - before.cpu,
      wal: after.wal - before.wal,
      size: after.size,
    };
  };
  const appended = await measured(() => appendHalf(store, batch, count));
  await store.compact();
  await pool.query('vacuum tailrace.segment');
  const boundaryMs = systemClock.nowMs();
  await delay(20);
  await appendHalf(store, batch, count);
  await store.compact();
  const full = (await look()).size;
  // From here on the log has to hold whole pages, as it mostly does where checkpoints are frequent.
  await pool.query('checkpoint');
  const trimmed = await measured(async () => {
    for (const stream of streams) await store.trim(stream, boundaryMs);
  });
  const vacuumed = await measured(() => pool.query('vacuum tailrace.segment'));
  const again = await measured(() => appendHalf(store, batch, count));
  const perMillion = 1e6 / (count / 2);
  const row = (path: string, seconds: number, cost: { cpu: number; wal: number }): BenchRow => ({
    path,
    value: seconds * 1000 * perMillion,
    unit: 'ms',
    limit: { name: 'appending them', value: appended.seconds * 1000 * perMillion },
    note: `PostgreSQL: ${(cost.cpu * 1000 * perMillion).toFixed(0)} ms CPU, ${mebibytes(cost.wal * perMillion)} of log`,
  });
  return [
    row('append 1 M events, 1,000 per batch', appended.seconds, appended),
    row('trim 1 M events', trimmed.seconds, trimmed),
    row('vacuum after the trim of 1 M events', vacuumed.seconds, vacuumed),
    {
      path: 'table after trim and vacuum, and the same appended once more / before',
      value: again.size / full,
      unit: 'ratio',
      note: `before ${mebibytes(full)}, after the trim ${mebibytes(trimmed.size)}, after the vacuum ${mebibytes(vacuumed.size)}, filled again ${mebibytes(again.size)}`,
    },
  ];
};

const streams = Array.from({ length: streamCount }, (_, index) => `old-${index}/insync` as const);

/** Half of the events, spread over the streams. */
async function appendHalf(
  store: EventStore,
  batch: readonly StoredEvent[],
  count: number,
): Promise<void> {
  await Promise.all(
    streams.map(async (stream, index) => {
      for (let done = index * batchEvents; done < count / 2; done += streamCount * batchEvents) {
        const start = done % batch.length;
        const nowMs = systemClock.nowMs();
        const events = batch
          .slice(start, start + batchEvents)
          .map((event) => ({ ...event, occurredAtMs: nowMs }));
        await store.append({ stream, events });
      }
    }),
  );
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
