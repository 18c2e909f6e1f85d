import assert from 'node:assert/strict';
import {
  accessToken,
  apiIdOf,
  approved,
  codeFor,
  keyOf,
  life,
  principalOf,
  splunk,
} from './connector-ground.ts';
import { acme, actor, dayMs, globex, groundWithPeople, refuses } from './ground.ts';
import type { DirectoryContract } from './ground.ts';

export const connectorCredentialContract: DirectoryContract = {
  'lets in by API ID and key, not by those of another connector': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    await directory.createTenant(globex, actor);
    const ours = await approved(directory);
    const theirs = await approved(directory, 'globex');
    const { apiId = '', siemEnabledAtMs = 0 } = ours.approval ?? {};
    const principal = await principalOf(directory, ours);
    const { keyId, connector, ...rest } = principal;
    assert.deepEqual(rest, {
      tenant: 'acme',
      name: apiId,
      kind: 'connector',
      credentialId: apiId,
    });
    assert.deepEqual(connector, {
      tenant: 'acme',
      apiId,
      redirectUrl: splunk.redirectUrl,
      allowedNetworks: [],
      siemEnabledAtMs,
      enabledAtMs: siemEnabledAtMs,
    });
    assert.ok(!keyOf(ours).includes(keyId));
    assert.deepEqual(await directory.enabledConnector(apiId), connector);
    const crossed = await directory.authenticateConnector(apiId, keyOf(theirs));
    assert.equal(crossed, undefined);
    for (const wrong of ['', 'APIKEYnone', apiId.toLowerCase(), splunk.name]) {
      assert.equal(await directory.authenticateConnector(wrong, keyOf(ours)), undefined);
      assert.equal(await directory.enabledConnector(wrong), undefined);
    }
  },

  'gives the same access token again with what is left of its life': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, place, clock } = ground;
    await using other = await place.open(clock);
    const connector = await approved(directory);
    const principal = await principalOf(directory, connector);
    const first = await directory.issueConnectorToken(principal, dayMs);
    assert.match(first.value.reveal(), /^[A-Za-z0-9]{32}$/);
    assert.equal(first.expiresAtMs, clock.nowMs() + dayMs);
    const signIns = await directory.auditPage({ tenant: 'acme', kind: 'sign-ins', limit: 1 });
    assert.equal(signIns.entries[0]?.action, 'issued an access token');
    const entries = (await directory.auditTrail('acme', 100)).length;
    clock.advance(dayMs - dayMs / 24);
    for (const each of [directory, other]) {
      const again = await each.issueConnectorToken(principal, dayMs);
      assert.equal(again.value.reveal(), first.value.reveal());
      assert.equal(again.expiresAtMs, first.expiresAtMs);
    }
    const { length } = await directory.auditTrail('acme', 100);
    assert.equal(length, entries, 'handing out the same token again writes nothing');

    clock.advance(1); // less than an hour is left
    const next = await directory.issueConnectorToken(principal, dayMs);
    assert.notEqual(next.value.reveal(), first.value.reveal());
    assert.equal(next.expiresAtMs, clock.nowMs() + dayMs);
    clock.advance(dayMs / 24 - 2);
    const found = await directory.authenticateConnectorToken(first.value.reveal());
    assert.deepEqual(found, principal);
    clock.advance(1);
    assert.equal(await directory.authenticateConnectorToken(first.value.reveal()), undefined);
    assert.ok(await directory.authenticateConnectorToken(next.value.reveal()));
  },

  'takes a code once, of its own connector, within its life': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    await directory.createTenant(globex, actor);
    const ours = await approved(directory);
    const theirs = await approved(directory, 'globex');
    const sister = await approved(directory, 'acme', 'sister');
    const principal = await principalOf(directory, ours);
    const redeem = (code: string) => directory.redeemAuthorizationCode(principal, code, life);
    const foreign = [await codeFor(directory, theirs), await codeFor(directory, sister)];
    const code = await codeFor(directory, ours);
    const altered = `${code.slice(0, -2)}${code.at(-2) === 'A' ? 'B' : 'A'}${code.slice(-1)}`;
    const spelt = `${code.slice(0, -1)}${spareBits(code.slice(-1))}`;
    for (const wrong of [...foreign, altered, spelt, '', 'none', `${code}A`]) {
      await refuses(redeem(wrong), 'unauthorized');
    }
    const token = await redeem(code);
    assert.equal(token.expiresAtMs, clock.nowMs() + dayMs);
    const found = await directory.authenticateConnectorToken(token.value.reveal());
    assert.deepEqual(found, principal);

    const last = await codeFor(directory, ours);
    const late = await codeFor(directory, ours);
    clock.advance(life.codeLifeMs - 1);
    const again = await redeem(last);
    assert.equal(again.value.reveal(), token.value.reveal(), 'the same token again');
    assert.equal(again.expiresAtMs, token.expiresAtMs);
    clock.advance(1);
    await refuses(redeem(late), 'unauthorized');
  },

  'ends the access token of a code that comes a second time, and no other': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const connector = await approved(directory);
    const principal = await principalOf(directory, connector);
    const byKey = await accessToken(directory, principal);
    const code = await codeFor(directory, connector);
    const byCode = await directory.redeemAuthorizationCode(principal, code, life);
    assert.notEqual(byCode.value.reveal(), byKey);
    await refuses(directory.redeemAuthorizationCode(principal, code, life), 'unauthorized');
    assert.equal(await directory.authenticateConnectorToken(byCode.value.reveal()), undefined);
    assert.ok(await directory.authenticateConnectorToken(byKey));
    const [entry] = await directory.auditTrail('acme', 1);
    assert.equal(entry?.action, 'ended an access token');
    assert.match(entry.detail, /its authorization code came a second time$/);
    const next = await codeFor(directory, connector);
    const fresh = await directory.redeemAuthorizationCode(principal, next, life);
    assert.notEqual(fresh.value.reveal(), byCode.value.reveal());
  },

  'lets only one of many at once redeem a code': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, place, clock } = ground;
    await using other = await place.open(clock);
    const connector = await approved(directory);
    const principal = await principalOf(directory, connector);
    const code = await codeFor(directory, connector);
    const attempts = [directory, other, directory, other].map((each) =>
      each.redeemAuthorizationCode(principal, code, life).then(
        () => 'token',
        () => 'refused',
      ),
    );
    const outcomes = (await Promise.all(attempts)).toSorted();
    assert.deepEqual(outcomes, ['refused', 'refused', 'refused', 'token']);
  },

  'keeps the key before good for the overlap, with the tokens issued for it': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const before = await approved(directory);
    const oldPrincipal = await principalOf(directory, before);
    const oldToken = await accessToken(directory, oldPrincipal);
    const hourMs = dayMs / 24;
    const rotated = await directory.rotateConnectorKey('acme', splunk.name, hourMs, actor);
    assert.deepEqual(
      rotated.keys.map(({ endsAtMs }) => endsAtMs),
      [undefined, clock.nowMs() + hourMs],
    );
    assert.notEqual(keyOf(rotated), keyOf(before));
    assert.equal(keyOf(rotated, 1), keyOf(before));
    const newToken = await accessToken(directory, await principalOf(directory, rotated));
    assert.notEqual(newToken, oldToken);
    const shortened = await directory.issueConnectorToken(oldPrincipal, dayMs);
    assert.equal(shortened.expiresAtMs, clock.nowMs() + hourMs, 'no longer than its key');
    clock.advance(hourMs - 1);
    assert.ok(await directory.authenticateConnector(apiIdOf(before), keyOf(before)));
    assert.ok(await directory.authenticateConnectorToken(oldToken));
    clock.advance(1);
    assert.equal(await directory.authenticateConnector(apiIdOf(before), keyOf(before)), undefined);
    assert.equal(await directory.authenticateConnectorToken(oldToken), undefined);
    await refuses(directory.issueConnectorToken(oldPrincipal, dayMs), 'unauthorized');
    assert.ok(await directory.authenticateConnectorToken(newToken));
    assert.equal((await directory.connector('acme', splunk.name)).keys.length, 1);
  },

  'rotates without overlap at once, and holds two good keys at most': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const rotate = (overlapMs: number) =>
      directory.rotateConnectorKey('acme', splunk.name, overlapMs, actor);
    const first = await approved(directory);
    const token = await accessToken(directory, await principalOf(directory, first));
    const second = await rotate(0);
    assert.equal(second.keys.length, 1);
    assert.equal(await directory.authenticateConnector(apiIdOf(first), keyOf(first)), undefined);
    assert.equal(await directory.authenticateConnectorToken(token), undefined);
    await rotate(dayMs);
    const fourth = await rotate(dayMs);
    assert.equal(fourth.keys.length, 2);
    assert.equal(await directory.authenticateConnector(apiIdOf(first), keyOf(second)), undefined);
    for (const wrong of [-1, 0.5, 30 * dayMs + 1]) await refuses(rotate(wrong), 'input_invalid');
  },

  'lets nobody in while it is disabled, and no old token or code after': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, clock } = ground;
    const connector = await approved(directory);
    const principal = await principalOf(directory, connector);
    const token = await accessToken(directory, principal);
    const code = await codeFor(directory, connector);
    clock.advance(1);
    const disabled = await directory.setConnectorEnabled('acme', splunk.name, false, actor);
    assert.equal(disabled.state, 'disabled');
    const attempts = () => [
      directory.authenticateConnector(apiIdOf(connector), keyOf(connector)),
      directory.authenticateConnectorToken(token),
      directory.enabledConnector(apiIdOf(connector)),
    ];
    for (const attempt of attempts()) assert.equal(await attempt, undefined);
    await refuses(directory.issueConnectorToken(principal, dayMs), 'unauthorized');
    await refuses(directory.redeemAuthorizationCode(principal, code, life), 'unauthorized');
    const enabled = await directory.setConnectorEnabled('acme', splunk.name, true, actor);
    assert.deepEqual(enabled.approval, connector.approval);
    const again = await principalOf(directory, connector);
    assert.equal(await directory.authenticateConnectorToken(token), undefined);
    await refuses(directory.redeemAuthorizationCode(again, code, life), 'unauthorized');
    await directory.setConnectorEnabled('acme', splunk.name, true, actor);
    assert.ok(await directory.authenticateConnectorToken(await accessToken(directory, again)));
  },

  'lets nobody in while its tenant is disabled, and nothing is left of it when it is deleted':
    async (implementation) => {
      await using ground = await groundWithPeople(implementation);
      const { directory } = ground;
      const connector = await approved(directory);
      const principal = await principalOf(directory, connector);
      const token = await accessToken(directory, principal);
      const attempts = () => [
        directory.authenticateConnector(apiIdOf(connector), keyOf(connector)),
        directory.authenticateConnectorToken(token),
        directory.enabledConnector(apiIdOf(connector)),
      ];
      await directory.setTenantEnabled('acme', false, actor);
      for (const attempt of attempts()) assert.equal(await attempt, undefined);
      await directory.setTenantEnabled('acme', true, actor);
      for (const attempt of attempts()) assert.ok(await attempt);
      await directory.createTenant(globex, actor);
      await refuses(directory.deleteConnector('globex', splunk.name, actor), 'not_found');
      await directory.deleteConnector('acme', splunk.name, actor);
      for (const attempt of attempts()) assert.equal(await attempt, undefined);
      assert.deepEqual(await directory.connectors('acme'), []);
      await refuses(directory.connector('acme', splunk.name), 'not_found');
      const next = await approved(directory);
      assert.notEqual(apiIdOf(next), apiIdOf(connector));
      await directory.deleteTenant('acme', actor);
      assert.equal(await directory.enabledConnector(apiIdOf(next)), undefined);
      await directory.createTenant(acme, actor);
      assert.deepEqual(await directory.connectors('acme'), []);
    },

  'keeps no key, code or token on the disk but sealed or digested': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, place, clock } = ground;
    const connector = await approved(directory);
    const principal = await principalOf(directory, connector);
    const code = await codeFor(directory, connector);
    const secrets = [
      keyOf(connector),
      code,
      await accessToken(directory, principal),
      (await directory.redeemAuthorizationCode(principal, code, life)).value.reveal(),
    ];
    const rotated = await directory.rotateConnectorKey('acme', splunk.name, 1000, actor);
    secrets.push(keyOf(rotated));
    const trail = Buffer.from(JSON.stringify(await directory.auditTrail(undefined, 1000)));
    const looks = async () => {
      const stored = await place.storedBytes();
      assert.ok(stored.includes(apiIdOf(connector)), 'not what the directory wrote');
      for (const secret of secrets) {
        const forms = [secret, Buffer.from(secret).toString('base64url')];
        for (const form of [...forms, Buffer.from(secret, 'base64url')]) {
          assert.ok(!stored.includes(form), 'the disk holds a secret');
          assert.ok(!trail.includes(form), 'the audit trail holds a secret');
        }
      }
    };
    await looks();
    clock.advance(2 * dayMs);
    await directory.trimAudit(clock.nowMs());
    await looks();
    assert.ok(await directory.authenticateConnector(apiIdOf(connector), keyOf(rotated)));
  },
};

/** Another last character with which base64url spells the same bytes. */
function spareBits(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(character) + 1] ?? '';
}
