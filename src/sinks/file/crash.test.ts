import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pino } from 'pino';
import { toStoredEvent, type TailraceEvent } from '../../core/event.ts';
import { deliver } from '../../pipeline/deliver.ts';
import { PageBudget } from '../../pipeline/page-budget.ts';
import { newSinkStatus } from '../../pipeline/status.ts';
import { verifyDirectory } from '../../pipeline/verify.ts';
import { FaultyDisk, faults, type Fault } from '../../testing/faulty-disk.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { MemoryDeliveryStore } from '../../testing/memory-delivery-store.ts';
import type { StagedSink } from '../sink.ts';
import { fileSinkOptions } from './options.ts';
import { createFileSink } from './sink.ts';

// Goal: promise 4. Method: deliver two slices over a disk that fails at step n, for every step n
// and every kind of fault; where the process died, start again, maybe after power loss; then compare
// the lines in the watched directory, and those the watcher took, with the events appended.

const stream = 'acme/insync';
const eventCount = 4;
const eventsPerSlice = 2;
const lines = Array.from({ length: eventCount }, (_, index) => `event ${index + 1} – ünïcode`);
const root = mkdtempSync(join(tmpdir(), 'tailrace-crash-'));
after(() => rmSync(root, { recursive: true }));

const watchers = {
  'a watcher that reads': readOnly,
  'a watcher that moves files at once': ({ watched, taken }: Place) => {
    for (const name of publishedIn(watched)) renameSync(join(watched, name), join(taken, name));
  },
} as const;

/** Failures after which the process goes on are no different when the watcher is quick. */
const kills: readonly Fault[] = ['kill', 'kill after', 'tear'];

describe('file sink in mode publish', () => {
  for (const [title, watch] of Object.entries(watchers)) {
    for (const kind of watch === readOnly ? faults : kills) {
      it(`publishes every event once, with ${title}: ${kind} at every step`, async () => {
        for await (const step of stepsOf('publish', watch)) {
          const place = newPlace();
          await runWithFault(place, 'publish', { step, kind }, watch);
          await assertExactlyOnce(place, `${kind} at step ${step}`);
        }
      });
    }
    it(`publishes every event once, with ${title}: power loss at every step`, async () => {
      for await (const step of stepsOf('publish', watch)) {
        const place = newPlace();
        await runWithFault(place, 'publish', { step, kind: 'kill after' }, watch, true);
        await assertExactlyOnce(place, `power loss at step ${step}`);
      }
    });
  }
});

describe('file sink in mode append', () => {
  for (const kind of faults) {
    it(`gives a tailer every line once: ${kind} at every step`, async () => {
      for await (const step of stepsOf('append', tail)) {
        const place = newPlace();
        await runWithFault(place, 'append', { step, kind }, tail);
        assert.deepEqual(place.tailed.split('\n'), [...lines, ''], `${kind} at step ${step}`);
        await assertExactlyOnce(place, `${kind} at step ${step}`);
      }
    });
  }
  it('holds every line once after power loss at every step', async () => {
    for await (const step of stepsOf('append', readOnly)) {
      const place = newPlace();
      await runWithFault(place, 'append', { step, kind: 'tear' }, readOnly, true);
      await assertExactlyOnce(place, `power loss at step ${step}`);
    }
  });
});

interface Place {
  readonly watched: string;
  readonly taken: string;
  readonly store: MemoryDeliveryStore;
  /** Of the next run: each is an hour later. */
  startMs: number;
  /** What a tailer that remembers its offset has read. */
  tailed: string;
}

type Watch = (place: Place) => void;

let places = 0;

function newPlace(): Place {
  places += 1;
  const watched = join(root, String(places), 'watched');
  const taken = join(root, String(places), 'taken');
  mkdirSync(watched, { recursive: true });
  mkdirSync(taken);
  const store = new MemoryDeliveryStore();
  store.append(
    lines.map((line, index) =>
      toStoredEvent({
        id: `e${index}`,
        occurredAtMs: index,
        type: line,
        severity: 1,
        fields: {},
      }),
    ),
  );
  return { watched, taken, store, startMs: Date.UTC(2026, 10, 21, 12), tailed: '' };
}

function readOnly(): void {}

function tail(place: Place): void {
  for (const name of publishedIn(place.watched)) {
    const content = readFileSync(join(place.watched, name));
    place.tailed += content.subarray(Buffer.byteLength(place.tailed)).toString();
  }
}

/** 1 … as many steps as a run without faults takes. */
async function* stepsOf(mode: 'publish' | 'append', watch: Watch): AsyncIterable<number> {
  const disk = await run(newPlace(), mode, watch);
  assert.ok(disk.steps > 25, `only ${disk.steps} steps`);
  for (let step = 1; step <= disk.steps; step += 1) yield step;
}

async function runWithFault(
  place: Place,
  mode: 'publish' | 'append',
  fault: { step: number; kind: Fault },
  watch: Watch,
  powerLoss = false,
): Promise<void> {
  const disk = await run(place, mode, watch, fault);
  if (!disk.isKilled) return;
  if (powerLoss) disk.cutPower();
  await run(place, mode, watch);
}

/** Delivers until everything is published, or until the disk's fault has killed the process. */
async function run(
  place: Place,
  mode: 'publish' | 'append',
  watch: Watch,
  fault?: { step: number; kind: Fault },
): Promise<FaultyDisk> {
  const over = new AbortController();
  const disk = new FaultyDisk(fault, {
    afterStep: () => watch(place),
    afterKill: () => over.abort(),
  });
  const clock = new ManualClock(place.startMs, { autoAdvance: true });
  place.startMs += 3_600_000;
  const log = pino({ level: 'silent' });
  place.store.aroundSave = (save) => disk.step(save);
  const options = fileSinkOptions.parse({ type: 'file', directory: place.watched, mode });
  const sink = abortingAtEnd(
    createFileSink('siem', options, 'cef', { clock, log, readSecret: neverCalled }, disk),
    over,
  );
  const status = newSinkStatus('siem', stream);
  const limits = { events: eventsPerSlice, sizeBytes: 10_000, lingerMs: 1000 };
  const { store } = place;
  const feed = { gapEvent: neverCalled };
  const budget = PageBudget.forSlices(limits);
  const work = { sink, stream, store, encode, feed, limits, budget, clock, log, status } as const;
  await deliver(work, over.signal);
  return disk;
}

/** Aborts when the last event is published. */
function abortingAtEnd(sink: StagedSink, over: AbortController): StagedSink {
  const abortAfterLast = (intent: string | undefined) => {
    if (intent?.includes(`"lastPosition":${eventCount}`)) over.abort();
  };
  return {
    kind: 'staged',
    name: sink.name,
    recover: async (name, intent) => {
      const position = await sink.recover(name, intent);
      abortAfterLast(intent);
      return position;
    },
    probe: (test, signal) => sink.probe(test, signal),
    stage: (slice, signal) => sink.stage(slice, signal),
    publish: async (intent) => {
      await sink.publish(intent);
      abortAfterLast(intent);
    },
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  };
}

async function assertExactlyOnce({ watched, taken }: Place, message: string): Promise<void> {
  const files = [watched, taken].flatMap((path) =>
    publishedIn(path).map((name) => readFileSync(join(path, name), 'utf8')),
  );
  const found = files.flatMap((content) => content.split('\n').slice(0, -1));
  assert.deepEqual(found.toSorted(), lines, message);
  const staging = readdirSync(join(watched, '.tailrace/siem'));
  assert.deepEqual(staging, ['manifest.jsonl'], message);
  const allowTaken = publishedIn(taken).length > 0;
  const { problems, events } = await verifyDirectory(
    watched,
    { allowTaken },
    new AbortController().signal,
  );
  assert.deepEqual(problems, [], message);
  assert.equal(events, eventCount, message);
}

function publishedIn(directory: string): readonly string[] {
  return readdirSync(directory).filter((name) => name.endsWith('.cef'));
}

function encode({ type }: TailraceEvent): string {
  return type;
}

function neverCalled(): never {
  assert.fail('must not be called');
}
