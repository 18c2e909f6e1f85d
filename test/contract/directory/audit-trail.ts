import assert from 'node:assert/strict';
import type { Directory } from '../../../src/directory/directory.ts';
import {
  actor,
  dayMs,
  acme,
  globex,
  ada,
  emptyGround,
  groundWithPeople,
  everyCredential,
  apiClientPrincipal,
  pullOf,
  refuses,
} from './ground.ts';
import type { DirectoryContract } from './ground.ts';

export const auditContract: DirectoryContract = {
  'holds every change with its actor, newest first': async (implementation) => {
    await using ground = await emptyGround(implementation);
    const { directory, clock } = ground;
    await everyChange(directory);
    const trail = await directory.auditTrail('acme', 100);
    assert.deepEqual(trail.map(({ action }) => action).toReversed(), [
      'created the tenant',
      'added an administrator',
      'created a token',
      'revoked a token',
      'created an API client',
      'issued an access token',
      'revoked an API client',
      'created an ingest key',
      'revoked an ingest key',
      'changed the export settings',
      'disabled the tenant',
      'enabled the tenant',
      'removed an administrator',
    ]);
    for (const entry of trail) {
      assert.equal(entry.atMs, clock.nowMs());
      assert.equal(entry.outcome, 'success');
      if (entry.action !== 'issued an access token') assert.deepEqual(entry.actor, actor);
    }
    const settings = trail.find(({ action }) => action.includes('settings'));
    assert.equal(settings?.detail, 'enabled false → true, facility 23 → 6');
    await directory.rotateMasterKey(actor);
    const [newest] = await directory.auditTrail(undefined, 1);
    assert.equal(newest?.action, 'rotated the master key');
    assert.equal(newest.tenant, undefined);
  },

  'holds nothing of a change that was refused': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const before = await directory.auditTrail(undefined, 100);
    await assert.rejects(directory.createTenant(acme, actor));
    await assert.rejects(directory.addAdministrator(ada, actor));
    await assert.rejects(directory.revokeToken('acme', ada.email, actor));
    await assert.rejects(directory.revokeIngestKey('acme', 'none', actor));
    assert.deepEqual(await directory.auditTrail(undefined, 100), before);
  },

  'holds pulls within a second, and at the latest when it is closed': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, place, clock } = ground;
    await using reader = await place.open(clock);
    directory.recordPull(pullOf('acme', clock.nowMs()));
    directory.recordPull({ ...pullOf('acme', clock.nowMs()), status: 403, events: 0 });
    assert.equal((await reader.auditTrail('acme', 100)).filter(isPull).length, 0);
    clock.advance(1000);
    // The first change lets the write begin, the second stands in line behind it.
    for (const name of ['first', 'second']) await directory.createIngestKey('acme', name, actor);
    const pulls = (await reader.auditTrail('acme', 100)).filter(isPull);
    assert.deepEqual(
      pulls.map(({ detail, outcome }) => [detail, outcome]),
      [
        ['events-api/v1: status 403, 0 events', 'failure'],
        ['events-api/v1: status 200, 500 events', 'success'],
      ],
    );
    directory.recordPull(pullOf('acme', clock.nowMs()));
    await directory[Symbol.asyncDispose]();
    assert.equal((await reader.auditTrail('acme', 100)).filter(isPull).length, 3);
  },

  'gives at most as many entries as asked, of one tenant or of all': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    await directory.createTenant(globex, actor);
    assert.equal((await directory.auditTrail('acme', 1)).length, 1);
    assert.equal((await directory.auditTrail('globex', 100)).length, 1);
    assert.equal((await directory.auditTrail(undefined, 100)).length, 3);
    for (const limit of [0, 10_001, 1.5]) {
      await refuses(directory.auditTrail('acme', limit), 'input_invalid');
    }
  },

  'drops what is older than asked, and dead access tokens, and nothing that is alive': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const principal = await apiClientPrincipal(directory);
    const access = await directory.issueAccessToken(principal, dayMs);
    clock.advance(1000);
    const attempts = await everyCredential(directory);
    await directory.trimAudit(clock.nowMs());
    const trail = await directory.auditTrail(undefined, 100);
    assert.ok(trail.length > 0);
    assert.ok(trail.every(({ atMs }) => atMs === clock.nowMs()));
    await directory.trimAudit(clock.nowMs() + 365 * dayMs);
    assert.deepEqual(await directory.auditTrail(undefined, 100), []);
    assert.ok(await directory.authenticateAccessToken(access.reveal()));
    for (const attempt of attempts) assert.ok(await attempt());
    clock.advance(dayMs);
    await directory.trimAudit(clock.nowMs());
    assert.ok(await attempts[0]?.(), 'the token of 30 days is still good');
  },

  'takes odd characters in an actor without letting them break a line': async (implementation) => {
    await using ground = await emptyGround(implementation);
    await ground.directory.createTenant(acme, { name: 'a\nb\u{0}', address: '\u{D800}' });
    const [entry] = await ground.directory.auditTrail('acme', 1);
    assert.deepEqual(entry?.actor, { name: 'a\u{FFFD}b\u{FFFD}', address: '\u{FFFD}' });
  },
};

async function everyChange(directory: Directory): Promise<void> {
  await directory.createTenant(acme, actor);
  await directory.addAdministrator(ada, actor);
  await directory.createToken('acme', ada.email, 1, actor);
  await directory.revokeToken('acme', ada.email, actor);
  const principal = await apiClientPrincipal(directory);
  await directory.issueAccessToken(principal, 1000);
  await directory.revokeApiClient('acme', principal.name, actor);
  const { keyId } = await directory.createIngestKey('acme', 'key', actor);
  await directory.revokeIngestKey('acme', keyId, actor);
  await directory.changeExportSettings('acme', { enabled: true, facility: 6 }, actor);
  await directory.setTenantEnabled('acme', false, actor);
  await directory.setTenantEnabled('acme', true, actor);
  await directory.removeAdministrator('acme', ada.email, actor);
}

function isPull({ action }: { readonly action: string }): boolean {
  return action === 'pulled events';
}
