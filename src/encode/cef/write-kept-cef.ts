import type { Feed } from '../../feeds/feed.ts';
import type { EncoderOptions } from '../encoder.ts';
import { isAt } from '../../lib/is-at.ts';
import { copyUnescaped } from '../../lib/json-text.ts';
import { firstByte, hasByte, hasHighBit, hasLess, LastWords } from '../../lib/words.ts';
import { profileFor } from '../profile-for.ts';
import { isVendorLine } from '../kept-line.ts';
import { StoredHead } from '../stored-head.ts';
import { compileStrictCefWriter } from './write-strict-cef.ts';
import { compileVendorCefWriter } from './write-vendor-cef.ts';
import type { LineWriter } from './write-vendor-cef.ts';

const [space, quote, equals, openAngle, backslash, tilde] = [0x20, 0x22, 0x3d, 0x3c, 0x5c, 0x7e];
const cefStart = Buffer.from(' CEF:');
const storedEnd = Buffer.from('","fields":{}}');

/** Bytes that are passed on whatever stands around them are 0 in it; of others, few are. */
function mattering(word: number): number {
  const isControlOrBeyond =
    hasLess(word, 0x20202020) | hasHighBit(word) | hasByte(word, 0x7f7f7f7f);
  const isSign = hasByte(word, 0x22222222) | hasByte(word, 0x3d3d3d3d) | hasByte(word, 0x5c5c5c5c);
  return isControlOrBeyond | isSign;
}

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
 * Passes a line on as it is stored if CEF need not escape it: see `withKeptLines`, which does the same
 * for all other lines. Of what JSON escapes it knows backslashes and quotes, which lines do hold.
 */
class KeptCefWriter implements LineWriter {
  readonly #head = new StoredHead();
  /** What the line must say already, and where its equals sign is in that. */
  readonly #facility: Buffer;
  readonly #facilityEqualsAt: number;
  readonly #words = new LastWords();
  /** How far into the line before ` CEF:` stood, where it mostly stands again. */
  #cefAt = 0;

  constructor(facility: number) {
    this.#facility = Buffer.from(` deviceFacility=${facility} `);
    this.#facilityEqualsAt = this.#facility.indexOf(equals);
  }

  sizeBytesMax(storedBytes: number): number {
    return storedBytes;
  }

  write(stored: Buffer, start: number, end: number, to: Buffer, at: number): number {
    const from = this.#head.readOriginal(stored, start);
    const until = end - storedEnd.length;
    if (from === -1 || stored[from] === openAngle || !isAt(stored, until, storedEnd)) return -1;
    if (!this.#isCef(stored, from, until)) return -1;
    const escapes = this.#escapesIn(stored, from, until);
    if (escapes === 0) return at + stored.copy(to, at, from, until);
    return escapes === -1 ? -1 : copyUnescaped(stored, from, until, to, at);
  }

  #isCef(stored: Buffer, from: number, until: number): boolean {
    if (isAt(stored, from + this.#cefAt, cefStart)) return from + this.#cefAt < until;
    const at = stored.indexOf(cefStart, from);
    if (at === -1 || at >= until) return false;
    this.#cefAt = at - from;
    return true;
  }

  /**
   * How many characters JSON has escaped; -1 when the line is not fit. Two equals signs without a
   * space between them: the second belongs to a value, where a backslash has to stand before it.
   */
  #escapesIn(stored: Buffer, from: number, until: number): number {
    const words = this.#words.of(stored);
    let hasFacility = false;
    let equalsAt = -1;
    let escapes = 0;
    let at = from;
    for (;;) {
      at = matteringAt(words, at, until);
      if (at >= until) break;
      const byte = stored[at];
      if (byte === equals) {
        if (equalsAt !== -1 && !hasSpace(stored, equalsAt + 1, at)) return -1;
        equalsAt = at;
        hasFacility ||= isAt(stored, at - this.#facilityEqualsAt, this.#facility);
      } else if (byte === backslash) {
        escapes += 1;
        at += 1;
        if (stored[at] !== quote) {
          if (stored[at] !== backslash) return -1;
          // In a value, the line's own backslash takes the character behind it along.
          if (equalsAt !== -1) {
            at += 1;
            const taken = stored[at] ?? 0;
            if (at >= until || taken <= space || taken > tilde || taken === quote) return -1;
            if (taken === backslash) {
              escapes += 1;
              at += 1;
              if (stored[at] !== backslash && stored[at] !== quote) return -1;
            }
          }
        }
      } else if (isBeyondAscii(byte)) {
        at = plainEnd(stored, at);
        if (at === -1) return -1;
        continue;
      } else return -1;
      at += 1;
    }
    return hasFacility ? escapes : -1;
  }
}

/** The first byte from `from` on that matters; `until` or more when there is none. */
function matteringAt(words: DataView, from: number, until: number): number {
  for (let at = from; at < until; at += 4) {
    // Behind the line there is always its event's end.
    const found = mattering(words.getInt32(at, true));
    if (found !== 0) return at + firstByte(found);
  }
  return until;
}

function isBeyondAscii(byte = 0): boolean {
  return byte > 0x7f;
}

/**
 * The end of a run of characters beyond ASCII that begins at `from`, in UTF-8; -1 when one of them is
 * for the encoder: C1 controls, U+2028 and U+2029, and what takes two surrogates.
 */
function plainEnd(bytes: Buffer, from: number): number {
  let at = from;
  for (let byte = bytes[at] ?? 0; byte > 0x7f; byte = bytes[++at] ?? 0) {
    const next = bytes[at + 1] ?? 0;
    if (byte >= 0xf0 || (byte === 0xc2 && next < 0xa0)) return -1;
    if (byte === 0xe2 && next === 0x80 && ((bytes[at + 2] ?? 0) & 0xfe) === 0xa8) return -1;
  }
  return at;
}

function hasSpace(bytes: Buffer, from: number, until: number): boolean {
  let at = until - 1;
  while (at >= from && bytes[at] !== space) at -= 1;
  return at >= from;
}
