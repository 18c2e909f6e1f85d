import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parseStoredEvent, toStoredEvent } from '../../core/event.ts';
import type { TailraceEvent } from '../../core/event.ts';
import { appTrana } from '../../feeds/apptrana.ts';
import { inSyncGenerator } from '../../feeds/insync-generator.ts';
import { inSync } from '../../feeds/insync.ts';
import { oddEvents } from '../../testing/odd-events.ts';
import { compileEncoder } from '../compile-encoder.ts';
import type { EncoderOptions } from '../encoder.ts';
import { compileStrictCefWriter } from './write-strict-cef.ts';

const base = { format: 'cef', profile: 'strict', hostname: 'cloud.example.com' } as const;
const generate = inSyncGenerator(3);
const startMs = Date.UTC(2026, 10, 20);

/** The line that is written from the stored bytes, which stand amid others; undefined for none. */
function written(json: string, options: EncoderOptions): string | undefined {
  const writer = compileStrictCefWriter(inSync, options);
  assert.ok(writer !== undefined);
  const stored = Buffer.from(`{"a"}\n${json}\n{"b"}\n`);
  const size = writer.sizeBytesMax(Buffer.byteLength(json));
  const to = Buffer.alloc(3 + size, '#');
  const end = writer.write(stored, 6, stored.length - 7, to, 3);
  return end === -1 ? undefined : to.toString('utf8', 3, end);
}

function encoded(json: string, options: EncoderOptions): string {
  return compileEncoder(inSync, options)(parseStoredEvent(json));
}

function eventAt(timeMs: number): TailraceEvent {
  return inSync.readEvent(generate(timeMs)).event;
}

describe('compileStrictCefWriter', () => {
  it('writes every event of the generator, and what the encoder writes', () => {
    for (let count = 0; count < 300; count += 1) {
      const { json } = toStoredEvent(eventAt(startMs + count * 1733));
      const options = { ...base, facility: 1 + (count % 23) };
      assert.equal(written(json, options), encoded(json, options));
    }
  });

  it('writes what the encoder writes, or nothing, whatever the event holds', () => {
    // Goal: two ways, one line. Method: events with odd values, settings and spellings.
    const options: fc.Arbitrary<EncoderOptions> = fc.record({
      format: fc.constant('cef'),
      profile: fc.constant('strict'),
      hostname: fc.constantFrom('cloud.example.com', 'a"b\\c'),
      facility: fc.integer({ min: 1, max: 23 }),
      hardened: fc.boolean(),
    });
    let lines = 0;
    fc.assert(
      fc.property(oddEvents, options, (one, how) => {
        const { json } = toStoredEvent(one);
        const line = written(json, how);
        if (line === undefined) return;
        lines += 1;
        assert.equal(line, encoded(json, how));
      }),
      { numRuns: 2000 },
    );
    assert.ok(lines > 200, `only ${lines} of 2000`);
  });

  it('leaves events with an original to the encoder', () => {
    const { json } = toStoredEvent({ ...eventAt(startMs), original: 'CEF:0|a|b|c|d|e|1|' });
    assert.equal(written(json, { ...base, facility: 1 }), undefined);
  });

  it('is not for feeds whose lines show more than attributes, nor for a space before the first', () => {
    const options = { ...base, facility: 1 };
    assert.equal(compileStrictCefWriter(appTrana, options), undefined);
    const spaced = { ...options, extensionLeadingSpace: true };
    assert.equal(compileStrictCefWriter(inSync, spaced), undefined);
  });
});
