/**
 * Goal: promise 4 where the operating system refuses or a stranger interferes. Method: a real
 * `tailrace run` publishes into a real directory that is full, read-only, swept by a watcher that
 * deletes at once, or robbed of its staging directory; afterwards the published events are compared
 * with the acknowledged ones as multisets.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { tailrace } from '../../src/testing/tailrace-process.ts';
import { publishedLines } from '../../src/testing/published-lines.ts';
import { difference } from './kill-stand.ts';
import {
  makeReadOnly,
  mountSkip,
  mountSmallDisk,
  numbersIn,
  openRelay,
  range,
  temporaryRoot,
  until,
} from './relay-stand.ts';

const mountable = process.env['TAILRACE_TEST_ALL'] === '1' ? {} : { skip: mountSkip ?? false };
const nothing = { lost: [], doubled: [] };

describe('tailrace run', { timeout: 400_000 }, () => {
  it('waits out a full file system, and loses and doubles nothing', mountable, async () => {
    using root = temporaryRoot();
    using disk = mountSmallDisk(root.path, 512 * 1024);
    await using relay = await openRelay(root.path, disk.path, { sink: { rollBytes: '16KiB' } });
    relay.process.start();
    const numbers = range(1, 6000); // some 2 MB of lines
    for (let from = 0; from < numbers.length; from += 1000) {
      await relay.post(numbers.slice(from, from + 1000));
    }
    await until('it says that the disk is full', relay.process, () =>
      relay.process.log.includes('disk_full'),
    );
    const taken: string[] = [];
    await until('everything is published', relay.process, () => {
      take(disk.path, taken);
      return numbersIn(taken).length >= numbers.length;
    });
    await relay.process.stop();
    take(disk.path, taken);
    assert.deepEqual(difference(numbersIn(taken), numbers), nothing);
    const { code, stdout, stderr } = await tailrace('verify', disk.path, '--allow-taken');
    assert.equal(code, 0, stdout + stderr);
  });

  it('waits until a read-only directory can be written to again', mountable, async () => {
    using root = temporaryRoot();
    const directory = join(root.path, 'watched');
    mkdirSync(directory);
    await using relay = await openRelay(root.path, directory);
    relay.process.start();
    await relay.post(range(1, 500));
    await until('the first are published', relay.process, () => countIn(directory) === 500);
    {
      using _ = makeReadOnly(directory);
      await relay.post(range(501, 500));
      await until('it says that it must not write', relay.process, () =>
        relay.process.log.includes('directory_unwritable'),
      );
    }
    await until('all are published', relay.process, () => countIn(directory) >= 1000);
    await relay.process.stop();
    assert.deepEqual(difference(numbersIn(publishedLines(directory)), range(1, 1000)), nothing);
    const { code, stdout, stderr } = await tailrace('verify', directory);
    assert.equal(code, 0, stdout + stderr);
  });

  it('makes its staging directory again when somebody removes it', async () => {
    using root = temporaryRoot();
    const directory = join(root.path, 'watched');
    mkdirSync(directory);
    await using relay = await openRelay(root.path, directory);
    relay.process.start();
    const numbers = range(1, 1500);
    for (let from = 0; from < numbers.length; from += 50) {
      await relay.post(numbers.slice(from, from + 50));
      if (from % 500 !== 250) continue;
      await until('some are published', relay.process, () => countIn(directory) > from / 2);
      rmSync(join(directory, '.tailrace'), { recursive: true, force: true });
    }
    await until('all are published', relay.process, () => countIn(directory) >= numbers.length);
    await relay.process.stop();
    assert.deepEqual(difference(numbersIn(publishedLines(directory)), numbers), nothing);
  });

  it('gives a watcher that deletes files at once every event once', async () => {
    using root = temporaryRoot();
    const directory = join(root.path, 'watched');
    mkdirSync(directory);
    await using relay = await openRelay(root.path, directory);
    const taken: string[] = [];
    using _ = closing(watch(directory, () => take(directory, taken)));
    relay.process.start();
    const numbers = range(1, 2000);
    for (let from = 0; from < numbers.length; from += 100) {
      await relay.post(numbers.slice(from, from + 100));
      if (from === 1000) {
        await relay.process.kill();
        relay.process.start();
      }
    }
    await until('all are taken', relay.process, () => numbersIn(taken).length >= numbers.length);
    await relay.process.stop();
    take(directory, taken);
    assert.deepEqual(difference(numbersIn(taken), numbers), nothing);
    const { code, stdout, stderr } = await tailrace('verify', directory, '--allow-taken');
    assert.equal(code, 0, stdout + stderr);
  });
});

function countIn(directory: string): number {
  return numbersIn(publishedLines(directory)).length;
}

/** Reads every published file and deletes it. */
function take(directory: string, taken: string[]): void {
  for (const name of readdirSync(directory)) {
    if (name.startsWith('.')) continue;
    const path = join(directory, name);
    taken.push(...readFileSync(path, 'utf8').split('\n').slice(0, -1));
    rmSync(path);
  }
}

function closing(resource: { close(): void }): Disposable {
  return { [Symbol.dispose]: () => resource.close() };
}
