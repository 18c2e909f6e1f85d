import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judgePuller } from './judge-puller.ts';
import type { PullerFacts } from './judge-puller.ts';

const nowMs = Date.UTC(2026, 10, 21);
const minuteMs = 60_000;
const hourMs = 3_600_000;

const calm: PullerFacts = {
  kind: 'token',
  unusable: undefined,
  isCovered: false,
  lastPullMs: nowMs - 5 * minuteMs,
  lastStatus: 200,
  lagEvents: 0,
  lagMs: 0,
  nowMs,
};

describe('how somebody who pulls is doing', () => {
  const cases: readonly (readonly [Partial<PullerFacts>, health: string, sentence: string])[] = [
    [{}, 'good', 'It pulled 5 minutes ago and has everything.'],
    [{ lastPullMs: nowMs - 1000 }, 'good', 'It pulled a moment ago and has everything.'],
    [{ lagEvents: 1, lagMs: 9000 }, 'good', 'It pulled 5 minutes ago; one event came since.'],
    [{ lagEvents: 1200, lagMs: 9000 }, 'good', 'It pulled 5 minutes ago; 1,200 events came since.'],
    [
      { lagEvents: 12_000, lagMs: 3 * hourMs },
      'warning',
      'It pulled 5 minutes ago and is 12,000 events behind; the oldest happened 3 hours ago.',
    ],
    [{ lastPullMs: nowMs - 2 * hourMs }, 'warning', 'It has not pulled for 2 hours.'],
    [{ lastPullMs: nowMs - 50 * hourMs }, 'bad', 'It has not pulled for 2 days.'],
    [{ lastPullMs: null, lastStatus: null }, 'idle', 'It has not pulled yet.'],
    [
      { lastStatus: 403 },
      'bad',
      'Its last request was refused: the export is disabled or the edition has none, 5 minutes ago.',
    ],
    [
      { lastStatus: 429 },
      'warning',
      'Its last request was refused: it asks too often, 5 minutes ago.',
    ],
    [{ lastStatus: 503 }, 'bad', 'Its last request failed with status 503, 5 minutes ago.'],
    [
      { unusable: { how: 'expired', sentence: 'The token has expired' } },
      'bad',
      'The token has expired: it gets nothing any more.',
    ],
    [
      { kind: 'connector', lagEvents: null, lagMs: null },
      'good',
      'It pulled 5 minutes ago; it asks by time, so nobody knows what it lacks.',
    ],
    [
      { lagEvents: null, lagMs: null },
      'good',
      'It pulled 5 minutes ago; how far it has read is not known.',
    ],
  ];
  for (const [change, health, sentence] of cases) {
    it(`says: ${sentence}`, () => {
      assert.deepEqual(judgePuller({ ...calm, ...change }), { health, sentence });
    });
  }

  it('tells first what is to be mended first', () => {
    const unusable = { how: 'ended', sentence: 'The token was revoked' } as const;
    assert.match(judgePuller({ ...calm, unusable, lastStatus: 403 }).sentence, /revoked/);
  });

  const day = 24 * hourMs;
  const expired = { how: 'expired', sentence: 'The token has expired' } as const;
  const ended = { how: 'ended', sentence: 'The token was revoked' } as const;
  const degrees: readonly (readonly [
    what: string,
    Partial<PullerFacts>,
    alone: string,
    covered: string,
    longCovered: string,
  ])[] = [
    ['an expired token', { unusable: expired }, 'bad', 'warning', 'idle'],
    ['a revoked token', { unusable: ended }, 'warning', 'idle', 'idle'],
    ['a refused request', { lastStatus: 400 }, 'bad', 'bad', 'idle'],
    ['too many requests', { lastStatus: 429 }, 'warning', 'warning', 'idle'],
    ['silence', {}, 'bad', 'warning', 'idle'],
  ];
  for (const [what, change, ...expected] of degrees) {
    it(`takes ${what} less seriously when somebody else pulls the same`, () => {
      const facts = { ...calm, ...change, lastPullMs: nowMs - 2 * day };
      const healths = [
        judgePuller(facts),
        judgePuller({ ...facts, isCovered: true }),
        judgePuller({ ...facts, isCovered: true, lastPullMs: nowMs - 8 * day }),
      ].map(({ health }) => health);
      assert.deepEqual(healths, expected);
    });
  }

  it('does not mind an hour without a pull when somebody else pulls', () => {
    const facts = { ...calm, isCovered: true, lastPullMs: nowMs - 2 * hourMs };
    assert.equal(judgePuller(facts).health, 'idle');
  });
});
