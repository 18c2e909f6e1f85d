import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import { ManualClock } from '../testing/manual-clock.ts';
import { openDirectory } from './open-directory.ts';

const actor = { name: 'cli:tester' };
/** Children first. */
const tablesOfVersion2 = ['redeemed_code', 'connector_token', 'connector_key', 'connector'];

it('gives a directory of version 1 connectors, and leaves what it holds alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tailrace-migration-'));
  const log = { warn: assert.fail, error: assert.fail };
  const open = () => openDirectory({ folder, clock: new ManualClock(), log });
  try {
    let key: string;
    {
      await using directory = await open();
      await directory.createTenant({ id: 'acme', title: 'Acme', edition: 'Elite' }, actor);
      key = (await directory.createIngestKey('acme', 'product', actor)).key.reveal();
    }
    const database = new DatabaseSync(join(folder, 'directory.sqlite'));
    for (const table of tablesOfVersion2) database.exec(`drop table ${table}`);
    database.exec('pragma user_version = 1');
    database.close();
    for (let opened = 0; opened < 2; opened += 1) {
      await using directory = await open();
      assert.equal((await directory.authenticateIngestKey(key))?.tenant, 'acme');
      const name = `connector ${opened}`;
      const redirectUrl = 'https://siem.example.com/';
      await directory.requestConnector('acme', { name, redirectUrl }, actor);
      assert.equal((await directory.approveConnector('acme', name, {}, actor)).keys.length, 1);
      assert.equal((await directory.connectors('acme')).length, opened + 1);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
