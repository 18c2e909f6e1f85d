import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SinkReport, SourceReport } from '../instance-parts.ts';
import { sinkView, sourceView, workerViews } from './workers.ts';

const nowMs = Date.UTC(2026, 10, 21);
const surroundings = { audience: 'operator', nowMs, headOf: () => 1000 } as const;
const calm = { lastSuccessMs: nowMs - 5000, lastError: undefined, nextTryMs: undefined };
const failed = { code: 'source_unavailable', message: 'no answer.', atMs: nowMs } as const;

function source(change: Partial<SourceReport>): SourceReport {
  const own = { name: 'druva', stream: 'acme/insync', caughtUp: true, behindMs: 0 } as const;
  return { ...own, state: 'waiting', ...calm, ...change };
}

function sink(change: Partial<SinkReport>): SinkReport {
  const own = {
    name: 'siem',
    stream: 'acme/insync',
    position: 1000,
    needsOperator: false,
  } as const;
  return { ...own, state: 'waiting', ...calm, ...change };
}

describe('how sources and sinks are doing', () => {
  const sources: readonly (readonly [Partial<SourceReport>, health: string, sentence: string])[] = [
    [{}, 'good', 'It has everything the vendor offers.'],
    [{ caughtUp: false, behindMs: 7_200_000 }, 'warning', 'It is catching up, 2 hours behind.'],
    [{ caughtUp: false, behindMs: 60_000 }, 'good', 'It is catching up, 1 minute behind.'],
    [{ caughtUp: false, behindMs: undefined }, 'good', 'It is catching up.'],
    [
      { state: 'retrying', lastError: failed, nextTryMs: nowMs + 30_000 },
      'bad',
      'It fails and is tried again: no answer. Next try in 30 seconds.',
    ],
    [{ state: 'stopped' }, 'bad', 'It has stopped.'],
    [{ state: 'starting' }, 'idle', 'It is starting.'],
  ];
  for (const [change, health, sentence] of sources) {
    it(`says of a source: ${sentence}`, () => {
      const view = sourceView(source(change), surroundings);
      assert.deepEqual([view.health, view.sentence], [health, sentence]);
    });
  }

  const sinks: readonly (readonly [Partial<SinkReport>, health: string, sentence: string])[] = [
    [{}, 'good', 'Everything is delivered.'],
    [{ position: 10 }, 'good', '990 events are still to be delivered.'],
    [
      { state: 'retrying', needsOperator: true, lastError: { ...failed, message: 'wrong token' } },
      'bad',
      'It needs a hand: wrong token',
    ],
  ];
  for (const [change, health, sentence] of sinks) {
    it(`says of a sink: ${sentence}`, () => {
      const view = sinkView(sink(change), surroundings);
      assert.deepEqual([view.health, view.sentence], [health, sentence]);
    });
  }

  it('warns of a sink that is far behind, and counts what lies before it', () => {
    const view = sinkView(sink({ position: 0 }), { ...surroundings, headOf: () => 200_000 });
    assert.deepEqual([view.health, view.lagEvents], ['warning', 200_000]);
    assert.equal(sinkView(sink({ position: 2000 }), surroundings).lagEvents, 0);
  });

  it("tells a tenant's people which kind of error it is, and nothing of the network", () => {
    const message = 'https://hec.internal.example.com:8088/: connect ECONNREFUSED 192.0.2.40:8088';
    const lastError = { code: 'sink_unavailable', message, atMs: nowMs } as const;
    const kind = 'The sink cannot take events at the moment (sink_unavailable)';
    const audience = { ...surroundings, audience: 'tenant' } as const;
    const retrying = sinkView(sink({ state: 'retrying', lastError }), audience);
    assert.deepEqual(
      [retrying.lastError, retrying.sentence],
      [kind, `It fails and is tried again: ${kind}.`],
    );
    const stuck = sinkView(sink({ needsOperator: true, lastError }), audience);
    assert.equal(stuck.sentence, `It needs a hand: ${kind}`);
    const failing = sourceView(source({ state: 'retrying', lastError: failed }), audience);
    assert.doesNotMatch(JSON.stringify(failing), /no answer/);
    assert.equal(sinkView(sink({ lastError }), surroundings).lastError, message);
  });

  it('shows those of the streams that may be seen, and none without an instance', () => {
    const reports = { sources: [source({})], sinks: [sink({ stream: 'globex/insync' })] };
    const views = workerViews(reports, (stream) => stream.startsWith('acme/'), surroundings);
    assert.deepEqual([views.sources.length, views.sinks.length], [1, 0]);
    assert.deepEqual(
      workerViews(undefined, () => true, surroundings),
      { sources: [], sinks: [] },
    );
  });
});
