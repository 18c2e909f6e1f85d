import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GapView, Puller, WorkerView } from '../../api-types.ts';
import { verdict } from './verdict.ts';
import type { VerdictFacts } from './verdict.ts';

const nowMs = Date.UTC(2026, 10, 21);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function puller(change: Partial<Puller> = {}): Puller {
  return {
    name: 'siem@acme.example.com',
    kind: 'token',
    api: 'events-api/v1',
    feed: 'insync',
    address: '192.0.2.7',
    lastPullMs: nowMs - 60_000,
    lastStatus: 200,
    events24h: 10,
    lagEvents: 0,
    lagMs: 0,
    health: 'good',
    sentence: 'It pulled 1 minute ago and has everything.',
    ...change,
  };
}

function gap(change: Partial<GapView> = {}): GapView {
  return {
    feed: 'insync',
    position: 5,
    noticedAtMs: nowMs - hourMs,
    fromMs: null,
    untilMs: null,
    count: 7,
    reason: 'the vendor lost them',
    ...change,
  };
}

function worker(change: Partial<WorkerView> = {}): WorkerView {
  return {
    name: 'druva',
    stream: 'acme/insync',
    state: 'waiting',
    health: 'good',
    sentence: '',
    lagEvents: 0,
    lastSuccessMs: nowMs,
    lastError: null,
    nextTryMs: null,
    ...change,
  };
}

const calm: VerdictFacts = {
  nowMs,
  tenantEnabled: true,
  exportAllowed: true,
  exportEnabled: true,
  events: 1000,
  newestEventMs: nowMs - 60_000,
  pullers: [puller()],
  expiries: [],
  gaps: [],
  sources: [],
  sinks: [],
};
const neverPulled = puller({ lastPullMs: null, lagEvents: null, health: 'idle' });

describe('the verdict', () => {
  const cases: readonly (readonly [
    what: string,
    Partial<VerdictFacts>,
    health: string,
    sentence: string,
  ])[] = [
    ['everything is pulled', {}, 'good', 'Your SIEM is getting everything.'],
    [
      'some events are unread',
      { pullers: [puller({ lagEvents: 3 })] },
      'good',
      'Your SIEM is getting everything; the newest events are on their way.',
    ],
    [
      'nobody knows how far it has read',
      { pullers: [puller({ kind: 'connector', lagEvents: null })] },
      'good',
      'Your SIEM pulls regularly, and no loss is known.',
    ],
    [
      'a sink delivers and nobody pulls',
      { pullers: [], sinks: [worker()] },
      'good',
      'Your SIEM is getting everything.',
    ],
    [
      'nobody has pulled yet',
      { pullers: [neverPulled] },
      'idle',
      'Events are recorded, but nobody pulls them yet: create a token and set up your SIEM.',
    ],
    [
      'nothing has happened',
      { pullers: [], events: 0, newestEventMs: null },
      'idle',
      'Nothing has happened yet: no event has come, and nobody pulls.',
    ],
    [
      'nothing is set up',
      { pullers: [], events: 0, newestEventMs: null, exportEnabled: false },
      'idle',
      'Nothing is exported yet: switch the export on and create a token.',
    ],
    [
      'it is set up but silent',
      { events: 0, newestEventMs: null },
      'idle',
      'Everything is set up; no event has come yet.',
    ],
    [
      'the tenant is disabled',
      { tenantEnabled: false },
      'bad',
      'The organization is disabled: nobody can pull. The operator can enable it.',
    ],
    [
      'the edition has no Events API',
      { exportAllowed: false },
      'bad',
      'The edition has no Events API: inSync events cannot be pulled.',
    ],
    [
      'the export is off while somebody pulls',
      { exportEnabled: false },
      'bad',
      'The export of events is switched off: whoever pulls gets nothing.',
    ],
    [
      'the export is off',
      { exportEnabled: false, pullers: [neverPulled] },
      'warning',
      'The export of events is switched off.',
    ],
    [
      'somebody has stopped pulling',
      { pullers: [puller({ health: 'bad', sentence: 'It has not pulled for 2 days.' })] },
      'bad',
      'Token of siem@acme.example.com: It has not pulled for 2 days.',
    ],
    ['events are missing', { gaps: [gap()] }, 'bad', '7 events are missing: the vendor lost them.'],
    [
      'nobody knows how many are missing',
      { gaps: [gap(), gap({ position: 4, count: null })] },
      'bad',
      'Events are missing: the vendor lost them.',
    ],
    [
      'a source fails',
      { sources: [worker({ health: 'bad', sentence: 'It has stopped.' })] },
      'bad',
      'Source druva: It has stopped.',
    ],
    [
      'a token ends soon',
      { expiries: [{ what: 'token', name: 'a@example.com', expiresAtMs: nowMs + 2 * dayMs }] },
      'bad',
      'The token of a@example.com expires in 2 days: create a new one before.',
    ],
    [
      'a token ends in ten days',
      { expiries: [{ what: 'token', name: 'a@example.com', expiresAtMs: nowMs + 10 * dayMs }] },
      'warning',
      'The token of a@example.com expires in 10 days: create a new one before.',
    ],
    [
      'the former key of a connector ends',
      { expiries: [{ what: 'connector-key', name: 'siem', expiresAtMs: nowMs + hourMs }] },
      'warning',
      'The former key of connector siem ends in 1 hour: the SIEM must have the new one by then.',
    ],
    [
      'no event has come for long',
      { newestEventMs: nowMs - 3 * dayMs },
      'warning',
      'No event has come for 3 days.',
    ],
  ];
  for (const [what, change, health, sentence] of cases) {
    it(`when ${what}`, () => {
      const found = verdict({ ...calm, ...change });
      assert.deepEqual([found.health, found.sentence], [health, sentence]);
    });
  }

  it('tells the worst first and counts the rest', () => {
    const found = verdict({
      ...calm,
      newestEventMs: nowMs - 3 * dayMs,
      gaps: [gap()],
      sinks: [worker({ name: 'hec', health: 'warning', sentence: 'It is behind.' })],
    });
    assert.equal(
      found.sentence,
      '7 events are missing: the vendor lost them. 2 more things need a look.',
    );
    assert.deepEqual(
      found.findings.map(({ health }) => health),
      ['bad', 'warning', 'warning'],
    );
  });

  it('leads from a gap to its record in the stream', () => {
    const { findings } = verdict({ ...calm, gaps: [gap({ feed: 'apptrana', position: 42 })] });
    assert.equal(findings[0]?.to, '/events?feed=apptrana&event=42');
  });

  it('forgets gaps that were noticed long ago', () => {
    const old = gap({ noticedAtMs: nowMs - 8 * dayMs });
    assert.equal(verdict({ ...calm, gaps: [old] }).health, 'good');
  });

  it('leads to where it can be mended', () => {
    const { findings } = verdict({ ...calm, exportEnabled: false });
    assert.equal(findings[0]?.to, '/settings/event-export');
  });
});
