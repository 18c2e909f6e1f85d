/**
 * Goal: a mistake in the configuration costs no events. Method: two real processes run on one data
 * directory, or publish into one directory under the same sink name; the second says so, the first
 * goes on, and what was acknowledged by either is published once.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { publishedLines } from '../../src/testing/published-lines.ts';
import { tailrace } from '../../src/testing/tailrace-process.ts';
import { difference } from './kill-stand.ts';
import { numbersIn, openRelay, range, temporaryRoot, until } from './relay-stand.ts';

const nothing = { lost: [], doubled: [] };

describe('a second tailrace run', { timeout: 300_000 }, () => {
  it('stops at a data directory that is in use, and the first goes on', async () => {
    using root = temporaryRoot();
    const directory = join(root.path, 'watched');
    mkdirSync(directory);
    await using relay = await openRelay(root.path, directory);
    relay.process.start();
    await relay.post(range(1, 100));
    const second = await tailrace('run', '--config', relay.configFile);
    assert.equal(second.code, exitCodes.locked.code, second.stderr);
    assert.match(second.stderr, /error: another process runs on .*data-acme\nhint: Stop the other/);
    await relay.post(range(101, 100));
    const count = () => numbersIn(publishedLines(directory)).length;
    await until('all are published', relay.process, () => count() >= 200);
    await relay.process.stop();
    assert.deepEqual(difference(numbersIn(publishedLines(directory)), range(1, 200)), nothing);
  });

  it('waits while another process publishes under its sink’s name, also after kill -9', async () => {
    using root = temporaryRoot();
    const directory = join(root.path, 'watched');
    mkdirSync(directory);
    await using first = await openRelay(root.path, directory);
    await using second = await openRelay(root.path, directory, { tenant: 'globex' });
    first.process.start();
    await first.post(range(1, 100));
    const count = () => numbersIn(publishedLines(directory)).length;
    await until('the first publishes', first.process, () => count() === 100);
    second.process.start();
    await second.post(range(1001, 100));
    await until('the second says why it waits', second.process, () =>
      second.process.log.includes('directory_locked'),
    );
    await first.post(range(101, 100));
    await until('the first goes on', first.process, () => count() === 200);
    await first.process.kill();
    await until('the second takes over', second.process, () => count() === 300);
    first.process.start();
    await first.post(range(201, 100));
    await until('now the first waits', first.process, () =>
      first.process.log.includes('directory_locked'),
    );
    await second.process.stop();
    await until('and goes on', first.process, () => count() === 400);
    await first.process.stop();
    const expected = [...range(1, 300), ...range(1001, 100)];
    assert.deepEqual(difference(numbersIn(publishedLines(directory)), expected), nothing);
    const { code, stdout, stderr } = await tailrace('verify', directory);
    assert.equal(code, 0, stdout + stderr);
  });
});
