import { AttributeScanner, tokens } from '../../feeds/attribute-scanner.ts';
import type { Feed } from '../../feeds/feed.ts';
import { RecurringTexts } from '../../feeds/recurring-texts.ts';
import { copyWords, hasByte, hasHighBit, wordsOf } from '../../lib/words.ts';
import type { EncoderOptions } from '../encoder.ts';
import { nearestRawSeverity } from '../event-values.ts';
import { quoteLine } from '../json/quote-line.ts';
import { StoredHead } from '../stored-head.ts';
import { equalsText, pairStart, vendorCefPrefix } from './encode-cef.ts';
import { escapeExtension, escapeHeader } from './escape.ts';

/** Writes the line of a stored event from its bytes; see `compileVendorCefWriter`. */
export interface LineWriter {
  /** How many bytes the line of an event of `storedBytes` may take. */
  sizeBytesMax(storedBytes: number): number;
  /**
   * Writes the line of the event that stands in `stored` from `start` to before `end` into `to` at
   * `at`, and answers where it ends; -1 when the event is to be parsed and encoded instead.
   */
  write(stored: Buffer, start: number, end: number, to: Buffer, at: number): number;
}

/**
 * As `compileVendorCef`, from the stored bytes to the line's bytes: without parsing, and without a
 * string for what is plain ASCII, which takes a third of the time. With `quoted` the line comes as a
 * JSON string. Undefined for feeds whose lines show more than attributes.
 */
export function compileVendorCefWriter(
  feed: Feed,
  options: EncoderOptions,
  quoted: boolean,
): LineWriter | undefined {
  const shown = feed.fields.filter(({ cef }) => cef !== undefined);
  const isPlain = shown.every(({ role }) => role === undefined || role === 'facility');
  return isPlain ? new VendorCefWriter(feed, options, quoted) : undefined;
}

/** One pair of the extension, and where its value is. */
interface Pair {
  readonly index: number;
  /** `|suser=`, or `|cs2Label=ClientVersion cs2=`. */
  readonly first: DataView;
  /** The same behind another pair. */
  readonly next: DataView;
  /** Of a value that is a setting. */
  readonly setting: DataView | undefined;
}

const [space, quote, digit0, equalsSign, bar, del] = [0x20, 0x22, 0x30, 0x3d, 0x7c, 0x7f];

/** What one byte of a value may become. */
const growth = 3;

class VendorCefWriter implements LineWriter {
  readonly #feed: Feed;
  readonly #head = new StoredHead();
  readonly #attributes: AttributeScanner;
  readonly #severityIndex: number;
  readonly #prefix: (timeMs: number) => string;
  /** The prefix of the second before, and which that was. */
  #prefixBytes = wordsOf(Buffer.alloc(0));
  #prefixSecond = Number.NaN;
  readonly #names: RecurringTexts<DataView>;
  readonly #pairs: readonly Pair[];
  readonly #equals: string;
  readonly #equalsBytes: DataView;
  readonly #quote: string;
  /** A part of a line as it stands in the page. */
  readonly #inPage: (text: string) => string;
  readonly #fixedBytes: number;

  constructor(feed: Feed, options: EncoderOptions, quoted: boolean) {
    this.#feed = feed;
    this.#attributes = new AttributeScanner(feed.fields);
    this.#severityIndex = feed.fields.findIndex(({ role }) => role === 'severity');
    this.#quote = quoted ? '"' : '';
    const inPage = quoted ? (text: string) => quoteLine(text).slice(1, -1) : asIs;
    this.#inPage = inPage;
    this.#prefix = vendorCefPrefix(feed, options);
    this.#names = new RecurringTexts((type) => bytesOf(`${inPage(escapeHeader(type))}|`));
    this.#pairs = compilePairs(feed, options, inPage);
    this.#equals = equalsText(options);
    this.#equalsBytes = bytesOf(inPage(this.#equals));
    this.#fixedBytes = this.#pairs.reduce(
      (sum, { next, setting }) => sum + next.byteLength + (setting?.byteLength ?? 0),
      inPage(this.#prefix(0)).length * growth + 64,
    );
  }

  sizeBytesMax(storedBytes: number): number {
    return this.#fixedBytes + storedBytes * growth;
  }

  write(stored: Buffer, start: number, end: number, to: Buffer, at: number): number {
    const fieldsStart = this.#head.read(stored, start);
    if (fieldsStart === -1 || !this.#attributes.scan(stored, fieldsStart, end - 1)) return -1;
    const rawSeverity = this.#rawSeverity(stored);
    if (rawSeverity === undefined) return -1;
    const words = wordsOf(to);
    let length = this.#writeBeginning(stored, rawSeverity, to, words, at);
    let isFirst = true;
    for (const pair of this.#pairs) {
      const valueAt = copyAll(isFirst ? pair.first : pair.next, words, length);
      const valueEnd = this.#writeValue(pair, stored, to, words, valueAt);
      if (valueEnd === valueAt) continue; // the next pair is written over it
      length = valueEnd;
      isFirst = false;
    }
    if (isFirst) to[length++] = bar;
    if (this.#quote !== '') to[length++] = quote;
    return length;
  }

  /** All before the extension. */
  #writeBeginning(
    stored: Buffer,
    rawSeverity: number,
    to: Buffer,
    words: DataView,
    at: number,
  ): number {
    const { occurredAtMs, typeStart, typeEnd } = this.#head;
    const second = Math.floor(occurredAtMs / 1000);
    if (second !== this.#prefixSecond) {
      this.#prefixBytes = bytesOf(`${this.#quote}${this.#inPage(this.#prefix(occurredAtMs))}`);
      this.#prefixSecond = second;
    }
    const nameAt = copyAll(this.#prefixBytes, words, at);
    const severityAt = copyAll(this.#names.read(stored, typeStart, typeEnd), words, nameAt);
    if (rawSeverity > 9) return severityAt + to.write(`${rawSeverity}`, severityAt);
    to[severityAt] = digit0 + rawSeverity;
    return severityAt + 1;
  }

  /** Undefined for one that is not there as a number. */
  #rawSeverity(stored: Buffer): number | undefined {
    const { tokens: found, starts, ends } = this.#attributes;
    const index = this.#severityIndex;
    const token = found[index] ?? tokens.absent;
    const { severities } = this.#feed;
    if (token > tokens.integer) return undefined;
    const raw =
      token === tokens.integer ? numberIn(stored, starts[index] ?? 0, ends[index] ?? 0) : -1;
    const isKnown = raw >= 0 && raw < severities.length;
    return isKnown ? raw : nearestRawSeverity(severities, this.#head.severity);
  }

  /** Answers where the value ends: `at` when there is none. */
  #writeValue(
    { index, setting }: Pair,
    stored: Buffer,
    to: Buffer,
    words: DataView,
    at: number,
  ): number {
    if (setting !== undefined) return copyAll(setting, words, at);
    const token = this.#attributes.tokens[index] ?? tokens.absent;
    if (token <= tokens.null) return at;
    const start = this.#attributes.starts[index] ?? 0;
    const end = this.#attributes.ends[index] ?? 0;
    if (token === tokens.integer) return copyWords(this.#attributes.words, start, end, words, at);
    if (token === tokens.text) {
      const written = this.#writePlain(stored, start, end, words, at);
      if (written !== -1) return written;
    }
    const text: string =
      token === tokens.text
        ? stored.toString('utf8', start, end)
        : JSON.parse(stored.toString('utf8', start - 1, end + 1));
    return at + to.write(this.#inPage(escapeExtension(text, this.#equals)), at);
  }

  /** Text of printable ASCII; -1 when it holds anything else. */
  #writePlain(stored: Buffer, start: number, end: number, to: DataView, at: number): number {
    const from = this.#attributes.words;
    let [index, until] = [start, end];
    while (index < until && stored[index] === space) index += 1;
    while (index < until && stored[until - 1] === space) until -= 1;
    let length = at;
    while (index < until) {
      for (; index + 4 <= until; index += 4, length += 4) {
        const word = from.getInt32(index, true);
        if (isSpecial(word) !== 0) break;
        to.setInt32(length, word, true);
      }
      const wordEnd = Math.min(index + 4, until);
      for (; index < wordEnd; index += 1) {
        const byte = from.getUint8(index);
        if (byte >= del) return -1;
        if (byte === equalsSign) {
          length = copyAll(this.#equalsBytes, to, length);
        } else {
          to.setUint8(length, byte);
          length += 1;
        }
      }
    }
    return length;
  }
}

/** 0 for four bytes that stand for themselves; of others, few are. */
function isSpecial(word: number): number {
  return hasHighBit(word) | hasByte(word, 0x3d3d3d3d) | hasByte(word, 0x7f7f7f7f);
}

function numberIn(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 10 + (bytes[at] ?? 0) - digit0;
  return value;
}

function compilePairs(
  feed: Feed,
  options: EncoderOptions,
  inPage: (text: string) => string,
): readonly Pair[] {
  const firstGap = options.extensionLeadingSpace === true ? '| ' : '|';
  return feed.fields.flatMap(({ cef, role }, index) => {
    if (cef === undefined) return [];
    const start = inPage(pairStart(cef));
    const setting = role === 'facility' ? bytesOf(`${options.facility}`) : undefined;
    const [first, next] = [bytesOf(`${firstGap}${start}`), bytesOf(` ${start}`)];
    return [{ index, first, next, setting }];
  });
}

function asIs(text: string): string {
  return text;
}

function bytesOf(text: string): DataView {
  return wordsOf(Buffer.from(text));
}

/** Copies to `at` and answers where the copy ends. */
function copyAll(bytes: DataView, to: DataView, at: number): number {
  return copyWords(bytes, 0, bytes.byteLength, to, at);
}
