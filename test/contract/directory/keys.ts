import assert from 'node:assert/strict';
import { Secret as OtpSecret, TOTP } from 'otpauth';
import {
  actor,
  globex,
  ada,
  groundWithPeople,
  everyCredential,
  pullOf,
  valueOf,
} from './ground.ts';
import type { DirectoryContract } from './ground.ts';

export const keyContract: DirectoryContract = {
  'signs the cursors of a tenant with the same 32 bytes for ever, its own': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, place, clock } = ground;
    await directory.createTenant(globex, actor);
    const key = await directory.cursorKey('acme');
    assert.equal(key.length, 32);
    assert.deepEqual(await directory.cursorKey('acme'), key);
    assert.notDeepEqual(await directory.cursorKey('globex'), key);
    await using other = await place.open(clock);
    assert.deepEqual(await other.cursorKey('acme'), key);
    key.fill(0); // what a caller does to its copy is its own affair
    assert.notDeepEqual(await directory.cursorKey('acme'), key);
  },

  'keeps every credential, token value and cursor key over a rotation': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, place, clock } = ground;
    const attempts = await everyCredential(directory);
    const shown = valueOf((await directory.token('acme', ada.email))?.value);
    const cursorKey = await directory.cursorKey('acme');
    await directory.rotateMasterKey(actor);
    await directory.rotateMasterKey(actor);
    await using other = await place.open(clock);
    for (const attempt of attempts) assert.equal((await attempt())?.tenant, 'acme');
    for (const each of [directory, other]) {
      assert.equal(valueOf((await each.token('acme', ada.email))?.value), shown);
      assert.deepEqual(await each.cursorKey('acme'), cursorKey);
    }
    await other.createTenant(globex, actor);
    assert.equal((await directory.cursorKey('globex')).length, 32);
  },

  'keeps no credential on the disk but sealed or digested': async (implementation) => {
    // Goal: whoever reads the disk reads no credential. Method: issue one of each kind, use, show
    // and end them, and look for every value, raw and in the usual encodings.
    await using ground = await groundWithPeople(implementation);
    const { directory, place } = ground;
    const secrets: string[] = [];
    const keys: Buffer[] = [];
    for (const round of [1, 2]) {
      const token = await directory.createToken('acme', ada.email, 7, actor);
      const ingest = await directory.createIngestKey('acme', `key ${round}`, actor);
      const client = await directory.createApiClient('acme', `client ${round}`, actor);
      const principal = await directory.authenticateApiClient(
        client.clientId,
        client.secret.reveal(),
      );
      assert.ok(principal);
      const access = await directory.issueAccessToken(principal, 1000);
      secrets.push(valueOf(token.value), ingest.key.reveal());
      secrets.push(client.secret.reveal(), access.reveal());
      keys.push(await directory.cursorKey('acme'));
      const logged = { name: 'x', address: '192.0.2.1' };
      directory.recordPull({ ...pullOf('acme', 1), actor: logged });
      await directory.rotateMasterKey(actor);
    }
    const trail = Buffer.from(JSON.stringify(await directory.auditTrail(undefined, 1000)));
    const stored = await place.storedBytes();
    assert.ok(stored.includes(ada.email), 'the stored bytes are not what the directory wrote');
    for (const [name, bytes] of Object.entries({ stored, trail })) {
      for (const form of secrets.flatMap(formsOfSecret).concat(keys.flatMap(formsOfKey))) {
        assert.ok(!bytes.includes(form), `${name} holds ${String(form)}`);
      }
    }
  },

  'keeps nothing on the disk that somebody could sign in with': async (implementation) => {
    await using ground = await groundWithPeople(implementation);
    const { directory, place } = ground;
    const secrets: string[] = [];
    const rawSecrets: Buffer[] = [];
    for (const password of ['a password that is first', 'a password that is second']) {
      await directory.setPassword(ada.email, password, undefined, actor);
      await directory.checkPassword(ada.email, `${password} and wrong`);
      const from = { address: '192.0.2.7' };
      await directory.recordFailedSignIn(password, 'typed into the wrong field', from);
      const session = { method: 'password', address: '', userAgent: '' } as const;
      const { value } = await directory.startSession({ ...session, email: ada.email });
      const { code } = await directory.invite('acme', ada.email, actor);
      const totp = await directory.startTotp(ada.email, actor);
      const shown = new TOTP({ secret: OtpSecret.fromBase32(totp.reveal()) });
      const digits = shown.generate({ timestamp: ground.clock.nowMs() });
      const recoveryCodes = await directory.confirmTotp(ada.email, digits, actor);
      assert.ok(recoveryCodes);
      const typed = recoveryCodes.map((one) => one.replace('-', ''));
      secrets.push(password, value.reveal(), code.reveal(), totp.reveal());
      secrets.push(...recoveryCodes, ...typed);
      rawSecrets.push(Buffer.from(shown.secret.bytes));
    }
    const trail = Buffer.from(JSON.stringify(await directory.auditTrail(undefined, 1000)));
    for (const [name, bytes] of Object.entries({ stored: await place.storedBytes(), trail })) {
      assert.ok(bytes.includes(ada.email), `${name} is not what the directory wrote`);
      for (const form of secrets.flatMap(formsOfText).concat(rawSecrets.flatMap(formsOfKey))) {
        assert.ok(!bytes.includes(form), `${name} holds ${String(form)}`);
      }
    }
  },

  'gives every credential at least 128 random bits, safe in Basic and in URLs': async (
    implementation,
  ) => {
    await using ground = await groundWithPeople(implementation);
    const { directory } = ground;
    const seen = new Set<string>();
    for (let round = 0; round < 20; round++) {
      const token = await directory.createToken('acme', ada.email, 1, actor);
      const ingest = await directory.createIngestKey('acme', 'k', actor);
      for (const value of [valueOf(token.value), ingest.key.reveal()]) {
        assert.match(value, /^[a-z]{4}_[\w-]{22,}$/);
        assert.equal(encodeURIComponent(value), value);
        seen.add(value);
      }
    }
    assert.equal(seen.size, 40);
  },
};

/** The value, and its random part as text and as bytes. */
function formsOfSecret(value: string): readonly (string | Buffer)[] {
  const random = value.slice(value.indexOf('_') + 1);
  return [
    value,
    random,
    Buffer.from(value).toString('base64url'),
    Buffer.from(random, 'base64url'),
  ];
}

function formsOfText(value: string): readonly (string | Buffer)[] {
  return [value, Buffer.from(value).toString('base64url'), Buffer.from(value).toString('hex')];
}

function formsOfKey(key: Buffer): readonly (string | Buffer)[] {
  return [key, key.toString('hex'), key.toString('base64'), key.toString('base64url')];
}
