/**
 * Goal: whatever a receiver over HTTP does in the middle of a stream, nothing is lost, and nobody
 * else notices. Method: 100,000 events of two streams through the whole pipeline; the receiver is
 * killed, paused, slowed, its answers are lost, and it gives every answer of its protocol's table.
 * Waits between attempts are shortened; nothing else is.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { StreamName } from '../../src/core/stream.ts';
import { HastyClock } from '../../src/testing/hasty-clock.ts';
import { HttpPeer } from '../../src/testing/http-peer.ts';
import { DeliveryLedger } from './delivery-ledger.ts';
import {
  faultSecrets,
  poison,
  receiverKinds,
  type FaultyReceiver,
  type ReceiverKind,
  type Running,
} from './wire-faults.ts';
import { WireSinkStand, type StandEvent } from './wire-sink-stand.ts';

const eventCount = 100_000;
const poisonedEvery = 16_001;
const streams: readonly StreamName[] = ['acme/insync', 'globex/insync'];
const clock = new HastyClock(100);
/** What may be held more at any fault than at the first one, ids in a receiver included. */
const growthBytesMax = 40 * 1024 ** 2;
const faultsPerSample = 6;

let stand: WireSinkStand;
let expected: ReadonlyMap<StreamName, readonly StandEvent[]>;
before(async () => {
  Object.assign(process.env, faultSecrets);
  stand = await WireSinkStand.open(eventCount, 1, {
    streams,
    alter: (event, number) =>
      number % poisonedEvery === poisonedEvery - 1 ? { ...event, eventDetails: poison } : event,
  });
  const form = 'name: form\ntype: stdout\nformat: cef\nprofile: strict';
  expected = new Map(
    await Promise.all(
      streams.map(async (stream) => [stream, await stand.events(form, stream)] as const),
    ),
  );
});
after(async () => {
  await stand[Symbol.asyncDispose]();
  for (const name of Object.keys(faultSecrets)) Reflect.deleteProperty(process.env, name);
});

describe('delivery through every fault of a receiver', () => {
  for (const kind of receiverKinds) {
    it(`loses nothing with ${kind.name}`, (test) => deliverThroughFaults(kind, test));
  }
});

async function deliverThroughFaults(kind: ReceiverKind, test: TestContext): Promise<void> {
  const ledger = new DeliveryLedger(expected, kind);
  await using receiver = await kind.open(ledger);
  const heldBytes: number[] = [];
  const statuses = await stand.deliverStreams(receiver.sink, {
    streams,
    clock,
    meanwhile: (running) => disturb(receiver, { ledger, statuses: running }, heldBytes),
  });
  const sum = (key: 'retries' | 'eventsDelivered' | 'eventsQuarantined') =>
    statuses.reduce((total, status) => total + status[key], 0);
  const growthBytes = Math.max(...heldBytes) - (heldBytes[0] ?? 0);
  const repeats = ledger.repeats + (receiver.recognised?.() ?? 0);
  test.diagnostic(
    `${repeats} repeats, ${sum('retries')} retries, memory grew by ` +
      `${Math.round(growthBytes / 1024)} KiB`,
  );

  assert.deepEqual(ledger.problems, []);
  const sink = /^name: (\S+)/.exec(receiver.sink)?.[1] ?? '';
  for (const stream of streams) {
    const events = expected.get(stream) ?? [];
    const poisoned = [...events.keys()].filter((at) => events[at]?.line.includes(poison));
    assert.deepEqual(ledger.missing(stream), poisoned, stream);
    const quarantined = (await stand.store.quarantined(sink, undefined, 100)).filter(
      (event) => event.stream === stream,
    );
    assert.deepEqual(
      quarantined.map(({ position, id, line }) => ({ position, id, line })),
      poisoned.map((at) => ({ position: at + 1, ...events[at] })),
    );
    assert.ok(quarantined.every(({ reason }) => reason.length > 0));
    await stand.store.removeQuarantined(
      sink,
      stream,
      quarantined.map(({ position }) => position),
    );
    await stand.store.saveDelivery(sink, stream, { position: 0 });
  }
  assert.equal(sum('eventsDelivered') + sum('eventsQuarantined'), eventCount);
  assert.equal(receiver.unanswered(), 0, 'not every answer was asked for');
  assert.ok(repeats > 0, 'nothing was repeated');
  assert.ok(growthBytes < growthBytesMax, `memory grew by ${growthBytes} bytes`);
}

/** Every fault in turn, spread over the stream. While the receiver is gone, another gets everything. */
async function disturb(
  { peer, faults }: FaultyReceiver,
  running: Running,
  heldBytes: number[],
): Promise<void> {
  const { ledger } = running;
  const step = Math.floor(eventCount / (faults.length + 3));
  await ledger.reached(step);
  await peer.kill();
  await assertUndisturbed();
  await peer.restart();
  for (const [index, { strike }] of faults.entries()) {
    await ledger.reached(step * (index + 2));
    if (index % faultsPerSample === 0) heldBytes.push(collectGarbage());
    await strike(running);
  }
}

/** Another sink on the same store gets a whole stream. */
async function assertUndisturbed(): Promise<void> {
  let lines = 0;
  await using calm = await HttpPeer.start(({ body }) => {
    lines += body.split('\n').length - 1;
    return { status: 204 };
  });
  const stream: StreamName = 'globex/insync';
  const sink = `name: calm\ntype: http\nurl: ${calm.url}\nformat: json\nbatchEvents: 5000`;
  const [status] = await stand.deliverStreams(sink, { streams: [stream] });
  assert.deepEqual([lines, status?.retries], [eventCount / 2, 0]);
  await stand.store.saveDelivery('calm', stream, { position: 0 });
}

setFlagsFromString('--expose-gc');
const gc: () => void = runInNewContext('gc');

/** What is still held afterwards, in bytes. */
function collectGarbage(): number {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
