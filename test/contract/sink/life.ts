import assert from 'node:assert/strict';
import type { SinkContract } from '../sink.ts';
import { linesOf, settlement, sliceOf, someTurns } from './slices.ts';

const never = new AbortController().signal;

export const lifeContract: SinkContract = {
  'ends promptly when it is aborted, and can go on': {
    skip: ({ acknowledgesNothing }) => acknowledgesNothing,
    async run(receiver) {
      await using sink = receiver.newSink();
      await receiver.pause();
      const abort = new AbortController();
      const reason = new Error('the service ends');
      const slice = sliceOf(receiver, 1, 5);
      const delivered = sink.deliver(slice, abort.signal);
      const state = settlement(delivered);
      await someTurns();
      assert.equal(state.settled, false);
      abort.abort(reason);
      await assert.rejects(delivered, reason);
      await receiver.resume();
      await sink.deliver(slice, never);
      assert.deepEqual([...new Set(receiver.lines())], linesOf(slice));
    },
  },

  'delivers nothing for a signal that has aborted': {
    async run(receiver) {
      await using sink = receiver.newSink();
      const reason = new Error('too late');
      const late = sink.deliver(sliceOf(receiver, 1, 2), AbortSignal.abort(reason));
      await assert.rejects(late, reason);
      assert.deepEqual(receiver.lines(), []);
    },
  },

  'is made and disposed of without a receiver': {
    async run(receiver) {
      await receiver.kill();
      const sink = receiver.newSink();
      await sink[Symbol.asyncDispose]();
    },
  },

  'is disposed of while the receiver is paused': {
    async run(receiver) {
      const sink = receiver.newSink();
      await sink.deliver(sliceOf(receiver, 1, 2), never);
      await receiver.pause();
      await sink[Symbol.asyncDispose]();
      await receiver.resume();
      assert.deepEqual(receiver.lines(), linesOf(sliceOf(receiver, 1, 2)));
    },
  },

  'sends a test event that arrives': {
    async run(receiver) {
      await using sink = receiver.newSink();
      const test = sliceOf(receiver, 1, 1);
      assert.deepEqual(await sink.probe(test, never), { rejected: [] });
      assert.deepEqual(receiver.lines(), linesOf(test));
    },
  },

  'says in words why a test event cannot be sent': {
    skip: ({ acknowledgesNothing }) => acknowledgesNothing,
    async run(receiver) {
      await using sink = receiver.newSink();
      await receiver.kill();
      const probed = sink.probe(sliceOf(receiver, 1, 1), never);
      await assert.rejects(probed, { name: 'AppError', message: /\w+ \w+ \w+/ });
    },
  },
};
