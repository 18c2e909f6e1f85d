import assert from 'node:assert/strict';
import { actor, dayMs, ada, groundWithPeople, valueOf, refuses } from './ground.ts';
import type { DirectoryContract } from './ground.ts';

export const tokenContract: DirectoryContract = {
  'lets an administrator in by e-mail address and token': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const token = await directory.createToken('acme', 'ADA@example.com', undefined, actor);
    const principal = await directory.authenticateToken('ada@Example.com', valueOf(token.value));
    assert.equal(principal?.tenant, 'acme');
    assert.equal(principal.name, ada.email);
    assert.equal(principal.kind, 'token');
    assert.ok(!valueOf(token.value).includes(principal.credentialId));
  },

  'is valid for 30 days unless said otherwise, up to the very millisecond': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const created = await directory.createToken('acme', ada.email, undefined, actor);
    assert.equal(created.createdAtMs, clock.nowMs());
    assert.equal(created.expiresAtMs, clock.nowMs() + 30 * dayMs);
    const value = valueOf(created.value);
    clock.advance(30 * dayMs - 1);
    assert.ok(await directory.authenticateToken(ada.email, value));
    assert.equal(valueOf((await directory.token('acme', ada.email))?.value), value);
    clock.advance(1);
    assert.equal(await directory.authenticateToken(ada.email, value), undefined);
    const { value: _, ...withoutValue } = created;
    assert.deepEqual(await directory.token('acme', ada.email), withoutValue);
  },

  'takes 1 to 365 days': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    for (const days of [1, 365]) {
      const token = await directory.createToken('acme', ada.email, days, actor);
      assert.equal(token.expiresAtMs, clock.nowMs() + days * dayMs);
    }
    for (const days of [0, 366, -1, 1.5, Number.NaN]) {
      await refuses(directory.createToken('acme', ada.email, days, actor), 'input_invalid');
    }
    await refuses(
      directory.createToken('acme', ada.email, 366, actor),
      'input_invalid',
      'days must be 1 to 365, got 366',
    );
  },

  'ends the previous token of the same administrator only': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    await directory.addAdministrator({ ...ada, email: 'eve@example.com' }, actor);
    const first = await directory.createToken('acme', ada.email, 365, actor);
    const other = await directory.createToken('acme', 'eve@example.com', 365, actor);
    assert.ok(await directory.authenticateToken(ada.email, valueOf(first.value)));
    const second = await directory.createToken('acme', ada.email, 1, actor);
    assert.equal(await directory.authenticateToken(ada.email, valueOf(first.value)), undefined);
    assert.ok(await directory.authenticateToken(ada.email, valueOf(second.value)));
    assert.ok(await directory.authenticateToken('eve@example.com', valueOf(other.value)));
  },

  'refuses a token with any other name beside it, and any other value': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    await directory.addAdministrator({ ...ada, email: 'eve@example.com' }, actor);
    const value = valueOf((await directory.createToken('acme', ada.email, 1, actor)).value);
    const wrong: readonly (readonly [string, string])[] = [
      ['eve@example.com', value],
      ['nobody@example.com', value],
      ['', value],
      [ada.email, ''],
      [ada.email, `${value}x`],
      [ada.email, value.slice(0, -1)],
      [ada.email, value.toUpperCase()],
      [`${ada.email}${value.slice(0, 1)}`, value.slice(1)],
    ];
    for (const [email, token] of wrong) {
      assert.equal(await directory.authenticateToken(email, token), undefined);
    }
    assert.equal(await directory.authenticateIngestKey(value), undefined);
    assert.equal(await directory.authenticateAccessToken(value), undefined);
    assert.equal(await directory.authenticateApiClient(ada.email, value), undefined);
  },

  'shows the value again while it is valid, and nothing before there is one': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    assert.equal(await directory.token('acme', ada.email), undefined);
    const created = await directory.createToken('acme', ada.email, 7, actor);
    const shown = await directory.token('acme', ada.email);
    assert.equal(valueOf(shown?.value), valueOf(created.value));
    assert.equal(shown?.email, ada.email);
  },

  'shows no value once it is revoked, and lets nobody in': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const created = await directory.createToken('acme', ada.email, 7, actor);
    await directory.revokeToken('acme', ada.email, actor);
    assert.equal(await directory.authenticateToken(ada.email, valueOf(created.value)), undefined);
    const { value: _, ...withoutValue } = created;
    assert.deepEqual(await directory.token('acme', ada.email), withoutValue);
    await refuses(
      directory.revokeToken('acme', ada.email, actor),
      'not_found',
      'Ada@example.com has no valid token',
    );
  },

  'ends with its administrator': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const created = await directory.createToken('acme', ada.email, 7, actor);
    await directory.removeAdministrator('acme', ada.email, actor);
    assert.equal(await directory.authenticateToken(ada.email, valueOf(created.value)), undefined);
    await directory.addAdministrator(ada, actor);
    assert.equal(await directory.token('acme', ada.email), undefined);
    assert.equal(await directory.authenticateToken(ada.email, valueOf(created.value)), undefined);
  },

  'is not for viewers': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    await directory.addAdministrator({ ...ada, email: 'v@example.com', role: 'viewer' }, actor);
    await refuses(
      directory.createToken('acme', 'v@example.com', 1, actor),
      'input_invalid',
      'tokens belong to administrators, but v@example.com is a viewer',
    );
  },
};
