/** What the URL of the Events and Activity screens says, and what the service is asked for. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  activityFilterOf,
  eachPullSearch,
  readActivitySearch,
  writeActivitySearch,
} from '../../console/src/screens/activity/activity-search.ts';
import {
  filterCount,
  filterOf,
  readEventSearch,
  writeEventSearch,
} from '../../console/src/screens/events/event-search.ts';
import {
  readTimeRange,
  reachesNow,
  windowOf,
  writeTimeRange,
} from '../../console/src/screens/events/time-range.ts';

const nowMs = Date.UTC(2026, 10, 21, 18, 45, 12);
const read = (text: string) => readTimeRange(new URLSearchParams(text));

const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
const anyRange = fc.oneof(
  fc.constant({ kind: 'any' } as const),
  fc
    .constantFrom('15m', '1h', '24h', '7d', '30d')
    .map((preset) => ({ kind: 'preset', preset }) as const),
  fc
    .tuple(time, time)
    .filter(([one, other]) => one < other)
    .map(([fromMs, untilMs]) => ({ kind: 'custom', fromMs, untilMs }) as const),
  time.map((fromMs) => ({ kind: 'custom', fromMs }) as const),
  time.map((untilMs) => ({ kind: 'custom', untilMs }) as const),
);
const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const eventSearch = fc.record(
  {
    range: anyRange,
    isLive: fc.boolean(),
    feed: word,
    category: word,
    type: word,
    state: word,
    text: word,
    minimumSeverity: fc.integer({ min: 1, max: 10 }),
    open: fc.integer({ min: 1, max: 2 ** 48 }),
  },
  { requiredKeys: ['range', 'isLive'], noNullPrototype: true },
);
const activitySearch = fc.record(
  {
    range: anyRange,
    kind: fc.constantFrom('pulls', 'changes', 'sign-ins'),
    outcome: fc.constantFrom('success', 'failure'),
    actor: word,
    text: word,
    tenant: word,
  },
  { requiredKeys: ['range'], noNullPrototype: true },
);

/** What a browser makes of it on the way. */
function travelled(parameters: URLSearchParams): URLSearchParams {
  return new URL(`https://export.example.com/events?${parameters.toString()}`).searchParams;
}

describe('a time range', () => {
  it('is what was chosen, however odd the rest of the URL', () => {
    assert.deepEqual(read('range=24h&from=2026-01-01'), { kind: 'preset', preset: '24h' });
    assert.deepEqual(read('from=2026-11-21T10:00:00Z'), {
      kind: 'custom',
      fromMs: Date.UTC(2026, 10, 21, 10),
    });
  });

  for (const text of [
    '',
    'range=99y',
    'range=constructor',
    'from=yesterday',
    'from=&until=',
    'from=2026-11-22T00:00:00Z&until=2026-11-21T00:00:00Z',
  ]) {
    it(`is any time for "${text}"`, () => assert.deepEqual(read(text), { kind: 'any' }));
  }

  it('replaces the one before it', () => {
    const parameters = new URLSearchParams('from=2026-11-21T10:00:00Z&text=x');
    writeTimeRange(parameters, { kind: 'preset', preset: '1h' });
    assert.equal(parameters.toString(), 'text=x&range=1h');
  });

  it('that ends now begins at a full minute and has no end', () => {
    assert.deepEqual(windowOf({ kind: 'preset', preset: '15m' }, nowMs), {
      fromMs: Date.UTC(2026, 10, 21, 18, 30),
    });
    assert.deepEqual(windowOf({ kind: 'any' }, nowMs), {});
  });

  it('takes in what comes unless it ends before', () => {
    assert.ok(reachesNow({ kind: 'any' }, nowMs));
    assert.ok(reachesNow({ kind: 'custom', fromMs: 1 }, nowMs));
    assert.ok(reachesNow({ kind: 'custom', untilMs: nowMs + 1 }, nowMs));
    assert.ok(!reachesNow({ kind: 'custom', untilMs: nowMs }, nowMs));
  });
});

describe('the search of the Events screen', () => {
  it('comes back from the URL as it was', () => {
    fc.assert(
      fc.property(eventSearch, (search) => {
        const parameters = writeEventSearch(search);
        assert.deepEqual(readEventSearch(travelled(parameters)), search);
      }),
    );
  });

  it('leaves out what cannot be read', () => {
    for (const text of [
      'severity=11',
      'severity=0',
      'severity=x',
      'event=0',
      'event=-1',
      'text=',
    ]) {
      assert.deepEqual(
        readEventSearch(new URLSearchParams(text)),
        { range: { kind: 'any' }, isLive: false },
        text,
      );
    }
    const long = readEventSearch(new URLSearchParams({ text: 'x'.repeat(1_000) }));
    assert.equal(long.text?.length, 200);
  });

  it('asks for no words that are blanks, and counts them as no filter', () => {
    const search = { range: { kind: 'any' }, isLive: false, text: '  ' } as const;
    assert.deepEqual(filterOf(search, nowMs), {});
    assert.equal(filterCount(search), 0);
    const range = { kind: 'preset', preset: '1h' } as const;
    assert.equal(filterCount({ ...search, text: 'x', type: 'Backup', range }), 3);
  });
});

describe('the search of the Activity screen', () => {
  it('comes back from the URL as it was', () => {
    fc.assert(
      fc.property(activitySearch, (search) => {
        const parameters = writeActivitySearch(search);
        assert.deepEqual(readActivitySearch(travelled(parameters)), search);
      }),
    );
  });

  it('leads from folded pulls to each of them, the newest and the oldest too', () => {
    const pulls = { count: 3, firstMs: nowMs - 60_000 };
    const folded = { actor: 'siem', outcome: 'success', atMs: nowMs, pulls } as const;
    const search = readActivitySearch(travelled(eachPullSearch(folded, 'acme')));
    assert.deepEqual(activityFilterOf(search, nowMs), {
      kind: 'pulls',
      actor: 'siem',
      outcome: 'success',
      tenant: 'acme',
      fromMs: nowMs - 60_000,
      untilMs: nowMs + 1,
    });
  });
});
