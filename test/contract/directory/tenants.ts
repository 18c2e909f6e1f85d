import assert from 'node:assert/strict';
import { editions } from '../../../src/directory/directory.ts';
import type { NewTenant } from '../../../src/directory/directory.ts';
import {
  actor,
  acme,
  globex,
  ada,
  emptyGround,
  groundWithPeople,
  everyCredential,
  pullOf,
  refuses,
} from './ground.ts';
import type { DirectoryContract } from './ground.ts';

export const tenantContract: DirectoryContract = {
  'creates, lists and shows tenants': async (implementation) => {
    await using ground = await emptyGround(implementation);
    const { directory, clock } = ground;
    const created = await directory.createTenant(acme, actor);
    assert.deepEqual(created, { ...acme, enabled: true, createdAtMs: clock.nowMs() });
    await directory.createTenant(globex, actor);
    assert.deepEqual(await directory.tenant('acme'), created);
    const ids = (await directory.tenants()).map(({ id }) => id);
    assert.deepEqual(ids, ['acme', 'globex']);
  },

  'sums up all tenants': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const quiet = { exportEnabled: false, lastPullMs: undefined };
    const people = (id: string) => directory.people(id).then(({ length }) => length);
    const before = await directory.tenantSummaries();
    assert.deepEqual(
      before.map(({ tenant }) => tenant),
      await directory.tenants(),
    );
    for (const { tenant, ...summary } of before) {
      assert.deepEqual(summary, { ...quiet, people: await people(tenant.id) });
    }
    await directory.createTenant({ ...acme, id: 'empty' }, actor);
    await directory.changeExportSettings('acme', { enabled: true }, actor);
    const use = { address: '192.0.2.1', api: 'events-api/v1', status: 200, events: 5 };
    const uses = [
      { kind: 'token', feed: 'insync', atMs: clock.nowMs() - 2000 },
      { kind: 'api_client', feed: 'insync', atMs: clock.nowMs() - 1000 },
      { kind: 'ingest_key', feed: 'insync', atMs: clock.nowMs() },
      { kind: 'token', feed: '', atMs: clock.nowMs() },
    ] as const;
    for (const { kind, ...one } of uses) {
      const principal = { tenant: 'acme', kind, name: 'n', credentialId: 'n' };
      directory.recordUse({ ...use, ...one, principal, position: undefined });
    }
    const after = await directory.tenantSummaries();
    const summaryOf = (id: string) => after.find(({ tenant }) => tenant.id === id);
    assert.equal(summaryOf('acme')?.exportEnabled, true);
    assert.equal(summaryOf('acme')?.lastPullMs, clock.nowMs() - 1000);
    const { tenant: _tenant, ...empty } = summaryOf('empty') ?? {};
    assert.deepEqual(empty, { ...quiet, people: 0 });
  },

  'takes every edition and no other': async (implementation) => {
    await using ground = await emptyGround(implementation);
    for (const [index, edition] of editions.entries()) {
      await ground.directory.createTenant({ id: `t${index}`, title: 'T', edition }, actor);
    }
    const wrong: NewTenant = { ...acme, edition: JSON.parse('"Gold"') };
    await refuses(
      ground.directory.createTenant(wrong, actor),
      'input_invalid',
      'edition must be one of Business, Enterprise, Elite, Elite Plus, got "Gold"',
    );
  },

  'refuses an id that exists, one that is no name, and a title that does not print': async (
    implementation,
  ) => {
    await using ground = await emptyGround(implementation);
    const { directory } = ground;
    await directory.createTenant(acme, actor);
    await refuses(
      directory.createTenant(acme, actor),
      'already_exists',
      'tenant acme exists already',
    );
    await refuses(directory.createTenant({ ...acme, id: 'A/b' }, actor), 'name_invalid');
    for (const title of ['', ' ', 'a\nb', 'x'.repeat(201), '\u{202E}evil', '\u{D800}']) {
      await refuses(directory.createTenant({ ...acme, id: 'b', title }, actor), 'input_invalid');
    }
    assert.equal((await directory.tenants()).length, 1);
  },

  'says not_found for a tenant that does not exist, whatever is asked': async (implementation) => {
    await using ground = await emptyGround(implementation);
    const { directory } = ground;
    const principal = {
      tenant: 'nobody',
      name: 'x',
      kind: 'api_client',
      credentialId: 'x',
    } as const;
    const asked: readonly Promise<unknown>[] = [
      directory.tenant('nobody'),
      directory.setTenantEnabled('nobody', false, actor),
      directory.deleteTenant('nobody', actor),
      directory.addAdministrator({ ...ada, tenant: 'nobody' }, actor),
      directory.administrators('nobody'),
      directory.removeAdministrator('nobody', ada.email, actor),
      directory.createToken('nobody', ada.email, 1, actor),
      directory.token('nobody', ada.email),
      directory.revokeToken('nobody', ada.email, actor),
      directory.createApiClient('nobody', 'n', actor),
      directory.apiClients('nobody'),
      directory.revokeApiClient('nobody', 'c', actor),
      directory.issueAccessToken(principal, 1000),
      directory.exportSettings('nobody'),
      directory.changeExportSettings('nobody', { enabled: true }, actor),
      directory.createIngestKey('nobody', 'n', actor),
      directory.ingestKeys('nobody'),
      directory.revokeIngestKey('nobody', 'k', actor),
      directory.cursorKey('nobody'),
      directory.auditTrail('nobody', 10),
    ];
    const message = 'there is no tenant "nobody"';
    await Promise.all(asked.map((answer) => refuses(answer, 'not_found', message)));
  },

  'lets no credential of a disabled tenant in until it is enabled again': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const attempts = await everyCredential(directory);
    for (const attempt of attempts) assert.equal((await attempt())?.tenant, 'acme');
    assert.equal((await directory.setTenantEnabled('acme', false, actor)).enabled, false);
    assert.equal((await directory.tenant('acme')).enabled, false);
    for (const attempt of attempts) assert.equal(await attempt(), undefined);
    await directory.setTenantEnabled('acme', true, actor);
    for (const attempt of attempts) assert.equal((await attempt())?.tenant, 'acme');
  },

  'deletes a tenant with all that is its own, and leaves the others alone': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    await directory.createTenant(globex, actor);
    const kept = await directory.createIngestKey('globex', 'kept', actor);
    const attempts = await everyCredential(directory);
    directory.recordPull(pullOf('acme', ground.clock.nowMs()));
    await directory.deleteTenant('acme', { name: 'cli:deleter' });
    await refuses(directory.tenant('acme'), 'not_found');
    for (const attempt of attempts) assert.equal(await attempt(), undefined);
    assert.equal((await directory.authenticateIngestKey(kept.key.reveal()))?.tenant, 'globex');
    const trail = await directory.auditTrail(undefined, 1000);
    assert.ok(trail.every(({ tenant }) => tenant !== 'acme'));
    assert.deepEqual(
      trail
        .filter(({ tenant }) => tenant === undefined)
        .map(({ action, detail, actor: by }) => [action, detail, by.name]),
      [['deleted the tenant', 'acme', 'cli:deleter']],
    );
  },

  'starts a tenant of a deleted name from nothing, with another cursor key': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const before = await directory.cursorKey('acme');
    await directory.changeExportSettings('acme', { enabled: true, facility: 4 }, actor);
    directory.recordPull(pullOf('acme', ground.clock.nowMs()));
    await directory.deleteTenant('acme', actor);
    await directory.createTenant(acme, actor);
    assert.notDeepEqual(await directory.cursorKey('acme'), before);
    assert.equal((await directory.exportSettings('acme')).enabled, false);
    assert.deepEqual(await directory.administrators('acme'), []);
    const actions = (await directory.auditTrail('acme', 10)).map(({ action }) => action);
    assert.deepEqual(actions, ['created the tenant']);
  },
};
