import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inSync } from './insync.ts';
import { inSyncGenerator } from './insync-generator.ts';

const startMs = Date.UTC(2026, 10, 20);

function generated(seed: number, count: number) {
  const generate = inSyncGenerator(seed);
  return Array.from({ length: count }, (_, index) => generate(startMs + index));
}

describe('the generator of inSync events', () => {
  it('repeats itself for the same seed and for no other', () => {
    assert.deepEqual(generated(7, 100), generated(7, 100));
    assert.notDeepEqual(generated(7, 100), generated(8, 100));
  });

  it('writes canonical events with identities of their own', () => {
    const reads = generated(1, 2000).map((attributes) => inSync.readEvent(attributes));
    assert.ok(reads.every(({ canonical }) => canonical));
    assert.equal(new Set(reads.map(({ event }) => event.id)).size, 2000);
    assert.equal(reads[5]?.event.occurredAtMs, startMs + 5);
  });

  it('covers every category, type and state of the catalogue', () => {
    const seen = new Set(
      generated(1, 20_000).map(({ category, eventType, eventState }) =>
        JSON.stringify([category, eventType, eventState]),
      ),
    );
    for (const { name, eventTypes } of inSync.categories) {
      for (const type of eventTypes) {
        for (const state of type.states)
          assert.ok(seen.has(JSON.stringify([name, type.name, state])), state);
      }
    }
  });

  it('uses what formats must escape, several scripts, and documentation addresses only', () => {
    const events = generated(1, 2000);
    const text = JSON.stringify(events);
    for (const part of ['=', '|', '\\\\', '\\"', '\\n', '李', 'ن', 'О', '山', '📱']) {
      assert.ok(text.includes(part), part);
    }
    for (const { ip } of events) {
      assert.ok(typeof ip === 'string');
      assert.match(ip, /^(?:|(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d+|2001:db8::.+)$/);
    }
  });
});
