/** What file sinks write beside their delivery: replays and test events. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { verifyDirectory } from '../../pipeline/verify.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { publishedLines } from '../../testing/published-lines.ts';
import { stagedSlice } from '../../testing/staged-slice.ts';
import type { StagedSink } from '../sink.ts';
import { fileSinkOptions } from './options.ts';
import { createExtraFileSink, createFileSink } from './sink.ts';

const signal = new AbortController().signal;
const stream = 'acme/insync';
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tailrace-beside-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

type Mode = 'publish' | 'append';

for (const mode of ['publish', 'append'] as const) {
  describe(`beside the delivery, mode ${mode}`, () => {
    it('writes replays into files of their own, which verify tells apart', async () => {
      await using sink = newSink(mode);
      await deliver(sink, 1, 10);
      const replay = newExtra('replay-0a1b2c', mode);
      await deliver(replay, 4, 6);
      await deliver(replay, 7, 7);
      await deliver(sink, 11, 12);
      const names = files();
      assert.ok(names.some((name) => name.endsWith('-replay-0a1b2c.cef')));
      const verification = await verifyDirectory(directory, {}, signal);
      assert.deepEqual(verification.problems, []);
      assert.equal(verification.events, 12);
      assert.equal(verification.extra.events, 4);
      assert.equal(publishedLines(directory).length, 16);
    });

    it('may replay twice what was replayed before', async () => {
      await using sink = newSink(mode);
      await deliver(sink, 1, 3);
      await deliver(newExtra('replay-000001', mode), 1, 3);
      await deliver(newExtra('replay-000002', mode), 1, 3);
      const { problems, extra } = await verifyDirectory(directory, {}, signal);
      assert.deepEqual(problems, []);
      assert.equal(extra.events, 6);
    });

    it('sends a test event the same way', async () => {
      await using sink = newSink(mode);
      await deliver(sink, 1, 3);
      await sink.probe(stagedSlice('tailrace-test/insync', 1, ['a test']), signal);
      const [name] = files().filter((found) => found.startsWith('tailrace-test-insync-'));
      assert.match(name ?? '', /-test-[0-9a-f]{6}\.cef$/);
      assert.equal(readFileSync(join(directory, name ?? ''), 'utf8'), 'a test\n');
      const { problems, events, extra } = await verifyDirectory(directory, {}, signal);
      assert.deepEqual([problems, events, extra.events], [[], 3, 1]);
    });

    it('notices when a replayed file was changed, or lost a line', async () => {
      await using sink = newSink(mode);
      await deliver(sink, 1, 3);
      await deliver(newExtra('replay-0a1b2c', mode), 2, 3);
      const [name = ''] = files().filter((found) => found.includes('replay'));
      appendFileSync(join(directory, name), 'one more\n');
      const { problems } = await verifyDirectory(directory, {}, signal);
      assert.deepEqual(
        problems.map(({ kind }) => kind),
        ['line_added'],
      );
    });
  });
}

describe('beside the delivery', () => {
  it('keeps what a replay has staged when a process recovers', async () => {
    const replay = newExtra('replay-0a1b2c');
    const intent = await replay.stage(stagedSlice(stream, 1, ['line 1']), signal);
    await using sink = newSink();
    assert.equal(await sink.recover(stream, undefined), 0);
    assert.equal(staged().length, 1);
    await replay.publish(intent);
    assert.deepEqual(publishedLines(directory), ['line 1']);
  });

  for (const mode of ['publish', 'append'] as const) {
    it(`is cleaned up a week after it was killed in ${mode} mode`, async () => {
      await using replay = newExtra('replay-7f3a9c', mode);
      await replay.stage(stagedSlice(stream, 1, ['line 1']), signal);
      for (const [days, count] of [
        [6, 1],
        [9, 0],
      ] as const) {
        const clock = new ManualClock(context.clock.nowMs() + days * 86_400_000);
        await using sink = createFileSink('siem', optionsOf(mode), 'cef', { ...context, clock });
        await sink.recover('acme/other', undefined);
        assert.equal(staged().length, 1);
        await sink.recover(stream, undefined);
        assert.equal(staged().length, count);
      }
    });
  }

  it('tells where the delivery was when it recovers', async () => {
    await using sink = newSink();
    const intent = await sink.stage(stagedSlice(stream, 4, ['line 4', 'line 5']), signal);
    await sink[Symbol.asyncDispose]();
    await using next = newSink();
    assert.equal(await next.recover(stream, intent), 5);
  });

  it('counts positions that filters left out, and lets none be passed over', async () => {
    await using sink = newSink();
    await sink.publish(
      await sink.stage({ ...stagedSlice(stream, 1, ['a']), lastPosition: 5 }, signal),
    );
    await sink.publish(await sink.stage(stagedSlice(stream, 6, ['b']), signal));
    const whole = await verifyDirectory(directory, {}, signal);
    assert.deepEqual([whole.problems, whole.events, whole.leftOutEvents], [[], 2, 4]);
    await sink.publish(await sink.stage(stagedSlice(stream, 8, ['c']), signal));
    const { problems } = await verifyDirectory(directory, {}, signal);
    assert.deepEqual(
      problems.map(({ kind }) => kind),
      ['positions_missing'],
    );
  });
});

const context = {
  clock: new ManualClock(Date.UTC(2026, 10, 21, 18)),
  log: pino({ level: 'silent' }),
  readSecret: async () => Promise.reject(new Error('there are no secrets here')),
};

function newSink(mode: Mode = 'publish'): StagedSink {
  return createFileSink('siem', optionsOf(mode), 'cef', context);
}

function newExtra(extra: string, mode: Mode = 'publish'): StagedSink {
  return createExtraFileSink('siem', optionsOf(mode), 'cef', context, extra);
}

function optionsOf(mode: Mode) {
  return fileSinkOptions.parse({ type: 'file', directory, mode });
}

async function deliver(sink: StagedSink, first: number, last: number): Promise<void> {
  const lines = Array.from({ length: last - first + 1 }, (_, index) => `line ${first + index}`);
  await sink.publish(await sink.stage(stagedSlice(stream, first, lines), signal));
}

function staged(): readonly string[] {
  const names = readdirSync(join(directory, '.tailrace', 'siem'));
  return names.filter((name) => name.endsWith('.staged'));
}

function files(): readonly string[] {
  return readdirSync(directory).filter((name) => !name.startsWith('.'));
}
