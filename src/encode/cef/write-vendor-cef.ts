import { AttributeScanner, tokens } from '../../feeds/attribute-scanner.ts';
import type { Feed } from '../../feeds/feed.ts';
import type { EncoderOptions } from '../encoder.ts';
import { nearestRawSeverity } from '../event-values.ts';
import { quoteLine } from '../json/quote-line.ts';
import { remembered } from '../line-text.ts';
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
  readonly first: Buffer;
  /** The same behind another pair. */
  readonly next: Buffer;
  /** Of a value that is a setting. */
  readonly setting: Buffer | undefined;
}

const [space, equalsSign, del] = [0x20, 0x3d, 0x7f];

/** What one byte of a value may become. */
const growth = 3;

class VendorCefWriter implements LineWriter {
  readonly #feed: Feed;
  readonly #head = new StoredHead();
  readonly #attributes: AttributeScanner;
  readonly #severityIndex: number;
  readonly #prefix: (timeMs: number) => string;
  readonly #name: (type: string) => string;
  readonly #pairs: readonly Pair[];
  readonly #equals: string;
  readonly #equalsBytes: Buffer;
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
    this.#name = remembered((type) => inPage(escapeHeader(type)));
    this.#pairs = compilePairs(feed, options, inPage);
    this.#equals = equalsText(options);
    this.#equalsBytes = Buffer.from(inPage(this.#equals));
    this.#fixedBytes = this.#pairs.reduce(
      (sum, { next, setting }) => sum + next.length + (setting?.length ?? 0),
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
    let length = at + to.write(this.#beginning(stored, rawSeverity), at);
    let isFirst = true;
    for (const pair of this.#pairs) {
      const key = isFirst ? pair.first : pair.next;
      const valueAt = copy(key, 0, key.length, to, length);
      const valueEnd = this.#writeValue(pair, stored, to, valueAt);
      if (valueEnd === valueAt) continue; // the next pair is written over it
      length = valueEnd;
      isFirst = false;
    }
    return length + to.write(isFirst ? `|${this.#quote}` : this.#quote, length);
  }

  /** All before the extension. */
  #beginning(stored: Buffer, rawSeverity: number): string {
    const { occurredAtMs, typeStart, typeEnd } = this.#head;
    const prefix = this.#inPage(this.#prefix(occurredAtMs));
    const name = this.#name(stored.toString('utf8', typeStart, typeEnd));
    return `${this.#quote}${prefix}${name}|${rawSeverity}`;
  }

  /** Undefined for one that is not there as a number. */
  #rawSeverity(stored: Buffer): number | undefined {
    const { tokens: found, starts, ends } = this.#attributes;
    const index = this.#severityIndex;
    const token = found[index] ?? tokens.absent;
    const { severities } = this.#feed;
    if (token > tokens.integer) return undefined;
    const raw =
      token === tokens.integer ? Number(stored.toString('latin1', starts[index], ends[index])) : -1;
    const isKnown = raw >= 0 && raw < severities.length;
    return isKnown ? raw : nearestRawSeverity(severities, this.#head.severity);
  }

  /** Answers where the value ends: `at` when there is none. */
  #writeValue({ index, setting }: Pair, stored: Buffer, to: Buffer, at: number): number {
    if (setting !== undefined) return copy(setting, 0, setting.length, to, at);
    const token = this.#attributes.tokens[index] ?? tokens.absent;
    if (token <= tokens.null) return at;
    const start = this.#attributes.starts[index] ?? 0;
    const end = this.#attributes.ends[index] ?? 0;
    if (token === tokens.integer) return copy(stored, start, end, to, at);
    if (token === tokens.text) {
      const written = this.#writePlain(stored, start, end, to, at);
      if (written !== -1) return written;
    }
    const text: string =
      token === tokens.text
        ? stored.toString('utf8', start, end)
        : JSON.parse(stored.toString('utf8', start - 1, end + 1));
    return at + to.write(this.#inPage(escapeExtension(text, this.#equals)), at);
  }

  /** Text of printable ASCII; -1 when it holds anything else. */
  #writePlain(stored: Buffer, start: number, end: number, to: Buffer, at: number): number {
    let [from, until] = [start, end];
    while (from < until && stored[from] === space) from += 1;
    while (from < until && stored[until - 1] === space) until -= 1;
    let length = at;
    for (let index = from; index < until; index += 1) {
      const byte = stored[index] ?? del;
      if (byte >= del) return -1;
      if (byte === equalsSign) {
        length = copy(this.#equalsBytes, 0, this.#equalsBytes.length, to, length);
        continue;
      }
      to[length] = byte;
      length += 1;
    }
    return length;
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
    const setting = role === 'facility' ? Buffer.from(`${options.facility}`) : undefined;
    const [first, next] = [Buffer.from(`${firstGap}${start}`), Buffer.from(` ${start}`)];
    return [{ index, first, next, setting }];
  });
}

function asIs(text: string): string {
  return text;
}

/** Copies to `at` and answers where the copy ends; pieces are so short that a loop is fastest. */
function copy(bytes: Buffer, start: number, end: number, to: Buffer, at: number): number {
  const length = end - start;
  for (let index = 0; index < length; index += 1) to[at + index] = bytes[start + index] ?? 0;
  return at + length;
}
