import assert from 'node:assert/strict';
import {
  actor,
  acme,
  globex,
  ada,
  emptyGround,
  groundWithPeople,
  everyCredential,
  pullOf,
  valueOf,
  refuses,
} from './ground.ts';
import type { DirectoryContract } from './ground.ts';

export const sharingContract: DirectoryContract = {
  'lets each see what the other changed with its next call': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory: one, place, clock } = ground;
    await using two = await place.open(clock);
    const attempts = await everyCredential(one);
    const token = valueOf((await one.token('acme', ada.email))?.value);
    assert.ok(await two.authenticateToken(ada.email, token));
    for (const attempt of attempts) assert.ok(await attempt());

    await two.setTenantEnabled('acme', false, actor);
    for (const attempt of attempts) assert.equal(await attempt(), undefined);
    assert.equal((await one.tenant('acme')).enabled, false);
    await two.setTenantEnabled('acme', true, actor);
    for (const attempt of attempts) assert.ok(await attempt());

    await one.exportSettings('acme');
    await two.changeExportSettings('acme', { facility: 9 }, actor);
    assert.equal((await one.exportSettings('acme')).facility, 9);

    await two.rotateMasterKey(actor);
    assert.equal(valueOf((await one.token('acme', ada.email))?.value), token);
    await one.createTenant(globex, actor);
    assert.deepEqual(await two.cursorKey('globex'), await one.cursorKey('globex'));

    const next = await two.createToken('acme', ada.email, 1, actor);
    assert.equal(await one.authenticateToken(ada.email, token), undefined);
    assert.ok(await one.authenticateToken(ada.email, valueOf(next.value)));
    await one.revokeToken('acme', ada.email, actor);
    assert.equal(await two.authenticateToken(ada.email, valueOf(next.value)), undefined);

    await one.cursorKey('acme');
    await two.deleteTenant('acme', actor);
    await refuses(one.cursorKey('acme'), 'not_found');
    await refuses(one.tenant('acme'), 'not_found');
  },

  'loses no change when two write at once': async (implementation) => {
    await using ground = await emptyGround(implementation);
    await using two = await ground.place.open(ground.clock);
    const writers = [ground.directory, two];
    const ids = Array.from({ length: 40 }, (_, index) => `tenant-${index}`);
    await Promise.all(
      ids.map(async (id, index) => {
        const writer = writers[index % 2] ?? two;
        await writer.createTenant({ ...acme, id }, actor);
        writer.recordPull(pullOf(id, 1));
      }),
    );
    assert.equal((await two.tenants()).length, ids.length);
    await Promise.all([two.auditTrail(undefined, 1), ground.directory.auditTrail(undefined, 1)]);
    const trail = await two.auditTrail(undefined, 1000);
    assert.equal(trail.length, 2 * ids.length);
  },

  'gives one address to one of two who want it at once': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    await using two = await ground.place.open(ground.clock);
    const added = { ...ada, email: 'new@example.com' };
    const outcomes = await Promise.allSettled([
      ground.directory.addAdministrator(added, actor),
      two.addAdministrator({ ...added, email: 'NEW@example.com' }, actor),
    ]);
    assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  },

  'may be closed twice': async (implementation) => {
    await using ground = await emptyGround(implementation);
    await ground.directory[Symbol.asyncDispose]();
    await ground.directory[Symbol.asyncDispose]();
  },
};
