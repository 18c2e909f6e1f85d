import { endOfPlainText } from '../lib/json-text.ts';
import { LastWords, SoughtText, wordsOfText } from '../lib/words.ts';
import type { FeedField } from './feed.ts';

/** What stands in an attribute's place. `escaped` is text with a backslash in it. */
export const tokens = { absent: 0, null: 1, integer: 2, text: 3, escaped: 4 } as const;

const [quote, backslash, comma, openBrace, closeBrace] = [0x22, 0x5c, 0x2c, 0x7b, 0x7d];
const [space, digit0, digit9] = [0x20, 0x30, 0x39];
/** Integers of so many digits are exact, and JSON writes them as they stand. */
const digitsMax = 15;
const nullText = new SoughtText('null');

/**
 * Finds the attributes of one event in the bytes of its JSON without parsing it, in little more than
 * half the time of `JSON.parse` and without its garbage. Knows flat objects whose attributes all have their
 * canonical name and hold text, a whole number from 0 on or null, which is what products send and
 * what is stored; all else, and everything that is not JSON, is left to the parser.
 *
 * The bytes must be UTF-8. Escapes in text are found, but not checked.
 */
export class AttributeScanner {
  /** By the field's index in the table: a value of `tokens`, and where its text or digits stand. */
  readonly tokens: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** `"name":` of each field. */
  readonly #keys: readonly SoughtText[];
  /** Fields in the order in which the event before had them, which the next one mostly has too. */
  readonly #order: number[] = [];
  readonly #lastWords = new LastWords();
  #words = wordsOfText('');

  constructor(fields: readonly FeedField[]) {
    this.tokens = new Uint8Array(fields.length);
    this.starts = new Uint32Array(fields.length);
    this.ends = new Uint32Array(fields.length);
    this.#keys = fields.map(({ name }) => new SoughtText(`${JSON.stringify(name)}:`));
  }

  /** The memory of the bytes that were scanned last, at the same offsets. */
  get words(): DataView {
    return this.#words;
  }

  /**
   * False when the object in `bytes` from `start` to before `end` is for the parser. One function,
   * because every event goes through it: in parts it was measured to take a fifth longer.
   */
  scan(bytes: Buffer, start: number, end: number): boolean {
    const { tokens: found, starts, ends } = this;
    found.fill(tokens.absent);
    if (bytes[start] !== openBrace || bytes[end - 1] !== closeBrace) return false;
    const words = this.#lastWords.of(bytes);
    this.#words = words;
    let at = start + 1;
    for (let place = 0; at < end; place += 1) {
      const index = this.#fieldAt(words, at, end, place);
      const key = this.#keys[index];
      if (key === undefined || found[index] !== tokens.absent) return false;
      at += key.length;
      if (bytes[at] === space) at += 1;
      let token: number = tokens.text;
      if (bytes[at] === quote) {
        at += 1;
        starts[index] = at;
        for (;;) {
          at = endOfPlainText(words, at);
          if (bytes[at] === quote) break;
          if (bytes[at] !== backslash) return false;
          token = tokens.escaped;
          at += 2;
        }
        ends[index] = at;
        at += 1;
      } else {
        starts[index] = at;
        const valueEnd = digitsEnd(bytes, at);
        token = valueEnd === at ? tokens.null : tokens.integer;
        if (token === tokens.null) {
          if (!nullText.isAt(words, at, end)) return false;
          at += nullText.length;
        } else {
          if (!isExactInteger(bytes, at, valueEnd)) return false;
          at = valueEnd;
        }
        ends[index] = at;
      }
      found[index] = token;
      const next = bytes[at];
      at += 1;
      if (next === closeBrace) return at === end;
      if (next !== comma) return false;
      if (bytes[at] === space) at += 1;
    }
    return false;
  }

  #fieldAt(words: DataView, at: number, end: number, place: number): number {
    const expected = this.#order[place] ?? -1;
    if (this.#keys[expected]?.isAt(words, at, end) === true) return expected;
    return this.#unexpectedFieldAt(words, at, end, place);
  }

  /** By itself, because whatever a closure knows takes memory in every call. */
  #unexpectedFieldAt(words: DataView, at: number, end: number, place: number): number {
    const index = this.#keys.findIndex((key) => key.isAt(words, at, end));
    if (index !== -1 && place < this.#keys.length) this.#order[place] = index;
    return index;
  }
}

/** `start` when there is no digit. */
function digitsEnd(bytes: Buffer, start: number): number {
  let end = start;
  for (let byte = bytes[end] ?? 0; byte >= digit0 && byte <= digit9; byte = bytes[end] ?? 0) {
    end += 1;
  }
  return end;
}

function isExactInteger(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 1 || (bytes[start] !== digit0 && end - start <= digitsMax);
}
