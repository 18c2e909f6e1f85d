/** The live tail, apart from the screen. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { followEvents } from '../../console/src/screens/events/follow-events.ts';
import type { EventPage, EventRow } from '../../src/http/console-api/api-types.ts';

function row(position: number): EventRow {
  return {
    position,
    id: `${position}`,
    occurredAtMs: position,
    category: '',
    type: '',
    state: null,
    severity: 1,
    summary: '',
    columns: [],
    isGap: false,
  };
}

function page(positions: readonly number[], next: number | null): EventPage {
  const scan = { scannedEvents: positions.length, share: 1, reachedMs: null };
  return { events: positions.map(row), next, headPosition: 0, scan };
}

/** Answers one after the other and then ends; says what was asked, shown and waited. */
async function follow(after: number, answers: readonly (EventPage | Error)[]) {
  const stop = new AbortController();
  const asked: number[] = [];
  const shown: number[] = [];
  const waitedMs: number[] = [];
  const left = [...answers];
  await followEvents(
    {
      after,
      ask: async (position) => {
        asked.push(position);
        const answer = left.shift();
        if (answer === undefined) {
          stop.abort();
          return page([1_000], null);
        }
        if (answer instanceof Error) throw answer;
        return answer;
      },
      onPage: ({ events }) => shown.push(...events.map(({ position }) => position)),
      onFailure: (_error, retryMs) => waitedMs.push(retryMs),
      sleep: async () => undefined,
    },
    stop.signal,
  );
  return { asked, shown, waitedMs };
}

describe('following a stream', () => {
  it('asks on from the last position that was looked at, whether it fits the filter or not', async () => {
    const { asked, shown } = await follow(5, [page([6, 7], null), page([], 90), page([95], null)]);
    assert.deepEqual(asked, [5, 7, 90, 95]);
    assert.deepEqual(shown, [6, 7, 95]);
  });

  it('is never taken back by an answer', async () => {
    const { asked } = await follow(50, [page([], 3), page([60], 10)]);
    assert.deepEqual(asked, [50, 50, 60]);
  });

  it('waits longer after each failure, at most half a minute, and anew after an answer', async () => {
    const down = new Error('down');
    const { asked, waitedMs } = await follow(1, [
      ...Array.from({ length: 7 }, () => down),
      page([2], null),
      down,
    ]);
    assert.deepEqual(waitedMs, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 1_000]);
    assert.deepEqual(asked.slice(-2), [2, 2]);
  });

  it('shows nothing that comes after it was ended', async () => {
    const { shown } = await follow(1, []);
    assert.deepEqual(shown, []);
  });

  it('ends without a failure when it is ended in the middle of a question', async () => {
    const stop = new AbortController();
    await followEvents(
      {
        after: 0,
        ask: async () => {
          stop.abort();
          throw new Error('aborted');
        },
        onPage: () => assert.fail('a page'),
        onFailure: () => assert.fail('a failure'),
        sleep: async () => assert.fail('a sleep'),
      },
      stop.signal,
    );
  });
});
