/**
 * Goal: a node whose disk is gone costs no event, and `tailrace verify` still proves each directory.
 * Method: two nodes share a PostgreSQL, each with a watched directory of its own under the same sink;
 * the one that publishes is killed with its disk, `tailrace node forget` lets the other go on, and
 * both directories are verified. The killed one's last file may stand in both, nothing else may.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { fetch } from 'undici';
import { sampleBatch } from '../../src/testing/export-service.ts';
import { postgresClusterSkip, startPostgres } from '../../src/testing/postgres-cluster.ts';
import { publishedLines } from '../../src/testing/published-lines.ts';
import {
  freePort,
  tailrace,
  tailraceJson,
  TailraceProcess,
} from '../../src/testing/tailrace-process.ts';
import { numbersIn, range, temporaryRoot, until } from './relay-stand.ts';

const stream = 'acme/insync';

it(
  'goes on elsewhere when a node is forgotten, and both directories verify',
  { skip: postgresClusterSkip, timeout: 180_000 },
  async (test) => {
    using root = temporaryRoot();
    await using cluster = await startPostgres({ isDurable: false });
    const shared = writeShared(root.path, cluster.url.reveal());
    const [one, two] = [
      await prepare(root.path, 'one', shared),
      await prepare(root.path, 'two', shared),
    ];
    await using first = one.process;
    await using second = two.process;
    const data = ['--config', one.config];
    await tailraceJson('tenant', 'create', 'acme', ...data);
    const { key } = await tailraceJson('ingest-key', 'create', 'acme', ...data);
    const post = (node: Prepared, from: number, count: number) =>
      postTo(node, { key: String(key), batch: `from-${from}` }, sampleBatch(count, from));

    first.start();
    await post(one, 1, 100);
    await until('the first node publishes', first, () => published(one).length === 100);
    second.start();
    await post(two, 101, 100);
    await until('the first node goes on', first, () => published(one).length === 200);
    assert.deepEqual(published(two), [], 'the sink stays where it was begun');
    await first.kill();
    await post(two, 201, 100);

    const name = await nodeAt(two.config, 'silent');
    const forgotten = await tailrace('node', 'forget', name, '--yes', '--config', two.config);
    assert.equal(forgotten.code, 0, forgotten.stderr);
    test.diagnostic(forgotten.stdout.trim().replaceAll('\n', '; '));
    await until('the second node goes on', second, () => published(two).includes(300));
    await second.stop();

    const [here, there] = [published(one), published(two)];
    assert.deepEqual(
      [...new Set([...here, ...there])].toSorted((a, b) => a - b),
      range(1, 300),
    );
    const twice = there.filter((number) => here.includes(number));
    const last = publishedLines(one.directory).length - lastFirst(forgotten.stdout) + 1;
    assert.ok(twice.length <= last, `${twice.length} stand in both, the last file has ${last}`);
    for (const { directory } of [one, two]) {
      const verified = await tailrace('verify', directory);
      assert.equal(verified.code, 0, verified.stdout + verified.stderr);
      assert.match(verified.stdout, /is whole/);
    }
  },
);

interface Prepared {
  readonly config: string;
  readonly listen: string;
  /** Watched. */
  readonly directory: string;
  readonly process: TailraceProcess;
}

/** The numbers of our events there. */
function published({ directory }: Prepared): readonly number[] {
  return numbersIn(publishedLines(directory));
}

/** What every node's configuration says alike. */
function writeShared(root: string, url: string) {
  const [store, key] = [join(root, 'store-url'), join(root, 'master.key')];
  writeFileSync(store, url, { mode: 0o600 });
  writeFileSync(key, randomBytes(32).toString('base64'), { mode: 0o600 });
  return { store: { url: { file: store } }, masterKey: { file: key } };
}

async function prepare(root: string, name: string, shared: object): Promise<Prepared> {
  const listen = `127.0.0.1:${await freePort()}`;
  const directory = join(root, `watched-${name}`);
  mkdirSync(directory);
  const sink = { name: 'files', type: 'file', format: 'cef', profile: 'strict', streams: [stream] };
  const config = join(root, `${name}.yaml`);
  const text = JSON.stringify({
    dataDirectory: join(root, name),
    ...shared,
    serve: { listen },
    sinks: [{ ...sink, directory, rollEvery: '50ms' }],
  });
  writeFileSync(config, text); // JSON is YAML
  return { config, listen, directory, process: new TailraceProcess(config) };
}

async function postTo(
  { listen, process }: Prepared,
  { key, batch }: { readonly key: string; readonly batch: string },
  body: string,
): Promise<void> {
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/x-ndjson',
    'idempotency-key': batch,
  };
  await until('the batch is acknowledged', process, async () => {
    const request = { method: 'POST', headers, body };
    const response = await fetch(`http://${listen}/ingest/v1/acme/insync`, request).catch(
      () => undefined,
    );
    await response?.text();
    return response?.ok === true;
  });
}

/** The name of the node that is in this state, once there is one. */
async function nodeAt(config: string, state: string): Promise<string> {
  for (;;) {
    const { stdout } = await tailrace('node', 'list', '--config', config);
    const line = stdout.split('\n').find((row) => row.includes(` ${state} `));
    if (line !== undefined) return line.split(' ')[0] ?? '';
  }
}

/** The position from which on the second node writes again what the first may have published. */
function lastFirst(said: string): number {
  return Number(/from position (\d+) on once more/.exec(said)?.[1] ?? Infinity);
}
