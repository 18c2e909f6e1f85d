/**
 * Goal: promises 1 and 2 with many nodes. Method: three processes append to one stream of a durable
 * PostgreSQL through a line that can be cut, compact it and follow it, as does a reader of our own; a
 * node is killed, every connection is cut, every backend is ended, PostgreSQL itself is stopped as by
 * a crash. At the end every acknowledged event stands where it was said to be, once, and no reader saw
 * a hole.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { systemClock } from '../../src/cli/system-clock.ts';
import { Secret } from '../../src/core/secret.ts';
import { openPostgresEventStore } from '../../src/store/postgres/store.ts';
import type { EventStore } from '../../src/store/event-store.ts';
import { AppendingNode, type Acknowledgement } from '../../src/testing/appending-node.ts';
import { writtenEvent, writtenStream } from '../../src/testing/appending-process.ts';
import { openCommitCutter } from '../../src/testing/commit-cutter.ts';
import {
  newSchemaName,
  postgresClusterSkip,
  runSql,
  startPostgres,
} from '../../src/testing/postgres-cluster.ts';

const stepAppends = 25;

it(
  'loses and doubles nothing when nodes, connections and PostgreSQL itself die',
  { skip: postgresClusterSkip, timeout: 180_000 },
  async (test) => {
    await using cluster = await startPostgres({ isDurable: true });
    await using line = await openCommitCutter(cluster.port);
    const schema = newSchemaName();
    const url = `postgres://tailrace@127.0.0.1:${line.port}/postgres`;
    await using store = await openPostgresEventStore({
      url: new Secret(url),
      schema,
      clock: systemClock,
      poolSize: 4,
    });
    const stop = new AbortController();
    const following = follow(store, stop.signal);
    const nodes = ['p', 'q', 'r'].map((writer) => new AppendingNode(`${url}#${schema}`, writer));
    const everyone = [...nodes];
    const goOn = () => Promise.all(nodes.map((node) => node.acknowledgesMore(stepAppends)));

    await goOn();
    await nodes.shift()?.kill();
    const reborn = new AppendingNode(`${url}#${schema}`, 's');
    nodes.push(reborn);
    everyone.push(reborn);
    await goOn();
    for (let cuts = 0; cuts < 5; cuts += 1) {
      line.cutAll();
      line.fate = cuts % 2 === 0 ? 'answer is lost' : 'never arrives';
      await Promise.all(nodes.map((node) => node.acknowledgesMore(5)));
    }
    const others =
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()';
    await runSql(cluster.url, `${others} and backend_type = 'client backend'`);
    await goOn();
    const downMs = performance.now();
    await cluster.stopImmediately();
    await cluster.start();
    await Promise.all(nodes.map((node) => node.acknowledgesMore(1)));
    const backMs = performance.now() - downMs;
    await goOn();
    for (const node of nodes) await node.kill();

    stop.abort();
    const seen = await following;
    const stored = await assertHeld(
      store,
      everyone.flatMap((node) => node.acknowledged),
    );
    assert.deepEqual(stored.slice(0, seen.length), seen, 'what a reader saw must stand');
    await store.verify();
    const figures = `${stored.length} events, ${line.cuts} commits cut, all nodes back ${Math.round(backMs)} ms after the crash began`;
    test.diagnostic(figures);
    assert.ok(line.cuts >= 3, figures);
  },
);

/** Reads the stream as it grows; gives every line in the order of positions. */
async function follow(store: EventStore, signal: AbortSignal): Promise<readonly string[]> {
  const lines: string[] = [];
  while (!signal.aborted) {
    const page = await store.readAfter(writtenStream, lines.length, { events: 500, bytes: 1e6 });
    for (const { firstPosition, ndjson } of page.blocks) {
      assert.equal(firstPosition, lines.length + 1, 'a reader must see no hole');
      lines.push(...ndjson.toString().split('\n').slice(0, -1));
    }
    if (page.blocks.length === 0) {
      await store.waitBeyond(writtenStream, lines.length, 1000, signal);
    }
  }
  return lines;
}

async function assertHeld(store: EventStore, acknowledged: readonly Acknowledgement[]) {
  const page = await store.readAfter(writtenStream, 0, { events: 1e9, bytes: 1e9 });
  const lines = page.blocks.flatMap(({ ndjson }) => ndjson.toString().split('\n').slice(0, -1));
  assert.equal(lines.length, page.headPosition, 'positions must have no hole');
  assert.equal(new Set(lines).size, lines.length, 'no event may be stored twice');
  for (const { writer, firstPosition, lastPosition, firstNumber } of acknowledged) {
    for (let position = firstPosition; position <= lastPosition; position += 1) {
      const { json } = writtenEvent(writer, firstNumber + position - firstPosition);
      assert.equal(lines[position - 1], json);
    }
    const checkpoint = Number(await store.checkpoint(writer));
    assert.ok(checkpoint >= firstNumber + lastPosition - firstPosition);
  }
  return lines;
}
