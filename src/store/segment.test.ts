import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { decodeFrame, encodeSegment, openSegment, segmentContent } from './segment.ts';
import type { SegmentContent } from './segment.ts';

const identity = { stream: 'acme/insync', streamId: 7, firstPosition: 1001 } as const;

describe('a segment', () => {
  it('gives back what it was made of', () => {
    const line = fc.string({ unit: 'binary' }).map((text) => JSON.stringify({ text }));
    const timeMs = fc.oneof(fc.integer(), fc.integer({ min: -(2 ** 47), max: 2 ** 48 }));
    const events = fc.array(fc.tuple(line, timeMs), { minLength: 1 });
    fc.assert(
      fc.property(events, (chosen) => {
        const content = contentOf(chosen);
        const block = encodeSegment(identity, content);
        assert.deepEqual(segmentContent(openSegment(identity, chosen.length, block)), content);
      }),
    );
  });

  it('gives back frames that hardly compress', () => {
    // Digests as text: compressed they are larger than what zstd gives in one piece.
    const events = Array.from({ length: 400 }, (_, n) => [`"${digests(n)}"`, n] as const);
    const content = contentOf(events);
    const bytes = encodeSegment(identity, content);
    assert.ok(bytes.length < content.ndjson.length * 0.9, 'it is stored compressed');
    assert.deepEqual(segmentContent(openSegment(identity, events.length, bytes)), content);
  });

  it('is compressed in frames that can be read one by one', () => {
    const events = Array.from(
      { length: 2000 },
      (_, number) => [`{"event":"number ${number} ${'x'.repeat(400)}"}`, number] as const,
    );
    const content = contentOf(events);
    const bytes = encodeSegment(identity, content);
    assert.ok(bytes.length < content.ndjson.length / 5);
    const block = openSegment(identity, events.length, bytes);
    assert.ok(block.frames.length > 5);
    let line = 0;
    for (const frame of block.frames) {
      const expected = events.slice(line, line + frame.lineCount).map(([json]) => `${json}\n`);
      assert.equal(frame.firstLine, line);
      assert.equal(decodeFrame(block, frame).toString(), expected.join(''));
      line += frame.lineCount;
    }
    assert.equal(line, events.length);
  });

  it('is refused when any bit of it is changed', () => {
    const block = encodeSegment(
      identity,
      contentOf([
        ['{"a":1}', 5],
        ['{"b":2}', 4],
      ]),
    );
    for (let bit = 0; bit < block.length * 8; bit++) {
      const byte = bit >> 3;
      if (byte > 0 && byte < 4) continue; // reserved
      const damaged = Buffer.from(block);
      damaged[byte] = (damaged[byte] ?? 0) ^ (1 << (bit & 7));
      assert.throws(() => openSegment(identity, 2, damaged), { code: 'store_corrupt' }, `${bit}`);
    }
  });

  it('is refused when it is cut off, in another place, or of another length', () => {
    const block = encodeSegment(identity, contentOf([['{"a":1}', 5]]));
    const refused = { code: 'store_corrupt', message: /^stream acme\/insync, segment 1001: / };
    for (let length = 0; length < block.length; length++) {
      assert.throws(() => openSegment(identity, 1, block.subarray(0, length)), refused);
    }
    const elsewhere = [
      { stream: 'globex/insync' },
      { streamId: 8 },
      { firstPosition: 1002 },
    ] as const;
    for (const other of elsewhere) {
      const code = { code: 'store_corrupt', message: /checksum/ };
      assert.throws(() => openSegment({ ...identity, ...other }, 1, block), code);
    }
    assert.throws(() => openSegment(identity, 2, block), { message: /holds 1 events, not 2/ });
  });
});

function contentOf(events: readonly (readonly [json: string, timeMs: number])[]): SegmentContent {
  return {
    ndjson: Buffer.from(events.map(([json]) => `${json}\n`).join('')),
    timesMs: Float64Array.from(events, ([, timeMs]) => timeMs),
  };
}

function digests(number: number): string {
  const parts = Array.from({ length: 8 }, (_, part) => `${number} ${part}`);
  return parts.map((part) => hash('sha512', part, 'base64')).join('');
}
