import assert from 'node:assert/strict';
import type { Directory } from '../../../src/directory/directory.ts';
import type { NewSession, Person } from '../../../src/directory/people.ts';
import {
  acme,
  ada,
  actor,
  dayMs,
  emptyGround,
  globex,
  groundWithPeople,
  refuses,
  valueOf,
} from './ground.ts';
import type { DirectoryContract } from './ground.ts';

export const password = 'correct horse battery';
export const from = { address: '192.0.2.7' };
const root = { tenant: undefined, email: 'Root@example.com', role: 'operator' } as const;
export const life = { idleMs: 3_600_000, lifeMs: 7 * dayMs };

export function sessionOf(email: string): NewSession {
  return { email, method: 'password', address: from.address, userAgent: 'Firefox on Linux' };
}

export async function actions(directory: Directory, tenant?: string): Promise<readonly string[]> {
  return (await directory.auditTrail(tenant, 100)).map(({ action }) => action);
}

async function codeFor(directory: Directory, { tenant, email }: Pick<Person, 'tenant' | 'email'>) {
  return (await directory.invite(tenant, email, actor)).code.reveal();
}

export const peopleContract: DirectoryContract = {
  'knows operators of no tenant, and keeps addresses unique over everybody': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const added = await directory.addPerson(root, actor);
    assert.deepEqual(added, {
      ...root,
      createdAtMs: clock.nowMs(),
      hasPassword: false,
      isInvited: false,
      hasTotp: false,
      recoveryCodesLeft: 0,
      lastSignInMs: undefined,
    });
    assert.deepEqual(await directory.people(undefined), [added]);
    assert.deepEqual(
      (await directory.people('acme')).map(({ email }) => email),
      [ada.email],
    );
    assert.deepEqual(await directory.person('ROOT@example.com'), added);
    assert.equal(await directory.administratorByEmail(root.email), undefined);
    await refuses(
      directory.addPerson({ ...root, email: 'ADA@example.com' }, actor),
      'already_exists',
    );
    await refuses(
      directory.addAdministrator({ ...ada, email: root.email }, actor),
      'already_exists',
    );
    await refuses(directory.addPerson({ ...root, tenant: 'acme' }, actor), 'input_invalid');
    await refuses(directory.addPerson({ ...ada, tenant: undefined }, actor), 'input_invalid');
    await refuses(directory.createToken('acme', root.email, 1, actor), 'not_found');
    await refuses(directory.removePerson('acme', root.email, actor), 'not_found');
    await refuses(directory.removePerson(undefined, ada.email, actor), 'not_found');
    await directory.removePerson(undefined, root.email, actor);
    assert.deepEqual(await directory.people(undefined), []);
  },

  'compares addresses without the case of ASCII letters and nothing more': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const ken = { tenant: 'acme', email: 'Ken@example.com', role: 'administrator' } as const;
    await directory.addPerson(ken, actor);
    await directory.setPassword(ken.email, password, undefined, actor);
    const { value } = await directory.createToken('acme', ken.email, undefined, actor);
    assert.equal((await directory.person('kEN@EXAMPLE.COM'))?.email, ken.email);
    const kelvin = '\u{212A}en@example.com'; // its small letter is an ASCII k
    assert.equal(await directory.person(kelvin), undefined);
    assert.equal(await directory.checkPassword(kelvin, password), undefined);
    assert.equal(await directory.authenticateToken(kelvin, valueOf(value)), undefined);
    await refuses(directory.addPerson({ ...ken, email: kelvin }, actor), 'input_invalid');
  },

  'lets in who types the right password, and nobody else': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    assert.equal(await directory.checkPassword(ada.email, password), undefined);
    await directory.setPassword(ada.email, password, undefined, actor);
    assert.equal((await directory.checkPassword('ADA@EXAMPLE.com', password))?.email, ada.email);
    for (const wrong of ['', 'correct horse batterx', `${password} `, 'x'.repeat(100_000)]) {
      assert.equal(await directory.checkPassword(ada.email, wrong), undefined);
    }
    assert.equal(await directory.checkPassword('nobody@example.com', password), undefined);
    await directory.setTenantEnabled('acme', false, actor);
    assert.equal(await directory.checkPassword(ada.email, password), undefined);
  },

  'refuses passwords that are short, endless or the address itself': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    for (const bad of [
      '',
      'elevenchars',
      'x'.repeat(513),
      ' ada@EXAMPLE.com ',
      `\u{D800}${password}`,
    ]) {
      await assert.rejects(
        directory.setPassword(ada.email, bad, undefined, actor),
        (error: Error) => {
          assert.ok(bad === '' || !error.message.includes(bad), 'the message repeats the password');
          return 'code' in error && error.code === 'input_invalid';
        },
      );
    }
    await directory.setPassword(ada.email, 'ä'.repeat(12), undefined, actor);
    const decomposed = 'ä'.normalize('NFD').repeat(12);
    assert.ok(await directory.checkPassword(ada.email, decomposed), 'the same to a person');
  },

  'invites a person once, for seven days': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const first = await codeFor(directory, ada);
    const second = await directory.invite('acme', 'ADA@example.com', actor);
    assert.equal(second.expiresAtMs, clock.nowMs() + 7 * dayMs);
    const code = second.code.reveal();
    assert.equal(await directory.invitation(first), undefined);
    assert.deepEqual(await directory.invitation(code), {
      person: ada,
      expiresAtMs: second.expiresAtMs,
    });
    assert.equal((await directory.person(ada.email))?.isInvited, true);
    await refuses(directory.acceptInvitation(code, { password: 'short' }, from), 'input_invalid');
    const person = await directory.acceptInvitation(code, { password }, from);
    assert.deepEqual([person.hasPassword, person.isInvited], [true, false]);
    assert.ok(await directory.checkPassword(ada.email, password));
    await refuses(directory.acceptInvitation(code, { password }, from), 'not_found');
    const late = await codeFor(directory, ada);
    clock.advance(7 * dayMs);
    assert.equal(await directory.invitation(late), undefined);
    await refuses(directory.acceptInvitation(late, { password }, from), 'not_found');
    await refuses(directory.invite(undefined, ada.email, actor), 'not_found');
    await refuses(directory.invite('acme', 'nobody@example.com', actor), 'not_found');
  },

  'takes away everything old when an invitation is accepted': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    await directory.setPassword(ada.email, password, undefined, actor);
    const { value } = await directory.startSession(sessionOf(ada.email));
    const code = await codeFor(directory, ada);
    assert.ok(await directory.checkPassword(ada.email, password), 'good until it is accepted');
    assert.ok(await directory.session(value.reveal(), life));
    await directory.acceptInvitation(code, { password: 'another good password' }, from);
    assert.equal(await directory.checkPassword(ada.email, password), undefined);
    assert.equal(await directory.session(value.reveal(), life), undefined);
  },

  'lets one of two accept an invitation at once': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, place, clock } = ground;
    await using two = await place.open(clock);
    const code = await codeFor(directory, ada);
    const outcomes = await Promise.allSettled([
      directory.acceptInvitation(code, { password: 'the first password' }, from),
      two.acceptInvitation(code, { password: 'the second password' }, from),
    ]);
    assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  },

  'sets up the first operator by a link, and no second one': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    assert.equal(await directory.isSetUpNeeded(), true);
    const one = (await directory.inviteFirstOperator(actor)).code.reveal();
    const other = (await directory.inviteFirstOperator(actor)).code.reveal();
    const view = await directory.invitation(one);
    assert.equal(view?.person, undefined);
    await refuses(directory.acceptInvitation(one, { password }, from), 'input_invalid');
    const email = ada.email;
    await refuses(directory.acceptInvitation(one, { password, email }, from), 'already_exists');
    const accepted = await directory.acceptInvitation(one, { password, email: root.email }, from);
    assert.deepEqual([accepted.role, accepted.tenant], ['operator', undefined]);
    assert.equal(await directory.isSetUpNeeded(), false);
    assert.equal(await directory.invitation(other), undefined);
    await refuses(directory.inviteFirstOperator(actor), 'forbidden');
    assert.ok((await actions(directory)).includes('accepted an invitation'));
  },

  'needs no set-up once an operator came in through a provider': async (implementation) => {
    await using ground = await emptyGround(implementation);
    const { directory } = ground;
    await directory.addPerson(root, actor);
    assert.equal(await directory.isSetUpNeeded(), true);
    await directory.startSession({ ...sessionOf(root.email), method: 'provider' });
    assert.equal(await directory.isSetUpNeeded(), false);
  },

  'ends sessions, and the token of who becomes a viewer, with a change of role': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    await directory.createToken('acme', ada.email, 1, actor);
    const { value } = await directory.startSession(sessionOf(ada.email));
    const changed = await directory.changeRole('acme', ada.email, 'viewer', actor);
    assert.equal(changed.role, 'viewer');
    assert.equal(await directory.session(value.reveal(), life), undefined);
    assert.equal(await directory.token('acme', ada.email), undefined);
    assert.equal((await actions(directory, 'acme'))[0], 'changed a role');
    await refuses(directory.changeRole('globex', ada.email, 'viewer', actor), 'not_found');
  },

  'removes all that is a person’s with the person, and with the tenant': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    await directory.createTenant(globex, actor);
    const bob = { tenant: 'globex', email: 'bob@example.com', role: 'viewer' } as const;
    await directory.addPerson(bob, actor);
    const values: string[] = [];
    const codes: string[] = [];
    for (const person of [ada, bob]) {
      await directory.setPassword(person.email, password, undefined, actor);
      values.push((await directory.startSession(sessionOf(person.email))).value.reveal());
      codes.push(await codeFor(directory, person));
    }
    await directory.removePerson('acme', ada.email, actor);
    await directory.deleteTenant('globex', actor);
    for (const value of values) assert.equal(await directory.session(value, life), undefined);
    for (const code of codes) assert.equal(await directory.invitation(code), undefined);
    for (const { email } of [ada, bob]) {
      assert.equal(await directory.checkPassword(email, password), undefined);
    }
    await directory.addPerson(ada, actor);
    assert.equal((await directory.person(ada.email))?.hasPassword, false);
    assert.equal(await directory.session(values[0] ?? '', life), undefined);
  },

  'changes a tenant’s title and edition': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const changed = await directory.changeTenant('acme', { title: 'Acme, Inc.' }, actor);
    assert.deepEqual([changed.title, changed.edition], ['Acme, Inc.', acme.edition]);
    await directory.changeTenant('acme', { edition: 'Business' }, actor);
    const { title, edition } = await directory.tenant('acme');
    assert.deepEqual([title, edition], ['Acme, Inc.', 'Business']);
    await refuses(directory.changeTenant('acme', { title: '' }, actor), 'input_invalid');
    await refuses(directory.changeTenant('nobody', { title: 'x' }, actor), 'not_found');
    assert.equal((await actions(directory, 'acme'))[0], 'changed the tenant');
  },
};
