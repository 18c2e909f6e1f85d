/**
 * Goal: whoever gives up waiting for `npm run bench -- --cluster` has nothing left to clean up. Method:
 * it is interrupted, as a terminal does with all its processes at once, while PostgreSQL runs and nodes
 * start; afterwards no process and no file of it is left.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { it } from 'node:test';
import { postgresClusterSkip } from '../../src/testing/postgres-cluster.ts';
import { temporaryRoot, until } from './relay-stand.ts';

it(
  'leaves no process and no file behind when the bench of a cluster is interrupted',
  { skip: postgresClusterSkip, timeout: 120_000 },
  async () => {
    using root = temporaryRoot();
    chmodSync(root.path, 0o755); // PostgreSQL runs as another user when this one is root
    const child = spawn(process.execPath, ['bench/main.ts', '--cluster', '--quick'], {
      stdio: 'ignore',
      env: { ...process.env, TMPDIR: root.path },
      detached: true, // a process group of its own
    });
    const ended = once(child, 'close');
    try {
      const isStarting = () => commandsWith(root.path).some((words) => words.includes('service-0'));
      await until('a node starts', { log: '' }, isStarting);
    } finally {
      process.kill(-Number(child.pid), 'SIGINT');
    }
    assert.deepEqual(await ended, [130, null]);
    assert.deepEqual(readdirSync(root.path), []);
    assert.deepEqual(commandsWith(root.path), []);
  },
);

/** Of processes that name the path. */
function commandsWith(path: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandOf(pid))
    .filter((command) => command.includes(`${path}/`));
}

/** Nothing when it has ended in between. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
