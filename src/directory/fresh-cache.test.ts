import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ManualClock } from '../testing/manual-clock.ts';
import type { Directory } from './directory.ts';
import { FreshCache } from './fresh-cache.ts';
import { openDirectory } from './open-directory.ts';
import { openSqliteDatabase } from './sqlite/sqlite-database.ts';

let folder = '';
let loads = 0;
const actor = { name: 'x' };

beforeEach(async () => {
  loads = 0;
  folder = await mkdtemp(join(tmpdir(), 'tailrace-cache-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('fresh cache', () => {
  it('loads once until somebody changes the directory', async () => {
    await using directory = await open();
    await using database = await openSqliteDatabase(join(folder, 'directory.sqlite'));
    const cache = new FreshCache<{ readonly loads: number }>(database);
    assert.deepEqual(await cache.read('a', load), { loads: 1 });
    assert.deepEqual(await cache.read('a', load), { loads: 1 });
    await directory.createTenant({ id: 'acme', title: 'A', edition: 'Elite' }, actor);
    assert.deepEqual(await cache.read('a', load), { loads: 2 });
    assert.deepEqual(await cache.read('a', load), { loads: 2 });
  });

  it('keeps what it has when only the audit trail grew', async () => {
    await using directory = await open();
    await directory.createTenant({ id: 'acme', title: 'A', edition: 'Elite' }, actor);
    await using database = await openSqliteDatabase(join(folder, 'directory.sqlite'));
    const cache = new FreshCache<{ readonly loads: number }>(database);
    await cache.read('a', load);
    const stamp = database.changeStamp();
    directory.recordPull({ tenant: 'acme', actor, api: 'a', status: 200, events: 1, atMs: 1 });
    await directory.recordReading('acme', { action: 'downloaded events', detail: 'a' }, actor);
    assert.equal((await directory.auditTrail('acme', 10)).length, 3);
    assert.notEqual(database.changeStamp(), stamp);
    assert.deepEqual(await cache.read('a', load), { loads: 1 });
  });

  it('does not keep what was loaded before a change that came while it was loading', async () => {
    await using directory = await open();
    await using database = await openSqliteDatabase(join(folder, 'directory.sqlite'));
    const cache = new FreshCache<{ readonly loads: number }>(database);
    const reading = cache.read('a', async () => {
      const stale = await load();
      await directory.createTenant({ id: 'acme', title: 'A', edition: 'Elite' }, actor);
      await cache.read('b', load); // another reader notices the change first
      return stale;
    });
    assert.deepEqual(await reading, { loads: 1 });
    assert.deepEqual(await cache.read('a', load), { loads: 3 });
  });

  it('does not remember that there was nothing', async () => {
    await using _ = await open();
    await using database = await openSqliteDatabase(join(folder, 'directory.sqlite'));
    const cache = new FreshCache<{ readonly loads: number }>(database);
    assert.equal(await cache.read('a', async () => undefined), undefined);
    assert.deepEqual(await cache.read('a', load), { loads: 1 });
  });
});

async function load(): Promise<{ readonly loads: number }> {
  loads += 1;
  return { loads };
}

function open(): Promise<Directory> {
  const log = { warn: () => {}, error: () => {} };
  return openDirectory({ folder, clock: new ManualClock(), log });
}
