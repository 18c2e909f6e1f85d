import assert from 'node:assert/strict';
import type { SinkContract } from '../sink.ts';
import {
  acme,
  eventAt,
  globex,
  lineAt,
  lineFor,
  linesOf,
  settlement,
  sliceFrom,
  sliceOf,
  someTurns,
} from './slices.ts';

const never = new AbortController().signal;

export const deliveryContract: SinkContract = {
  'delivers every line once, in order, slice after slice': {
    async run(receiver) {
      await using sink = receiver.newSink();
      const slices = [sliceOf(receiver, 1, 3), sliceOf(receiver, 4, 4), sliceOf(receiver, 5, 30)];
      for (const slice of slices) {
        assert.deepEqual(await sink.deliver(slice, never), { rejected: [] });
      }
      assert.deepEqual(receiver.lines(), linesOf(...slices));
    },
  },

  'sends a slice that is larger than what it sends at once': {
    async run(receiver) {
      await using sink = receiver.newSink();
      const slice = sliceOf(receiver, 1, receiver.wireBatchEvents * 2 + 1);
      assert.deepEqual(await sink.deliver(slice, never), { rejected: [] });
      assert.deepEqual(receiver.lines(), linesOf(slice));
    },
  },

  'counts bytes, not characters': {
    async run(receiver) {
      await using sink = receiver.newSink();
      const texts = ['é', 'Ольга', '山田 太郎', '🙂🙂🙂', 'ascii behind it'];
      const events = texts.map((text, index) => eventAt(index + 1, lineFor(receiver, text)));
      await sink.deliver(sliceFrom(events), never);
      assert.deepEqual(receiver.lines(), linesOf(sliceFrom(events)));
    },
  },

  'delivers the line that says that events are missing, as any other': {
    async run(receiver) {
      await using sink = receiver.newSink();
      const gap = {
        ...eventAt(7, lineFor(receiver, '5 events are missing')),
        id: 'gap-0a1b',
        gap: { firstPosition: 3 },
      };
      const slice = sliceFrom([1, 2].map((at) => eventAt(at, lineAt(receiver, at))).concat(gap));
      await sink.deliver(slice, never);
      assert.deepEqual(receiver.lines(), linesOf(slice));
    },
  },

  'keeps the order of every stream when several are delivered at once': {
    async run(receiver) {
      await using sink = receiver.newSink();
      const streams = [acme, globex] as const;
      const slicesOf = (stream: typeof acme) =>
        [1, 11, 21].map((first) => sliceOf(receiver, first, first + 9, stream));
      await Promise.all(
        streams.map(async (stream) => {
          for (const slice of slicesOf(stream)) await sink.deliver(slice, never);
        }),
      );
      for (const stream of streams) {
        const expected = linesOf(...slicesOf(stream));
        const found = receiver.lines().filter((line) => expected.includes(line));
        assert.deepEqual(found, expected);
      }
      assert.equal(receiver.lines().length, 60);
    },
  },

  'resolves only when the receiver has the slice': {
    skip: ({ acknowledgesNothing }) => acknowledgesNothing,
    async run(receiver) {
      await using sink = receiver.newSink();
      await sink.deliver(sliceOf(receiver, 1, 2), never);
      await receiver.pause();
      const slice = sliceOf(receiver, 3, 6);
      const delivered = sink.deliver(slice, never);
      const state = settlement(delivered);
      await someTurns();
      assert.equal(state.settled, false);
      await receiver.resume();
      await delivered;
      assert.deepEqual(receiver.lines(), linesOf(sliceOf(receiver, 1, 2), slice));
    },
  },

  'reports an event that the receiver refuses for good, and delivers the others': {
    skip: ({ poison }) => (poison === undefined ? 'it takes every line' : undefined),
    async run(receiver) {
      await using sink = receiver.newSink();
      const { poison = '' } = receiver;
      const events = Array.from({ length: 7 }, (_, index) =>
        eventAt(index + 1, [3, 6].includes(index) ? poison : lineAt(receiver, index + 1)),
      );
      const { rejected } = await sink.deliver(sliceFrom(events), never);
      assert.deepEqual(
        rejected.map(({ position }) => position),
        [4, 7],
      );
      for (const { reason } of rejected) assert.match(reason, /\w{3}/);
      const expected = linesOf(sliceFrom(events)).filter((line) => line !== poison);
      assert.deepEqual(receiver.lines(), expected);
    },
  },
};
