import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import type { StoredEvent } from '../../core/event.ts';
import { openDirectory } from '../../directory/open-directory.ts';
import { openPostgresEventStore } from '../../store/postgres/store.ts';
import { openSqliteEventStore } from '../../store/sqlite/store.ts';
import {
  newSchemaName,
  openTestPostgres,
  postgresSkip,
  runSql,
} from '../../testing/postgres-cluster.ts';
import { systemClock } from '../system-clock.ts';
import { migrateData, type MigrationProgress } from './migrate-data.ts';

const actor = { name: 'cli:tester' };
const deduplication = { horizonMs: 86_400_000 };
const idempotency = { key: 'batch', digest: 'abc' };
const all = { events: 1e9, bytes: 1e9 };
const log = pino({ level: 'silent' });
const clock = systemClock;

describe('moving a data directory into PostgreSQL', { skip: postgresSkip }, () => {
  let postgres: Awaited<ReturnType<typeof openTestPostgres>>;
  let folder = '';
  before(async () => {
    postgres = await openTestPostgres();
    folder = await mkdtemp(join(tmpdir(), 'tailrace-migrate-'));
  });
  after(async () => {
    await postgres?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('keeps every event, position, key and credential, also when it is interrupted', async () => {
    const { token, cursorKey } = await fill(folder);
    const target = { url: postgres.url, schema: newSchemaName() };
    await using _ = {
      [Symbol.asyncDispose]: async () => {
        for (const schema of [target.schema, `${target.schema}_directory`]) {
          await runSql(target.url, `drop schema if exists ${schema} cascade`);
        }
      },
    };
    const abort = new AbortController();
    const stopSoon = (at: MigrationProgress) => at.phase === 'moving' && abort.abort();
    await assert.rejects(migrateData(folder, target, stopSoon, abort.signal), {
      name: 'AbortError',
    });
    const run = () => migrateData(folder, target, () => {}, new AbortController().signal);
    const moved = await run();
    assert.deepEqual(
      moved.streams.map(({ stream, events, lastPosition }) => [stream, events, lastPosition]),
      [
        ['acme/insync', 2000, 2000],
        ['globex/insync', 2, 5],
      ],
    );
    assert.ok((moved.directoryRows ?? 0) > 4);

    const store = await openPostgresEventStore({ ...target, clock });
    assert.deepEqual(await store.checkpoint('druva'), 'tracker');
    assert.deepEqual(await store.delivery('siem', 'acme/insync'), { position: 7, intent: 'x' });
    assert.equal((await store.quarantined('siem', undefined, 10)).length, 1);
    const { lost, headPosition } = await store.readAfter('globex/insync', 0, all);
    assert.deepEqual([lost?.lastPosition, headPosition], [3, 5]);
    const again = { stream: 'acme/insync', events: someEvents(1, 10), deduplication } as const;
    assert.equal((await store.append(again)).duplicates, 10);
    assert.equal((await store.append({ ...again, idempotency })).repeated, true);
    const next = { stream: 'acme/insync', events: someEvents(5000, 1), deduplication } as const;
    assert.equal((await store.append(next)).firstPosition, 2001);
    await store.verify();
    await store[Symbol.asyncDispose]();

    await using directory = await openDirectory({ folder, postgres: target, clock, log });
    assert.equal((await directory.authenticateToken('ada@example.com', token))?.tenant, 'acme');
    assert.deepEqual(await directory.cursorKey('acme'), cursorKey);
    // Once more changes nothing, and what was appended since does not matter.
    assert.deepEqual(await run(), { ...moved, directoryRows: undefined });
  });

  it('reads a long audit trail page by page, and begins it anew when it is interrupted', async () => {
    const directory = join(folder, 'long');
    const entries = 5_000;
    await (await openSqliteEventStore({ directory, clock }))[Symbol.asyncDispose]();
    await (await openDirectory({ folder: directory, clock, log }))[Symbol.asyncDispose]();
    const database = new DatabaseSync(join(directory, 'directory.sqlite'));
    database.exec(/* sql */ `insert into audit_entry
      select value, value, null, 'x', null, 'y', 'z', 'success', 'pulls'
      from (with recursive n (value) as (select 1 union all select value + 1 from n limit ${entries})
        select value from n)`);
    database.close();
    const target = { url: postgres.url, schema: newSchemaName() };
    const seen: number[] = [];
    const abort = new AbortController();
    const noteRows = (at: MigrationProgress) => {
      if (at.phase !== 'moving tenants') return;
      seen.push(at.rows);
      if (at.rows > entries / 2) abort.abort();
    };
    await assert.rejects(migrateData(directory, target, noteRows, abort.signal), {
      name: 'AbortError',
    });
    seen.length = 0;
    const { directoryRows } = await migrateData(
      directory,
      target,
      noteRows,
      new AbortController().signal,
    );
    assert.equal(seen.at(-1), directoryRows);
    const steps = seen.map((rows, index) => rows - (seen[index - 1] ?? 0));
    assert.ok(steps.length > 2 && steps.every((rows) => rows <= 2_000), `pages of ${steps.join()}`);
    const moved = await runSql(
      target.url,
      /* sql */ `select count(distinct id)::int as count, min(at_ms)::int as first,
        max(at_ms)::int as last from ${target.schema}_directory.audit_entry`,
    );
    assert.deepEqual(moved, [{ count: entries, first: 1, last: entries }]);
    await runSql(target.url, `drop schema ${target.schema} cascade`);
    await runSql(target.url, `drop schema ${target.schema}_directory cascade`);
  });

  it('leaves a stream alone that the database has from elsewhere', async () => {
    const target = { url: postgres.url, schema: newSchemaName() };
    {
      await using store = await openPostgresEventStore({ ...target, clock });
      await store.append({ stream: 'acme/insync', events: someEvents(1, 1) });
    }
    const run = migrateData(folder, target, () => {}, new AbortController().signal);
    await assert.rejects(run, { code: 'already_exists', message: /acme\/insync of its own/ });
    await runSql(target.url, `drop schema ${target.schema} cascade`);
  });
});

async function fill(directory: string): Promise<{ token: string; cursorKey: Buffer }> {
  await using store = await openSqliteEventStore({ directory, clock });
  for (let first = 1; first <= 2000; first += 100) {
    const checkpoint = { source: 'druva', value: 'tracker' };
    const append = { events: someEvents(first, 100), deduplication, checkpoint };
    await store.append({
      stream: 'acme/insync',
      ...append,
      ...(first === 1 && { idempotency }),
    });
  }
  const old = clock.nowMs() - 1;
  await store.append({ stream: 'globex/insync', events: someEvents(1, 3) });
  while (clock.nowMs() <= old + 2) await store.streams();
  assert.equal(await store.trim('globex/insync', clock.nowMs()), 3);
  await store.append({ stream: 'globex/insync', events: someEvents(4, 2) });
  const [event] = someEvents(3, 1);
  assert.ok(event);
  const { id, occurredAtMs } = event;
  const said = { reason: 'no', refusedAtMs: 1, line: 'CEF:0|', type: 't', severity: 1 } as const;
  const refused = [{ position: 3, id, occurredAtMs, ...said }];
  await store.saveDelivery('siem', 'acme/insync', { position: 7, intent: 'x' }, refused);

  await using tenants = await openDirectory({ folder: directory, clock, log });
  await tenants.createTenant({ id: 'acme', title: 'Acme', edition: 'Elite' }, actor);
  const ada = { tenant: 'acme', email: 'ada@example.com', role: 'administrator' } as const;
  await tenants.addAdministrator(ada, actor);
  const { value } = await tenants.createToken('acme', ada.email, 30, actor);
  return { token: value?.reveal() ?? '', cursorKey: await tenants.cursorKey('acme') };
}

function someEvents(first: number, count: number): StoredEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `e-${first + index}`;
    return { id, occurredAtMs: 1000 + index, json: `{"id":"${id}","text":"${'x'.repeat(index)}"}` };
  });
}
