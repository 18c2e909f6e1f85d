import assert from 'node:assert/strict';
import type { Role } from '../../../src/directory/directory.ts';
import { actor, globex, ada, groundWithPeople, refuses } from './ground.ts';
import type { DirectoryContract } from './ground.ts';

export const administratorContract: DirectoryContract = {
  'adds, lists and removes administrators and viewers': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const createdAtMs = clock.nowMs();
    await directory.addAdministrator(
      { tenant: 'acme', email: 'bob@example.com', role: 'viewer' },
      actor,
    );
    assert.deepEqual(await directory.administrators('acme'), [
      { ...ada, createdAtMs },
      { tenant: 'acme', email: 'bob@example.com', role: 'viewer', createdAtMs },
    ]);
    await directory.removeAdministrator('acme', 'BOB@example.com', actor);
    assert.equal((await directory.administrators('acme')).length, 1);
    await refuses(
      directory.removeAdministrator('acme', 'bob@example.com', actor),
      'not_found',
      'tenant acme has no administrator "bob@example.com"',
    );
  },

  'keeps e-mail addresses unique over all tenants, without case': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    await directory.createTenant(globex, actor);
    await refuses(
      directory.addAdministrator({ ...ada, tenant: 'globex', email: 'ADA@EXAMPLE.COM' }, actor),
      'already_exists',
    );
    await refuses(directory.removeAdministrator('globex', ada.email, actor), 'not_found');
    await refuses(directory.createToken('globex', ada.email, 1, actor), 'not_found');
    await refuses(directory.token('globex', ada.email), 'not_found');
  },

  'tells a tenant nothing about who has an address elsewhere': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    await directory.createTenant(globex, actor);
    await directory.addAdministrator({ ...ada, email: 'bob@example.com', role: 'viewer' }, actor);
    const root = { tenant: undefined, email: 'root@example.com', role: 'operator' } as const;
    await directory.addPerson(root, actor);
    for (const email of ['ada@example.com', 'bob@example.com', 'root@example.com']) {
      await refuses(
        directory.addAdministrator({ ...ada, tenant: 'globex', email }, actor),
        'already_exists',
        `${email} cannot be added to this tenant; ask the operator of the service`,
      );
    }
    const own = directory.addAdministrator({ ...ada, email: 'bob@example.com' }, actor);
    await refuses(own, 'already_exists', 'bob@example.com is a viewer already');
    const operator = directory.addPerson({ ...root, email: 'bob@example.com' }, actor);
    await refuses(operator, 'already_exists', 'bob@example.com is a viewer already');
  },

  'finds an administrator by address in whichever tenant': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const found = await directory.administratorByEmail('ada@EXAMPLE.com');
    assert.deepEqual(found, { ...ada, createdAtMs: clock.nowMs() });
    assert.equal(await directory.administratorByEmail('nobody@example.com'), undefined);
  },

  'refuses what is no e-mail address or no role': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const long = `${'x'.repeat(250)}@example.com`;
    for (const email of ['', 'ada', 'a:b@example.com', ' b@example.com', 'b@example.com\n', long]) {
      await refuses(directory.addAdministrator({ ...ada, email }, actor), 'input_invalid');
    }
    const role: Role = JSON.parse('"root"');
    const added = { tenant: 'acme', email: 'c@example.com', role };
    await refuses(directory.addAdministrator(added, actor), 'input_invalid');
  },
};
