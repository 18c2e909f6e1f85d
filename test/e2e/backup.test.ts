/**
 * Goal: a backup that was made in the middle of the work can be restored: what was acknowledged
 * before it is there, delivery goes on, and credentials are good. Method: events are posted without a
 * pause while `tailrace backup` runs beside the service; then the data is replaced by the backup.
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { publishedLines } from '../../src/testing/published-lines.ts';
import { tailrace, tailraceJson } from '../../src/testing/tailrace-process.ts';
import { numbersIn, openRelay, range, temporaryRoot, until, type Relay } from './relay-stand.ts';

describe('tailrace backup', { timeout: 120_000 }, () => {
  it('makes a copy under load from which everything goes on', async () => {
    using root = temporaryRoot();
    const [directory, backup] = [join(root.path, 'watched'), join(root.path, 'backup')];
    const data = join(root.path, 'data-acme');
    mkdirSync(directory);
    await using relay = await openRelay(root.path, directory);
    relay.process.start();
    await relay.post(range(1, 2000));
    const posting = new AbortController();
    const posted = postUntil(relay, posting.signal);
    const copied = await tailraceJson('backup', '--data-directory', data, '--to', backup);
    posting.abort();
    const last = await posted;
    assert.ok(last > 2000, 'nothing was posted while the backup was made');
    assert.deepEqual(copied['directory'], backup);
    assert.deepEqual(readdirSync(backup).toSorted(), [
      'backup.json',
      'directory.sqlite',
      'events.db',
    ]);
    for (const file of readdirSync(backup)) {
      assert.equal(statSync(join(backup, file)).mode & 0o077, 0, `${file} can be read by others`);
    }
    await relay.process.stop();

    const lost = join(root.path, 'lost');
    renameSync(data, lost);
    mkdirSync(data, { mode: 0o700 });
    for (const file of ['events.db', 'directory.sqlite']) {
      copyFileSync(join(backup, file), join(data, file));
    }
    copyFileSync(join(lost, 'master.key'), join(data, 'master.key'));
    renameSync(directory, join(root.path, 'watched-before'));
    mkdirSync(directory);

    relay.process.start();
    await relay.post(range(1_000_001, 100)); // the ingest key is good
    const exported = await tailrace('export', '--tenant', 'acme', '--data-directory', data);
    const stored = new Set(numbersIn(exported.stdout.split('\n')));
    assert.deepEqual(
      range(1, 2000).filter((number) => !stored.has(number)),
      [],
      exported.stderr,
    );
    await until('what came afterwards is published', relay.process, () =>
      numbersIn(publishedLines(directory)).includes(1_000_100),
    );
    await relay.process.stop();
  });

  it('leaves a directory alone that has something in it', async () => {
    using root = temporaryRoot();
    const data = join(root.path, 'data');
    await tailraceJson('tenant', 'create', 'acme', '--data-directory', data);
    const { code, stderr } = await tailrace('backup', '--data-directory', data, '--to', data);
    assert.notEqual(code, 0);
    assert.match(stderr, /is not empty.*\nhint: name a new directory/);
  });
});

/** Posts batch after batch; resolves with the last number that was acknowledged. */
async function postUntil(relay: Relay, signal: AbortSignal): Promise<number> {
  let first = 2001;
  while (!signal.aborted) {
    await relay.post(range(first, 50));
    first += 50;
  }
  return first - 1;
}
