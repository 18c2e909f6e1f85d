import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import { ManualClock } from '../testing/manual-clock.ts';
import { directoryOfVersion1, directoryOfVersion2 } from '../testing/previous-layout.ts';
import { openDirectory } from './open-directory.ts';

const actor = { name: 'cli:tester' };
const ada = { tenant: 'acme', email: 'ada@example.com', role: 'administrator' } as const;

for (const [version, back] of [
  [1, directoryOfVersion1],
  [2, directoryOfVersion2],
] as const) {
  it(`brings a directory of version ${version} up to date, and leaves what it holds alone`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tailrace-migration-'));
    const clock = new ManualClock();
    const log = { warn: assert.fail, error: assert.fail };
    const open = () => openDirectory({ folder, clock, log });
    try {
      let key: string;
      let token: string;
      {
        await using directory = await open();
        await directory.createTenant({ id: 'acme', title: 'Acme', edition: 'Elite' }, actor);
        await directory.addAdministrator(ada, actor);
        key = (await directory.createIngestKey('acme', 'product', actor)).key.reveal();
        const made = await directory.createToken('acme', ada.email, 30, actor);
        token = made.value?.reveal() ?? '';
        const pull = { tenant: 'acme', actor, api: 'streams', status: 200, events: 1 };
        directory.recordPull({ ...pull, atMs: clock.nowMs() });
      }
      const database = new DatabaseSync(join(folder, 'directory.sqlite'));
      database.exec(back);
      database.close();
      for (let opened = 0; opened < 2; opened += 1) {
        await using directory = await open();
        assert.equal((await directory.authenticateIngestKey(key))?.tenant, 'acme');
        assert.equal((await directory.authenticateToken(ada.email, token))?.tenant, 'acme');
        const [person] = await directory.people('acme');
        assert.deepEqual(
          [person?.email, person?.role, person?.hasPassword],
          [ada.email, ada.role, false],
        );
        const pulls = await directory.auditPage({ kind: 'pulls', limit: 10 });
        assert.deepEqual(
          pulls.entries.map(({ action }) => action),
          ['pulled events'],
        );
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
}
