/**
 * Goal: a log file that is rotated by what we ship goes on at its beginning, whole lines in each file.
 * Method: the real logrotate, with the path changed, under a file that stays open for appending.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';

const shipped = readFileSync('deploy/logrotate/tailrace', 'utf8');
// Debian keeps it where only root's path leads.
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` };
const isMissing = spawnSync('logrotate', ['--version'], { env }).error !== undefined;
const skip =
  isMissing && process.env['TAILRACE_TEST_ALL'] !== '1'
    ? 'logrotate of the Debian package logrotate is missing'
    : false;

describe('the logrotate file', { skip, timeout: 60_000 }, () => {
  it('rotates the file of a program that does not know of it', async () => {
    const root = mkdtempSync(join(tmpdir(), 'tailrace-logrotate-'));
    try {
      const [log, config] = [join(root, 'tailrace.log'), join(root, 'config')];
      assert.ok(shipped.includes('/var/log/tailrace/*.log {'));
      writeFileSync(config, shipped.replace('/var/log/tailrace/', `${root}/`), { mode: 0o600 });
      await using program = await open(log, 'a');
      await program.write('one\n');
      rotate(config, root);
      assert.equal(readFileSync(log, 'utf8'), '');
      await program.write('two\n');
      assert.equal(readFileSync(log, 'utf8'), 'two\n');
      assert.deepEqual(rotated(root), ['one\n']);

      // Names hold the second: the next rotation is of another one.
      const [name = ''] = rotatedNames(root);
      renameSync(join(root, name), join(root, 'tailrace.log-20260101-1767225600'));
      rotate(config, root);
      assert.deepEqual(rotated(root), ['one\n', 'two\n']);
      const compressed = rotatedNames(root).map((rotatedName) => rotatedName.endsWith('.gz'));
      assert.deepEqual(compressed, [true, false]);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

function rotate(config: string, root: string): void {
  const words = ['--force', '--state', join(root, 'state'), config];
  const { status, stderr } = spawnSync('logrotate', words, { env, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

function rotatedNames(root: string): readonly string[] {
  return readdirSync(root)
    .filter((name) => name.startsWith('tailrace.log-'))
    .toSorted();
}

function rotated(root: string): readonly string[] {
  return rotatedNames(root).map((name) => {
    const bytes = readFileSync(join(root, name));
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  });
}
