import type { Feed } from '../../feeds/feed.ts';
import type { EncoderOptions } from '../encoder.ts';
import { isAt } from '../../lib/is-at.ts';
import { copyUnescaped } from '../../lib/json-text.ts';
import { profileFor } from '../profile-for.ts';
import { isVendorLine } from '../kept-line.ts';
import { StoredHead } from '../stored-head.ts';
import { compileStrictCefWriter } from './write-strict-cef.ts';
import { compileVendorCefWriter } from './write-vendor-cef.ts';
import type { LineWriter } from './write-vendor-cef.ts';

const [space, quote, equals, openAngle, backslash, tilde] = [0x20, 0x22, 0x3d, 0x3c, 0x5c, 0x7e];
const [letterC, letterD] = [0x43, 0x64];
const cefStart = Buffer.from(' CEF:');
const storedEnd = Buffer.from('","fields":{}}');

/** 0 for the characters that are passed on whatever stands around them. */
const matters = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte <= space || byte > tilde || [quote, equals, backslash].includes(byte) ? 1 : 0,
);

/**
 * As the encoder for CEF lines, from stored bytes to a line's bytes. In the vendor profile also for
 * events that are kept as nothing but their line. Undefined where every event has to be parsed.
 */
export function compileCefWriter(feed: Feed, options: EncoderOptions): LineWriter | undefined {
  if (options.format !== 'cef') return undefined;
  if (profileFor(feed, options) === 'strict') return compileStrictCefWriter(feed, options);
  if (!isVendorLine(feed, options)) return undefined;
  const attributes = compileVendorCefWriter(feed, options, false);
  const kept = new KeptCefWriter(options.facility);
  if (attributes === undefined) return kept;
  return {
    sizeBytesMax: (storedBytes) => attributes.sizeBytesMax(storedBytes),
    write(stored, start, end, to, at) {
      const written = kept.write(stored, start, end, to, at);
      return written === -1 ? attributes.write(stored, start, end, to, at) : written;
    },
  };
}

/**
 * Passes a line on as it is stored if every character of it is plain ASCII, and CEF need not escape
 * it: see `withKeptLines`, which does the same for all other lines. Of what JSON escapes it knows
 * backslashes and quotes, which lines do hold.
 */
class KeptCefWriter implements LineWriter {
  readonly #head = new StoredHead();
  /** What the line must say already. */
  readonly #facility: Buffer;

  constructor(facility: number) {
    this.#facility = Buffer.from(` deviceFacility=${facility} `);
  }

  sizeBytesMax(storedBytes: number): number {
    return storedBytes;
  }

  write(stored: Buffer, start: number, end: number, to: Buffer, at: number): number {
    const from = this.#head.readOriginal(stored, start);
    const until = end - storedEnd.length;
    if (from === -1 || !isAt(stored, until, storedEnd)) return -1;
    const escapes = this.#escapesIn(stored, from, until);
    if (escapes === 0) return at + stored.copy(to, at, from, until);
    return escapes === -1 ? -1 : copyUnescaped(stored, from, until, to, at);
  }

  /**
   * How many characters JSON has escaped; -1 when the line is not fit. Two equals signs without a
   * space between them: the second belongs to a value, where a backslash has to stand before it.
   */
  #escapesIn(stored: Buffer, from: number, until: number): number {
    if (stored[from] === openAngle) return -1;
    let isCef = false;
    let hasFacility = false;
    let isInValues = false;
    let isAfterEquals = false;
    let escapes = 0;
    for (let at = from; at < until; at += 1) {
      const byte = stored[at] ?? 0;
      if (matters[byte] === 0) continue;
      if (byte === space) {
        isAfterEquals = false;
        const next = stored[at + 1];
        if (next === letterC) isCef ||= isAt(stored, at, cefStart);
        if (next === letterD) hasFacility ||= isAt(stored, at, this.#facility);
      } else if (byte === equals) {
        if (isAfterEquals) return -1;
        isInValues = true;
        isAfterEquals = true;
      } else if (byte === backslash) {
        escapes += 1;
        at += 1;
        if (stored[at] === quote) continue;
        if (stored[at] !== backslash) return -1;
        // In a value, the line's own backslash takes the character behind it along.
        if (!isInValues) continue;
        at += 1;
        const taken = stored[at] ?? 0;
        if (at >= until || taken <= space || taken > tilde || taken === quote) return -1;
        if (taken !== backslash) continue;
        escapes += 1;
        at += 1;
        if (stored[at] !== backslash && stored[at] !== quote) return -1;
      } else return -1;
    }
    return isCef && hasFacility ? escapes : -1;
  }
}
