/**
 * Goal: a data directory of an earlier version goes on under this program, and one of a later version
 * is refused without a byte being changed. Method: the databases are
 * made by this program and turned into those of another version by SQL; then `tailrace run` has them.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { directoryOfVersion1, eventsOfVersion1 } from '../../src/testing/previous-layout.ts';
import { publishedLines } from '../../src/testing/published-lines.ts';
import { tailrace, tailraceJson } from '../../src/testing/tailrace-process.ts';
import { numbersIn, openRelay, range, temporaryRoot, until } from './relay-stand.ts';

const databases = ['events.db', 'directory.sqlite'] as const;

describe('a data directory of another version', { timeout: 300_000 }, () => {
  it('of an earlier one goes on: events, positions, credentials, deliveries', async () => {
    using root = temporaryRoot();
    const data = join(root.path, 'data-acme');
    const directory = join(root.path, 'watched');
    mkdirSync(directory);
    await using relay = await openRelay(root.path, directory);
    relay.process.start();
    await relay.post(range(1, 100));
    const isPublished = (number: number) => () =>
      numbersIn(publishedLines(directory)).includes(number);
    await until('the first events are published', relay.process, isPublished(100));
    await relay.process.stop();

    inDatabase(join(data, 'events.db'), eventsOfVersion1);
    inDatabase(join(data, 'directory.sqlite'), directoryOfVersion1);

    relay.process.start();
    await relay.post(range(101, 100)); // the ingest key is good
    await until('what came afterwards is published', relay.process, isPublished(200));
    await relay.process.stop();
    assert.deepEqual(numbersIn(publishedLines(directory)).toSorted(byNumber), range(1, 200));
    const exported = await tailrace('export', '--tenant', 'acme', '--data-directory', data);
    assert.deepEqual(numbersIn(exported.stdout.split('\n')), range(1, 200), 'in their order');
  });

  it('of a later one is refused and left as it is', async () => {
    using root = temporaryRoot();
    const data = join(root.path, 'data');
    const configFile = join(root.path, 'tailrace.yaml');
    writeFileSync(configFile, 'dataDirectory: data\nserve: { listen: 127.0.0.1:0 }\n');
    await tailraceJson('tenant', 'create', 'acme', '--config', configFile);
    const opened = await tailrace('export', '--tenant', 'acme', '--config', configFile);
    assert.equal(opened.code, 0, opened.stderr); // and with it the event store was made
    for (const database of databases) {
      const file = join(data, database);
      const version = versionOf(file);
      inDatabase(file, `pragma user_version = ${version + 1}`);
      const before = digests(data);
      const { code, stderr } = await tailrace('run', '--config', configFile);
      assert.equal(code, 1, stderr);
      assert.match(stderr, new RegExp(`${database}.* version ${version + 1}`));
      assert.match(stderr, /hint: Start the newer version, or restore a backup/);
      assert.deepEqual(digests(data), before);
      inDatabase(file, `pragma user_version = ${version}`);
    }
  });
});

function inDatabase(file: string, sql: string): void {
  using database = new DatabaseSync(file);
  database.exec(sql);
}

function versionOf(file: string): number {
  using database = new DatabaseSync(file);
  return Number(database.prepare('pragma user_version').get()?.['user_version']);
}

/** Of both databases, and what else they would need to be read. */
function digests(data: string): readonly string[] {
  return readdirSync(data)
    .filter((name) => databases.some((database) => name.startsWith(database)))
    .map((name) => {
      const digest = createHash('sha256').update(readFileSync(join(data, name)));
      return `${name} ${digest.digest('hex')}`;
    });
}

function byNumber(one: number, other: number): number {
  return one - other;
}
