import { AttributeScanner, tokens } from '../../feeds/attribute-scanner.ts';
import type { Feed } from '../../feeds/feed.ts';
import { RecurringTexts } from '../../feeds/recurring-texts.ts';
import { copyWords, wordsOf, wordsOfText } from '../../lib/words.ts';
import type { EncoderOptions } from '../encoder.ts';
import { quoteLine } from '../json/quote-line.ts';
import { StoredHead } from '../stored-head.ts';
import { equalsText, pairStart, vendorCefPrefix } from './encode-cef.ts';
import { escapeExtension, escapeHeader } from './escape.ts';
import { copyAll, writePlainValue } from './plain-value.ts';
import { rawSeverityIn } from './raw-severity.ts';

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

const [quote, digit0, bar] = [0x22, 0x30, 0x7c];

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
    this.#names = new RecurringTexts((type) => wordsOfText(`${inPage(escapeHeader(type))}|`));
    this.#pairs = compilePairs(feed, options, inPage);
    this.#equals = equalsText(options);
    this.#equalsBytes = wordsOfText(inPage(this.#equals));
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
    const { severities } = this.#feed;
    const { severity } = this.#head;
    const attributes = this.#attributes;
    const index = this.#severityIndex;
    const rawSeverity = rawSeverityIn(stored, attributes, index, severities, severity);
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
      this.#prefixBytes = wordsOfText(`${this.#quote}${this.#inPage(this.#prefix(occurredAtMs))}`);
      this.#prefixSecond = second;
    }
    const nameAt = copyAll(this.#prefixBytes, words, at);
    const severityAt = copyAll(this.#names.read(stored, typeStart, typeEnd), words, nameAt);
    if (rawSeverity > 9) return severityAt + to.write(`${rawSeverity}`, severityAt);
    to[severityAt] = digit0 + rawSeverity;
    return severityAt + 1;
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
      const from = this.#attributes.words;
      const written = writePlainValue(from, start, end, words, at, this.#equalsBytes);
      if (written !== -1) return written;
    }
    const text: string =
      token === tokens.text
        ? stored.toString('utf8', start, end)
        : JSON.parse(stored.toString('utf8', start - 1, end + 1));
    return at + to.write(this.#inPage(escapeExtension(text, this.#equals)), at);
  }
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
    const setting = role === 'facility' ? wordsOfText(`${options.facility}`) : undefined;
    const [first, next] = [wordsOfText(`${firstGap}${start}`), wordsOfText(` ${start}`)];
    return [{ index, first, next, setting }];
  });
}

function asIs(text: string): string {
  return text;
}
