import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { IsoTimeReader } from './iso-time-reader.ts';
import { latestTimeMs, parseIsoTime } from './iso-time.ts';

describe('IsoTimeReader', () => {
  it('reads no clock that shows what none shows, whether the date is known or not', () => {
    const reader = new IsoTimeReader();
    const read = (text: string) => reader.read(Buffer.from(text), 0, text.length);
    for (let round = 0; round < 2; round += 1) {
      for (const clock of ['24:00:00', '23:60:00', '23:59:60', '2x:00:00']) {
        assert.equal(read(`2026-11-20T${clock}Z`), undefined, clock);
        assert.equal(read(`2026-11-20T${clock}.000Z`), undefined, clock);
      }
      assert.equal(read('2026-11-20T23:59:59.999Z'), Date.UTC(2026, 10, 20, 23, 59, 59, 999));
    }
  });

  it('reads what parseIsoTime reads, damaged or not, one after the other', () => {
    // Goal: two readers, one result, whatever was read before. Method: times of few days, mostly,
    // in which now and then a character is another one.
    const nearby = fc.integer({ min: 1_795_100_000_000, max: 1_795_300_000_000 });
    const timeMs = fc.oneof(nearby, nearby, fc.integer({ min: 0, max: latestTimeMs }));
    const damage = fc.record({
      at: fc.nat(26),
      with: fc.constantFrom('0', '3', '9', ':', '.', 'Z', 'T', '+', ' ', '/', 'ä', ''),
    });
    const spelled = fc
      .tuple(timeMs, fc.boolean(), fc.option(damage))
      .map(([ms, isShort, damaged]) => {
        const iso = new Date(ms).toISOString();
        const text = isShort ? `${iso.slice(0, 19)}Z` : iso;
        if (damaged === null) return text;
        return text.slice(0, damaged.at) + damaged.with + text.slice(damaged.at + 1);
      });
    const reader = new IsoTimeReader();
    fc.assert(
      fc.property(spelled, (text) => {
        const bytes = Buffer.from(`"${text}"`);
        assert.equal(reader.read(bytes, 1, bytes.length - 1), parseIsoTime(text));
      }),
      { numRuns: 3000 },
    );
  });
});
