import assert from 'node:assert/strict';
import { argon2Sync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { ManualClock } from '../testing/manual-clock.ts';
import { openDirectory } from './open-directory.ts';
import { digestPassword, isOutdated, isPassword } from './passwords.ts';

const password = 'correct horse battery';

/** Made with less work than today's. */
function weakDigest(): string {
  const nonce = Buffer.alloc(16, 7);
  const made = { memory: 1024, passes: 1, parallelism: 1, tagLength: 32 };
  const tag = argon2Sync('argon2id', { ...made, message: password, nonce });
  return `$argon2id$v=19$m=1024,t=1,p=1$${base64(nonce)}$${base64(tag)}`;
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

describe('a digest of a password', () => {
  it('is argon2id in PHC format, with a salt of its own', async () => {
    const [one, two] = [await digestPassword(password), await digestPassword(password)];
    assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    assert.notEqual(one, two);
    assert.ok(await isPassword(password, one));
    assert.ok(!(await isPassword(`${password}!`, one)));
    assert.ok(!(await isPassword(password, undefined)));
    assert.ok(!(await isPassword(password, 'not a digest')));
  });

  it('takes as long to compare when there is none', async () => {
    // Goal: time does not tell who exists. Method: the best of five, one with and one without in
    // turn. Without the work the second would take less than a hundredth.
    const digest = await digestPassword(password);
    const times = { known: Infinity, unknown: Infinity };
    for (let run = 0; run < 5; run += 1) {
      for (const [who, compared] of [
        ['known', digest],
        ['unknown', undefined],
      ] as const) {
        const startMs = performance.now();
        await isPassword('wrong', compared);
        times[who] = Math.min(times[who], performance.now() - startMs);
      }
    }
    assert.ok(times.unknown > times.known / 10, JSON.stringify(times));
  });

  it('is made anew with today’s parameters when its password is typed', async () => {
    assert.ok(isOutdated(weakDigest()));
    assert.ok(!isOutdated(await digestPassword(password)));
    const folder = await mkdtemp(join(tmpdir(), 'tailrace-passwords-'));
    const log = { warn: assert.fail, error: assert.fail };
    const actor = { name: 'test' };
    const email = 'root@example.com';
    try {
      await using directory = await openDirectory({ folder, clock: new ManualClock(), log });
      await directory.addPerson({ tenant: undefined, email, role: 'operator' }, actor);
      const database = new DatabaseSync(join(folder, 'directory.sqlite'));
      database.prepare('update person set password = ?').run(weakDigest());
      const stored = () =>
        String(database.prepare('select password from person').get()?.['password']);
      assert.equal(await directory.checkPassword(email, 'wrong password'), undefined);
      assert.ok(isOutdated(stored()));
      assert.ok(await directory.checkPassword(email, password));
      assert.ok(!isOutdated(stored()));
      assert.ok(await directory.checkPassword(email, password));
      database.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is refused when too many wait for theirs', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 80 }, () => isPassword(password, weakDigest())),
    );
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    assert.equal(refused.length, 80 - 2 - 64);
    assert.ok(refused.every((one) => 'reason' in one && one.reason.code === 'overloaded'));
    assert.ok(await isPassword(password, weakDigest()), 'later it goes on');
  });
});
