import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Secret } from '../core/secret.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import type { Directory } from './directory.ts';
import { masterKeyText, newMasterKey } from './master-key.ts';
import { openDirectory } from './open-directory.ts';

const actor = { name: 'cli:tester' };
const email = 'ada@example.com';
let folder = '';
let keyFile = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-key-loss-'));
  keyFile = join(folder, 'master.key');
});
afterEach(() => rm(folder, { recursive: true }));

function open(masterKey?: Secret): Promise<Directory> {
  const log = { warn: () => {}, error: () => {} };
  const given = masterKey && { masterKey: { key: masterKey } };
  return openDirectory({ folder, clock: new ManualClock(), log, ...given });
}

/** Makes a tenant with a token, and tells the token. */
async function fill(): Promise<string> {
  await using directory = await open();
  await directory.createTenant({ id: 'acme', title: 'Acme', edition: 'Elite' }, actor);
  await directory.addAdministrator({ tenant: 'acme', email, role: 'administrator' }, actor);
  return (await directory.createToken('acme', email, undefined, actor)).value?.reveal() ?? '';
}

/** Name and digest of every file. */
async function files(): Promise<readonly (readonly string[])[]> {
  const names = (await readdir(folder)).filter((name) => !/-(?:shm|wal)$/.test(name));
  return Promise.all(
    names.toSorted().map(async (name) => {
      const bytes = await readFile(join(folder, name));
      return [name, createHash('sha256').update(bytes).digest('hex')];
    }),
  );
}

describe('a master key that is lost', () => {
  it('is said clearly, whatever is tried, and nothing is written over what it sealed', async () => {
    const token = await fill();
    const kept = join(folder, 'kept');
    await rename(keyFile, kept);
    const before = await files();
    for (const key of [undefined, undefined, new Secret(masterKeyText(newMasterKey()))]) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      await assert.rejects(open(key), { code: 'key_unavailable' });
      // eslint-disable-next-line no-await-in-loop -- as above
      assert.deepEqual(await files(), before);
    }
    await rename(kept, keyFile);
    await using directory = await open();
    assert.equal((await directory.authenticateToken(email, token))?.tenant, 'acme');
  });

  it('costs the credentials and not the service: a new directory begins with a new key', async () => {
    const token = await fill();
    await rm(keyFile);
    await copyFile(join(folder, 'directory.sqlite'), join(folder, 'directory.sqlite.lost'));
    for (const name of await readdir(folder)) {
      // eslint-disable-next-line no-await-in-loop -- a few files
      if (/^directory\.sqlite(?:-wal|-shm)?$/.test(name)) await rm(join(folder, name));
    }
    const again = await fill();
    await using directory = await open();
    assert.equal(await directory.authenticateToken(email, token), undefined);
    assert.equal((await directory.authenticateToken(email, again))?.tenant, 'acme');
  });
});
