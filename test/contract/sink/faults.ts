import assert from 'node:assert/strict';
import type { SinkContract, SinkReceiver } from '../sink.ts';
import { linesOf, sliceOf, someTurns, withoutRepeats } from './slices.ts';

const never = new AbortController().signal;
const unavailable = { name: 'AppError', code: 'sink_unavailable' };

export const faultContract: SinkContract = {
  'loses nothing when the receiver dies in the middle of a slice': {
    skip: comesBack,
    async run(receiver) {
      // Goal: promise 5. Method: the receiver stops reading while a slice is under way and then
      // dies; the sink must say that it may be tried again, and the same slice must get through.
      await using sink = receiver.newSink();
      const before = sliceOf(receiver, 1, 5);
      await sink.deliver(before, never);
      await receiver.pause();
      const slice = sliceOf(receiver, 6, 6 + receiver.wireBatchEvents);
      const delivered = sink.deliver(slice, never);
      delivered.catch(() => {});
      await someTurns();
      await receiver.kill();
      await assert.rejects(delivered, unavailable);
      await receiver.restart();
      assert.deepEqual(await sink.deliver(slice, never), { rejected: [] });
      assert.deepEqual(withoutRepeats(receiver.lines()), linesOf(before, slice));
    },
  },

  'says that a receiver is not there, and goes on when it is': {
    skip: comesBack,
    async run(receiver) {
      await using sink = receiver.newSink();
      await receiver.kill();
      const slice = sliceOf(receiver, 1, 3);
      await assert.rejects(sink.deliver(slice, never), unavailable);
      await assert.rejects(sink.deliver(slice, never), unavailable);
      await receiver.restart();
      await sink.deliver(slice, never);
      assert.deepEqual(receiver.lines(), linesOf(slice));
    },
  },

  'notices that the receiver was started anew between two slices': {
    skip: comesBack,
    async run(receiver) {
      // The first attempt may fail, as the sink may learn of it only then; it must not be lost.
      await using sink = receiver.newSink();
      const [first, second] = [sliceOf(receiver, 1, 3), sliceOf(receiver, 4, 6)];
      await sink.deliver(first, never);
      await receiver.kill();
      await receiver.restart();
      await someTurns();
      await sink.deliver(second, never).catch(async (error: unknown) => {
        await assert.rejects(Promise.reject(error), unavailable);
        await sink.deliver(second, never);
      });
      assert.deepEqual(withoutRepeats(receiver.lines()), linesOf(first, second));
    },
  },

  'goes on by itself when the receiver only paused': {
    async run(receiver) {
      await using sink = receiver.newSink();
      await receiver.pause();
      const slice = sliceOf(receiver, 1, receiver.wireBatchEvents + 1);
      const delivered = sink.deliver(slice, never);
      await someTurns();
      await receiver.resume();
      await delivered;
      assert.deepEqual(receiver.lines(), linesOf(slice));
    },
  },

  'calls an operator when it is refused as such': {
    skip: ({ refuse }) => (refuse === undefined ? 'it refuses nobody' : undefined),
    async run(receiver) {
      await using sink = receiver.newSink();
      await sink.deliver(sliceOf(receiver, 1, 1), never);
      await receiver.refuse?.();
      const refused = sink.deliver(sliceOf(receiver, 2, 2), never);
      await assert.rejects(refused, { name: 'AppError', code: 'sink_refused' });
    },
  },
};

function comesBack({ comesBackNever, acknowledgesNothing }: SinkReceiver): string | undefined {
  return comesBackNever ?? acknowledgesNothing;
}
