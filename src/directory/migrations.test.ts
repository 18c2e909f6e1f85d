import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import { ManualClock } from '../testing/manual-clock.ts';
import { openDirectory } from './open-directory.ts';

const actor = { name: 'cli:tester' };
const ada = { tenant: 'acme', email: 'ada@example.com', role: 'administrator' } as const;

/** What version 2 had and version 3 has not, with the rows that are there; children go first. */
const backToVersion2 = /* sql */ `
  create table administrator (
    tenant text not null references tenant (id) on delete cascade,
    email_key text not null primary key, email text not null, role text not null,
    created_at_ms bigint not null);
  insert into administrator
    select tenant, email_key, email, role, created_at_ms from person where tenant is not null;
  create index administrator_by_tenant on administrator (tenant);
  create table old_token (
    email_key text not null primary key references administrator (email_key) on delete cascade,
    token_id text not null, lookup text unique, sealed_value text,
    created_at_ms bigint not null, expires_at_ms bigint not null);
  insert into old_token
    select email_key, token_id, lookup, sealed_value, created_at_ms, expires_at_ms from token;
  drop table token;
  alter table old_token rename to token;
  drop table session; drop table invitation; drop table recovery_code; drop table second_factor;
  drop table person; drop table last_use; drop table use_hour;
  drop index audit_entry_by_kind; drop index audit_entry_by_tenant_and_kind;
  alter table audit_entry drop column kind;
  pragma user_version = 2;
`;
const backToVersion1 = /* sql */ `
  drop table redeemed_code; drop table connector_token; drop table connector_key;
  drop table connector;
  pragma user_version = 1;
`;

for (const [version, back] of [
  [1, backToVersion2 + backToVersion1],
  [2, backToVersion2],
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
