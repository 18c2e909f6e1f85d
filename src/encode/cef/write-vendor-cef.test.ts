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
import { quoteLine } from '../json/quote-line.ts';
import { compileVendorCefWriter } from './write-vendor-cef.ts';

const base = { format: 'cef', profile: 'vendor', hostname: 'cloud.example.com' } as const;
const generate = inSyncGenerator(3);
const startMs = Date.UTC(2026, 10, 20);

/** The line that is written from the stored bytes, which stand amid others; undefined for none. */
function written(json: string, options: EncoderOptions, quoted: boolean): string | undefined {
  const writer = compileVendorCefWriter(inSync, options, quoted);
  assert.ok(writer !== undefined);
  const stored = Buffer.from(`{"a"}\n${json}\n{"b"}\n`);
  const size = writer.sizeBytesMax(Buffer.byteLength(json));
  const to = Buffer.alloc(3 + size, '#');
  const end = writer.write(stored, 6, stored.length - 7, to, 3);
  return end === -1 ? undefined : to.toString('utf8', 3, end);
}

function encoded(json: string, options: EncoderOptions, quoted: boolean): string {
  const line = compileEncoder(inSync, options)(parseStoredEvent(json));
  return quoted ? quoteLine(line) : line;
}

function eventAt(timeMs: number): TailraceEvent {
  return inSync.readEvent(generate(timeMs)).event;
}

describe('compileVendorCefWriter', () => {
  it('writes every event of the generator, and what the encoder writes', () => {
    for (let count = 0; count < 300; count += 1) {
      const { json } = toStoredEvent(eventAt(startMs + count * 1733));
      for (const quoted of [false, true]) {
        const options = { ...base, facility: 1 + (count % 23) };
        assert.equal(written(json, options, quoted), encoded(json, options, quoted));
      }
    }
  });

  it('writes what the encoder writes, or nothing, whatever the event holds', () => {
    // Goal: two ways, one line. Method: events with odd values, settings and spellings.
    const options: fc.Arbitrary<EncoderOptions> = fc.record({
      format: fc.constant('cef'),
      profile: fc.constant('vendor'),
      hostname: fc.constantFrom('cloud.example.com', 'a"b\\c'),
      facility: fc.integer({ min: 1, max: 23 }),
      hardened: fc.boolean(),
      extensionLeadingSpace: fc.boolean(),
    });
    let lines = 0;
    fc.assert(
      fc.property(oddEvents, options, fc.boolean(), (one, how, quoted) => {
        const { json } = toStoredEvent(one);
        const line = written(json, how, quoted);
        if (line === undefined) return;
        lines += 1;
        assert.equal(line, encoded(json, how, quoted));
      }),
      { numRuns: 2000 },
    );
    assert.ok(lines > 200, `only ${lines} of 2000`);
  });

  it('leaves events with an original to the encoder', () => {
    const { json } = toStoredEvent({ ...eventAt(startMs), original: 'CEF:0|a|b|c|d|e|1|' });
    assert.equal(written(json, { ...base, facility: 1 }, true), undefined);
  });

  it('is not for feeds whose lines show more than attributes', () => {
    const roles = appTrana.fields.filter(
      ({ cef, role }) => cef !== undefined && role !== undefined,
    );
    const writer = compileVendorCefWriter(appTrana, { ...base, facility: 1 }, false);
    assert.equal(writer === undefined, roles.length > 0);
  });
});
