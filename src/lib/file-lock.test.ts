import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { isFileLocked, lockFile } from './file-lock.ts';

const root = mkdtempSync(join(tmpdir(), 'tailrace-lock-'));
after(() => rmSync(root, { recursive: true }));

describe('file lock', () => {
  it('is had by one at a time, and again when it was let go', () => {
    const path = join(root, 'in-process');
    assert.equal(isFileLocked(path), false);
    const lock = lockFile(path, 0);
    assert.ok(lock);
    assert.equal(isFileLocked(path), true);
    assert.equal(lockFile(path, 0), undefined);
    lock[Symbol.dispose]();
    assert.equal(isFileLocked(path), false);
    lockFile(path, 0)?.[Symbol.dispose]();
  });

  it('is dropped by the system when its process is killed', async () => {
    const path = join(root, 'killed');
    const module = JSON.stringify(new URL('file-lock.ts', import.meta.url).href);
    const program = `import { lockFile } from ${module};
      lockFile(${JSON.stringify(path)}, 0);
      process.stdout.write('locked');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
    await once(child.stdout, 'data');
    assert.equal(lockFile(path, 0), undefined);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    const lock = lockFile(path, 0);
    assert.ok(lock);
    lock[Symbol.dispose]();
  });

  it('says why a file cannot be locked at all', () => {
    assert.throws(() => lockFile(join(root, 'missing/lock'), 0), /unable to open database file/);
  });
});
