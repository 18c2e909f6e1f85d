import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, it } from 'node:test';
import type { StoredEvent } from '../../core/event.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { eventsOfVersion1 } from '../../testing/previous-layout.ts';
import type { EventStore } from '../event-store.ts';
import type { SqliteStoreOptions } from './options.ts';
import { schemaVersion } from './schema.ts';
import { openSqliteEventStore } from './store.ts';

enableCompileCache();
const stream = 'acme/insync';
const all = { events: 1e9, bytes: 1e9 };
const folder = await mkdtemp(join(tmpdir(), 'tailrace-sqlite-'));
after(() => rm(folder, { recursive: true }));

describe('the SQLite event store', () => {
  it('makes its directory and file for its user alone', async () => {
    const directory = join(folder, 'new', 'data');
    await using store = await open({ directory });
    await store.append({ stream, events: someEvents(1, 5) });
    assert.equal((await stat(directory)).mode & 0o777, 0o700);
    const names = await readdir(directory);
    assert.deepEqual(names.toSorted(), ['events.db', 'events.db-shm', 'events.db-wal']);
    for (const name of names) assert.equal((await stat(join(directory, name))).mode & 0o777, 0o600);
  });

  it('brings a file of the version before up to date, by whoever opens it first', async () => {
    const directory = await newDirectory();
    await (await openWith({ directory }, 5))[Symbol.asyncDispose]();
    const database = new DatabaseSync(join(directory, 'events.db'));
    database.exec(eventsOfVersion1);
    database.close();
    const stores = await Promise.all([open({ directory }), open({ directory })]);
    for (const store of stores) {
      assert.deepEqual(await store.quarantines(), []);
      assert.equal((await store.streamInfo(stream))?.headPosition, 5);
      await store.verify();
    }
    for (const store of stores) await store[Symbol.asyncDispose]();
  });

  it('leaves one whole file when it closes', async () => {
    const directory = await newDirectory();
    await (await openWith({ directory }, 5))[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(directory), ['events.db']);
  });

  it('is made once when many open it at once', async () => {
    const directory = await newDirectory();
    const stores = await Promise.all(Array.from({ length: 3 }, async () => open({ directory })));
    for (const store of stores) await store.append({ stream, events: someEvents(1, 1) });
    assert.equal((await stores[0]?.streamInfo(stream))?.headPosition, 3);
    for (const store of stores) await store[Symbol.asyncDispose]();
    assert.deepEqual(await readdir(directory), ['events.db']);
  });

  it('refuses appends beyond what may wait, and takes them again afterwards', async () => {
    const directory = await newDirectory();
    await using store = await open({ directory, queuedBytesMax: 10_000 });
    const events = someEvents(1, 1, 4000);
    const answers = await Promise.allSettled(
      Array.from({ length: 5 }, async () => store.append({ stream, events })),
    );
    assert.deepEqual(
      answers.map((answer) => (answer.status === 'rejected' ? codeOf(answer.reason) : 'stored')),
      ['stored', 'stored', 'overloaded', 'overloaded', 'overloaded'],
    );
    assert.equal((await store.append({ stream, events })).lastPosition, 3);
    const large = store.append({ stream, events: someEvents(1, 1, 20_000) });
    await assert.rejects(large, { code: 'too_large', message: /10000/ });
  });

  it('says that it is closed', async () => {
    const store = await open({ directory: await newDirectory() });
    await store[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await assert.rejects(store.streams(), { code: 'store_unavailable', message: /closed/ });
  });

  it('gives back the space of a deleted stream and keeps no copy of its contents', async () => {
    const directory = await newDirectory();
    await using store = await openWith({ directory }, 1);
    const secret = 'the text that has to go';
    const secretEvent = (number: number) => ({
      ...event(number, 0),
      json: `{"n":${number},"text":"${secret}"}`,
    });
    for (let number = 0; number < 300; number++) {
      await store.append({ stream: 'globex/insync', events: [secretEvent(number)] });
      if (number === 100) await store.compact();
    }
    // Trimmed events lie in pages that other streams go on using.
    for (let number = 300; number < 400; number++) {
      await store.append({ stream: 'globex/insync', events: [secretEvent(number)] });
      await store.append({ stream, events: someEvents(number, 1) });
    }
    await store.trim('globex/insync', Date.UTC(2030, 0));
    await store.append({ stream: 'globex/insync', events: someEvents(1, 2000, 3000) });
    const fullBytes = (await bytesIn(directory)).length;
    assert.ok((await bytesIn(directory)).includes(secret));
    await store.deleteStream('globex/insync');
    const left = await bytesIn(directory);
    assert.ok(left.length < fullBytes / 2, `${left.length} of ${fullBytes} bytes are left`);
    assert.ok(!left.includes(secret));
    assert.equal((await store.streamInfo(stream))?.headPosition, 101);
  });

  it('finishes with the next compaction a deletion that a crash interrupted', async () => {
    const directory = await newDirectory();
    await (await openWith({ directory }, 50))[Symbol.asyncDispose]();
    const file = join(directory, 'events.db');
    // All that deleteStream has done when its first step is committed.
    inDatabase(file, (database) => database.exec('update stream set name = null'));
    await using store = await openWith({ directory }, 2);
    await store.compact();
    assert.equal((await store.streamInfo(stream))?.headPosition, 2);
    const counts =
      'select (select count(*) from stream) as streams, count(*) as segments from segment';
    const left = inDatabase(file, (database) => database.prepare(counts).get());
    assert.deepEqual({ ...left }, { streams: 1, segments: 1 });
  });

  it('stores an event in a fifth of its JSON', async () => {
    await using store = await open({ directory: await newDirectory() });
    const events = Array.from({ length: 2000 }, (_, number) => variedEvent(number));
    await store.append({ stream, events });
    const jsonBytes = events.reduce((sum, { json }) => sum + json.length, 0);
    const info = await store.streamInfo(stream);
    assert.ok(info && info.storedBytes < jsonBytes / 5, `${info?.storedBytes} of ${jsonBytes}`);
  });
});

describe('opening a file that is not a store', () => {
  const fileContents = {
    empty: '',
    short: 'x',
    text: 'this is not a database, but it is longer than the header of one. '.repeat(100),
    zeros: '\0'.repeat(20_000),
  };
  for (const [kind, content] of Object.entries(fileContents)) {
    it(`names it: ${kind}`, async () => {
      const directory = await newDirectory();
      const file = join(directory, 'events.db');
      await writeFile(file, content);
      await assert.rejects(open({ directory }), (error: Error) => {
        assert.equal(codeOf(error), 'store_corrupt');
        return error.message.startsWith(file);
      });
      assert.equal(await readFile(file, 'utf8'), content, 'it must be left as it was');
    });
  }

  it('names a database of another program', async () => {
    const directory = await newDirectory();
    inDatabase(join(directory, 'events.db'), (database) => database.exec('create table t (a)'));
    await assert.rejects(open({ directory }), {
      code: 'store_corrupt',
      message: /not an event store/,
    });
  });

  it('refuses a store that a newer version has written', async () => {
    const directory = await newDirectory();
    await (await openWith({ directory }, 1))[Symbol.asyncDispose]();
    inDatabase(join(directory, 'events.db'), (database) =>
      database.exec(`pragma user_version = ${schemaVersion + 1}`),
    );
    await assert.rejects(open({ directory }), {
      code: 'store_newer',
      message: new RegExp(`events\\.db: written with store version ${schemaVersion + 1}`),
    });
  });

  it('says when the directory cannot be made', async () => {
    const file = join(await newDirectory(), 'file');
    await writeFile(file, '');
    await assert.rejects(open({ directory: join(file, 'data') }), { code: 'directory_unwritable' });
  });
});

describe('a full disk', () => {
  it('fails the append with disk_full, stores nothing of it, and passes', async () => {
    const directory = await newDirectory();
    await using small = await open({ directory, fileBytesMax: 600 * 1024 });
    await assertSurvivesFullDisk(small, async () => small.deleteStream('filler/insync'));
  });

  it('fails only those appends of a commit for which there is no room', async () => {
    await using store = await open({ directory: await newDirectory(), fileBytesMax: 600 * 1024 });
    const answers = await Promise.allSettled([
      store.append({ stream, events: someEvents(1, 2) }),
      store.append({ stream, events: incompressible(2000) }),
      store.append({ stream, events: someEvents(3, 2) }),
    ]);
    assert.deepEqual(
      answers.map((answer) => (answer.status === 'rejected' ? codeOf(answer.reason) : 'stored')),
      ['stored', 'disk_full', 'stored'],
    );
    const page = await store.readAfter(stream, 0, all);
    assert.equal(page.headPosition, 4);
  });

  it('is survived on a real file system', async (test) => {
    const directory = await newDirectory();
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', directory], {
        stdio: 'ignore',
      });
    } catch {
      test.skip('mounting a small tmpfs is not allowed here');
      return;
    }
    try {
      await writeFile(join(directory, 'ballast'), Buffer.alloc(1024 ** 2));
      await using store = await open({ directory });
      await assertSurvivesFullDisk(store, async () => rm(join(directory, 'ballast')));
    } finally {
      execFileSync('umount', [directory]);
    }
  });
});

/** Fills the store until there is no room, makes room, and goes on. */
async function assertSurvivesFullDisk(store: EventStore, makeRoom: () => Promise<unknown>) {
  await store.append({ stream: 'filler/insync', events: incompressible(150) });
  let stored = 0;
  const fill = async () => {
    for (; stored < 1000; stored++) await store.append({ stream, events: incompressible(10) });
  };
  await assert.rejects(fill(), { code: 'disk_full' });
  assert.ok(stored > 0);
  const full = await store.readAfter(stream, 0, all);
  assert.equal(full.headPosition, stored * 10);
  await makeRoom();
  const { firstPosition } = await store.append({ stream, events: incompressible(10) });
  assert.equal(firstPosition, stored * 10 + 1);
  await store.verify();
}

function inDatabase<T>(file: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

async function newDirectory(): Promise<string> {
  return mkdtemp(join(folder, 'store-'));
}

async function open(options: Omit<SqliteStoreOptions, 'clock'>): Promise<EventStore> {
  return openSqliteEventStore({ ...options, clock: new ManualClock() });
}

async function openWith(
  options: Omit<SqliteStoreOptions, 'clock'>,
  eventCount: number,
): Promise<EventStore> {
  await mkdir(options.directory, { recursive: true });
  const store = await open(options);
  await store.append({ stream, events: someEvents(1, eventCount) });
  return store;
}

async function bytesIn(directory: string): Promise<Buffer> {
  const names = await readdir(directory);
  return Buffer.concat(
    await Promise.all(names.map(async (name) => readFile(join(directory, name)))),
  );
}

function someEvents(first: number, count: number, paddingBytes = 0): StoredEvent[] {
  return Array.from({ length: count }, (_, index) => event(first + index, paddingBytes));
}

function event(number: number, paddingBytes: number): StoredEvent {
  const json = JSON.stringify({ number, padding: 'x'.repeat(paddingBytes) });
  return { id: `e${number}`, occurredAtMs: 1e12 + number, json };
}

function incompressible(count: number): StoredEvent[] {
  return Array.from({ length: count }, (_, number) => {
    const text = Array.from({ length: 40 }, () => Math.random().toString(36)).join('');
    return { id: `r${Math.random()}`, occurredAtMs: 1e12 + number, json: JSON.stringify({ text }) };
  });
}

/** About 480 bytes, as varied as events of backups are. */
function variedEvent(number: number): StoredEvent {
  const json = JSON.stringify({
    eventID: 1_203_589_860 + number,
    eventType: pick(['Backup', 'Restore', 'Login', 'Download']),
    eventState: pick(['Success', 'Failed', 'Success with errors']),
    timestamp: new Date(1.79e12 + number * 700).toISOString(),
    inSyncUserID: any() % 5000,
    inSyncUserName: `user ${any() % 5000}`,
    inSyncUserEmail: `user${any() % 5000}@example.com`,
    inSyncDataSourceName: `LAPTOP-${any() % 5000}`,
    clientVersion: pick(['5.9.5r54841', '6.0.1r60011']),
    clientOS: pick(['win32', 'darwin', 'linux']),
    profileName: pick(['Executives', 'Research', 'Default']),
    ip: `192.0.2.${any() % 255}`,
    eventDetails: `Total Backup Size:${any()}, Files Backed up:${any() % 1000}, Files Missed:0`,
  });
  return { id: `v${number}`, occurredAtMs: 1.79e12 + number * 700, json };
}

function pick(values: readonly string[]): string | undefined {
  return values[any() % values.length];
}

function any(): number {
  return Math.floor(Math.random() * 1e8);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error;
}
