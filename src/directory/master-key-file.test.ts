import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { Secret } from '../core/secret.ts';
import { GivenMasterKey } from './given-master-key.ts';
import { MasterKeyFile } from './master-key-file.ts';
import { masterKeyText, newMasterKey, parseMasterKey } from './master-key.ts';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-key-'));
  path = join(folder, 'master.key');
});
afterEach(() => rm(folder, { recursive: true }));

describe('master key file', () => {
  it('is created once, for its owner only, and found again by its id', async () => {
    const created = await new MasterKeyFile(path).first();
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['master.key']);
    const again = new MasterKeyFile(path);
    assert.equal((await again.first()).id, created.id);
    assert.ok((await again.find(created.id)).key.equals(created.key));
  });

  it('is refused when group or others can read it', async () => {
    const { id } = await new MasterKeyFile(path).first();
    for (const mode of [0o640, 0o604, 0o620, 0o601]) {
      await chmod(path, mode);
      await assert.rejects(new MasterKeyFile(path).find(id), {
        code: 'key_unavailable',
        message: `master key file ${path} must be readable by its owner only (0600), got mode 0${mode.toString(8)}`,
      });
      await assert.rejects(new MasterKeyFile(path).first(), { code: 'key_unavailable' });
    }
    await chmod(path, 0o400);
    await new MasterKeyFile(path).find(id);
  });

  it('is refused when it holds anything but a whole key', async () => {
    const text = masterKeyText(newMasterKey());
    const flipped = text.replace(
      /.{3}\n$/,
      (end) => (end.startsWith('A') ? 'B' : 'A') + end.slice(1),
    );
    for (const content of [
      '',
      'secret',
      text.slice(0, -5),
      text + text,
      flipped,
      'x'.repeat(5000),
    ]) {
      await writeFile(path, content, { mode: 0o600 });
      await assert.rejects(new MasterKeyFile(path).first(), (error: Error) => {
        assert.equal('code' in error && error.code, 'key_unavailable');
        assert.ok(!error.message.includes(text.slice(-20, -5)), 'the message tells the key');
        return true;
      });
    }
  });

  it('is said to be missing, or to be another key', async () => {
    const store = new MasterKeyFile(path);
    await assert.rejects(store.find('abc'), {
      code: 'key_unavailable',
      message: `master key file ${path} is missing; the data needs the key abc`,
    });
    const { id } = await store.first();
    await assert.rejects(store.find('abc'), {
      code: 'key_unavailable',
      message: `master key file ${path} holds the key ${id}, but the data needs abc`,
    });
  });

  it('keeps both keys while a rotation is under way, and then the one that is asked for', async () => {
    const store = new MasterKeyFile(path);
    const old = await store.first();
    const next = newMasterKey();
    await store.stage(next);
    assert.equal((await stat(`${path}.next`)).mode & 0o777, 0o600);
    assert.equal(await store.isUnsettled(), true);
    assert.equal((await store.find(old.id)).id, old.id);
    assert.equal((await store.find(next.id)).id, next.id);
    await store.settle(next.id);
    assert.equal(await store.isUnsettled(), false);
    await assert.rejects(store.find(old.id), { code: 'key_unavailable' });
    await store.stage(newMasterKey());
    await store.settle(next.id);
    assert.deepEqual(await readdir(folder), ['master.key']);
    assert.equal(await readFile(path, 'utf8'), masterKeyText(next));
  });
});

describe('a given master key', () => {
  it('may be 32 bytes in base64 or the content of a key file', () => {
    const key = newMasterKey();
    const bytes = key.key.export();
    for (const text of [
      masterKeyText(key),
      bytes.toString('base64'),
      `${bytes.toString('base64url')}\n`,
    ]) {
      assert.equal(new GivenMasterKey(new Secret(text), undefined).preferredKeyId, key.id);
      assert.equal(parseMasterKey(text, 'it').id, key.id);
    }
    for (const text of [
      '',
      'password',
      bytes.toString('hex'),
      Buffer.alloc(31).toString('base64'),
    ]) {
      assert.throws(() => new GivenMasterKey(new Secret(text), undefined), {
        code: 'key_unavailable',
        message: 'the configured master key does not hold a master key of 32 bytes in base64',
      });
    }
  });

  it('prints nothing of itself', () => {
    const key = newMasterKey();
    const printed = JSON.stringify(key) + inspect(key, { depth: 9, showHidden: true });
    assert.ok(!printed.includes(key.key.export().toString('base64url').slice(0, 20)));
  });
});
