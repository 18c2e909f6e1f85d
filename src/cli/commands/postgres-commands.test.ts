/** Commands that only say something on PostgreSQL: one server for all of them. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { toStoredEvent } from '../../core/event.ts';
import type { EventStore } from '../../store/event-store.ts';
import type { LeaseStore } from '../../store/lease-store.ts';
import { openPostgresEventStore } from '../../store/postgres/store.ts';
import {
  newSchemaName,
  postgresClusterSkip,
  runSql,
  startPostgres,
  type PostgresCluster,
} from '../../testing/postgres-cluster.ts';
import { ScriptedTerminal } from '../../testing/scripted-terminal.ts';
import { freePort } from '../../testing/tailrace-process.ts';
import { runProgram } from '../program.ts';
import { systemClock } from '../system-clock.ts';

const password = 'correct-horse-that-nobody-may-read';
const stream = 'acme/insync';
const check = ['check', '--connect'];

describe('on PostgreSQL', { skip: postgresClusterSkip }, () => {
  let postgres: PostgresCluster;
  let home = '';
  before(async () => {
    // Passwords are asked of one role only.
    postgres = await startPostgres({ isDurable: false });
    await runSql(postgres.url, `create role guarded login password '${password}'`);
    await runSql(postgres.url, 'create role poor login');
    const rules = join(postgres.dataDirectory, 'pg_hba.conf');
    const others = await readFile(rules, 'utf8');
    await writeFile(rules, `host all guarded 127.0.0.1/32 scram-sha-256\n${others}`);
    await runSql(postgres.url, 'select pg_reload_conf()');
    home = await mkdtemp(join(tmpdir(), 'tailrace-postgres-commands-'));
  });
  after(async () => {
    await postgres[Symbol.asyncDispose]();
    await rm(home, { recursive: true });
  });

  /** Runs a command with the store at `url`; what it said on both, and its exit code. */
  async function run(words: readonly string[], url: string, schema = 'tailrace') {
    await writeFile(join(home, 'store-url'), url, { mode: 0o600 });
    const config = { store: { url: { file: join(home, 'store-url') }, schema }, monitor: {} };
    await writeFile(
      join(home, 'tailrace.yaml'),
      JSON.stringify({ dataDirectory: 'data', ...config }),
    );
    const terminal = new ScriptedTerminal(home);
    const code = await runProgram(words, terminal);
    return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
  }

  describe('tailrace check --connect', () => {
    it('says what the store is, before it has tables and after', async () => {
      const schema = newSchemaName();
      const fresh = await run(check, postgres.url.reveal(), schema);
      assert.equal(fresh.code, 0, fresh.stderr);
      assert.match(fresh.stdout, /store postgres:\/\/127\.0\.0\.1:\d+\/postgres: PostgreSQL \d+/);
      assert.match(fresh.stdout, /has no tables yet: the first node makes them/);
      assert.match(fresh.stdout, /without Citus/);
      assert.match(fresh.stderr, /warning: .*before they are durable/);
      await using store = await openStore(schema);
      assert.ok(store.leases);
      const made = await run(check, postgres.url.reveal(), schema);
      assert.match(made.stdout, new RegExp(`the schema ${schema} has version 1`));
    });

    it('says why the store cannot be reached, and never the password', async () => {
      const { port } = postgres;
      const cases: readonly (readonly [url: string, words: RegExp])[] = [
        [
          `postgres://t:${password}@db.invalid/x`,
          /db\.invalid\/x: (this host name is not|the name)/,
        ],
        [
          `postgres://t:${password}@127.0.0.1:${await freePort()}/x`,
          /nothing listens on this port/,
        ],
        [`postgres://tailrace:${password}@127.0.0.1:${port}/nope`, /there is no such database/],
        [`postgres://guarded:x${password}@127.0.0.1:${port}/postgres`, /the password is wrong/],
        [`postgres://nobody:${password}@127.0.0.1:${port}/postgres`, /does not let this role in/],
        [
          `postgres://tailrace:${password}@127.0.0.1:${port}/postgres?sslmode=verify-full`,
          /the server does not speak TLS/,
        ],
        [`mysql://t:${password}@db.example.com/x`, /address must be a URL such as/],
      ];
      for (const [url, words] of cases) {
        const { code, stderr, stdout } = await run(check, url);
        assert.equal(code, 1, url);
        assert.match(stderr, words);
        assert.match(stderr, /^hint: ./m);
        assert.ok(!(stdout + stderr).includes(password), stderr);
      }
    });

    it('says which rights are missing, and what is not ours', async () => {
      const schema = newSchemaName();
      await using store = await openStore(schema);
      assert.ok(store.leases);
      await runSql(postgres.url, `grant usage on schema ${schema} to poor`);
      await runSql(postgres.url, `grant select on all tables in schema ${schema} to poor`);
      const poor = await run(check, `postgres://poor@127.0.0.1:${postgres.port}/postgres`, schema);
      assert.equal(poor.code, 1);
      assert.match(
        poor.stderr,
        /the role may not read and write .*\.segment.*: grant select, insert/,
      );
      const other = newSchemaName();
      await runSql(postgres.url, `create schema ${other} create table ours (x int)`);
      const foreign = await run(check, postgres.url.reveal(), other);
      assert.match(foreign.stderr, /holds the tables of another program/);
    });
  });

  describe('tailrace node', () => {
    it('lets other nodes take over what only a lost disk could do, its last file once more', async () => {
      const schema = newSchemaName();
      await using store = await openStore(schema);
      const url = postgres.url.reveal();
      const { leases } = store;
      await store.append({ stream, events: Array.from({ length: 9 }, (_, n) => eventAt(n + 1)) });
      await beat(leases, 'lost');
      const lease = await leases.acquire(itemAt('lost'), 'lost', 5000);
      assert.ok(lease);
      const delivery = { position: 8, intent: intentOf(5, 8) };
      await leases.fenced(lease).saveDelivery('files', stream, delivery);

      const living = await run(['node', 'forget', 'lost', '--yes'], url, schema);
      assert.notEqual(living.code, 0);
      assert.match(living.stderr, /node lost lives; stop it first/);

      await runSql(postgres.url, `update ${schema}.node set beat_at = now() - interval '1 minute'`);
      const listed = await run(['node', 'list'], url, schema);
      assert.match(listed.stdout, /lost +silent for .* +home-of-lost +sink files acme\/insync/);
      assert.equal(await leases.acquire(itemAt('heir'), 'heir', 5000), undefined);
      const unasked = await run(['node', 'forget', 'lost'], url, schema);
      assert.match(unasked.stderr, /must be confirmed/);

      const forgotten = await run(['node', 'forget', 'lost', '--yes'], url, schema);
      assert.equal(forgotten.code, 0, forgotten.stderr);
      assert.match(forgotten.stdout, /sink files of acme\/insync .* from position 5 on once more/);
      assert.deepEqual(await store.delivery('files', stream), { position: 4 });
      await assert.rejects(leases.fenced(lease).saveDelivery('files', stream, delivery), {
        code: 'lease_lost',
      });
      assert.ok(await leases.acquire(itemAt('heir'), 'heir', 5000), 'another one can take it');
      const unknown = await run(['node', 'forget', 'lost', '--yes'], url, schema);
      assert.match(unknown.stderr, /there is no node lost/);
    });

    it('goes on behind the last file of a home without a node when that was published', async () => {
      const schema = newSchemaName();
      await using store = await openStore(schema);
      const { leases } = store;
      const lease = await leases.acquire(itemAt('gone'), 'gone', 5000);
      assert.ok(lease);
      const delivery = { position: 8, intent: intentOf(5, 8) };
      await leases.fenced(lease).saveDelivery('files', stream, delivery);
      const words = ['node', 'forget', 'home-of-gone', '--published', '--yes'];
      const { code, stderr } = await run(words, postgres.url.reveal(), schema);
      assert.equal(code, 0, stderr);
      assert.deepEqual(await store.delivery('files', stream), { position: 8 });
    });
  });

  async function openStore(schema: string): Promise<EventStore & { readonly leases: LeaseStore }> {
    const store = await openPostgresEventStore({ url: postgres.url, schema, clock: systemClock });
    const { leases } = store;
    assert.ok(leases);
    return Object.assign(store, { leases });
  }
});

function beat(leases: LeaseStore, node: string): Promise<void> {
  return leases.beat({ node, home: `home-of-${node}`, works: ['sink files'], status: '{}' });
}

function itemAt(node: string) {
  return { stream, name: 'sink files', home: `home-of-${node}` } as const;
}

function eventAt(number: number) {
  return toStoredEvent({
    id: `e${number}`,
    occurredAtMs: Date.UTC(2026, 10, 21) + number,
    type: 'Backup',
    severity: 2,
    fields: {},
  });
}

/** What a file sink commits beside the position. */
function intentOf(firstPosition: number, lastPosition: number): string {
  const layout = {
    directory: '/x',
    stagingDirectory: '/x/.t',
    manifestPath: '/x/.t/manifest.jsonl',
  };
  const facts = {
    file: 'a.cef',
    stream,
    firstPosition,
    lastPosition,
    bytes: 10,
    events: lastPosition - firstPosition + 1,
    sha256: 'f'.repeat(64),
    lineChecks: 'AAAA',
  };
  return JSON.stringify({ version: 1, mode: 'publish', layout, staged: 'a.staged', facts });
}
