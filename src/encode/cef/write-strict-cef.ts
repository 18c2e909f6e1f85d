import type { Severity } from '../../core/event.ts';
import { AttributeScanner, tokens } from '../../feeds/attribute-scanner.ts';
import type { Feed, FieldRole } from '../../feeds/feed.ts';
import type { EncoderOptions } from '../encoder.ts';
import { nearestRawSeverity } from '../event-values.ts';
import { remembered, textOf } from '../line-text.ts';
import { StoredHead } from '../stored-head.ts';
import {
  compileStrictPairs,
  epochMs,
  externalId,
  type Place,
  strictPair,
} from './encode-strict-cef.ts';
import { compileStrictHeader } from './strict-header.ts';
import type { LineWriter } from './write-vendor-cef.ts';

/**
 * As `compileStrictCef`, from the stored bytes to the line's bytes: without parsing, and without a
 * string for what is plain ASCII. Undefined for feeds whose lines show parts of attributes.
 */
export function compileStrictCefWriter(
  feed: Feed,
  options: EncoderOptions,
): LineWriter | undefined {
  const { signature, cefExcerpts = [], fields } = feed;
  const isWhole = fields.every(({ inLines }) => inLines === undefined);
  const isKnown = isWhole && signature === undefined && cefExcerpts.length === 0;
  const isSpaced = options.extensionLeadingSpace === true;
  return isKnown && !isSpaced ? new StrictCefWriter(feed, options) : undefined;
}

/** One pair of the extension. */
interface Pair {
  readonly role: FieldRole | undefined;
  /** Of its attribute in the feed's table. */
  readonly index: number;
  /** Whether the attribute is a time, which is written as epoch milliseconds. */
  readonly isTime: boolean;
  readonly places: readonly Place[];
  /** ` cs2Label=ClientVersion cs2=` */
  readonly start: Buffer;
  /** How long a plain text may be to go there as it is; 0 when none may. */
  readonly plainBytesMax: number;
  /** What is written for a text, with a space before it if it is anything. */
  readonly written: (text: string) => string;
}

/** Roles whose values are few. */
const recurring: ReadonlySet<FieldRole | undefined> = new Set(['severity', 'facility']);

const [space, equalsSign, bar, del] = [0x20, 0x3d, 0x7c, 0x7f];
/** What one byte of a value may become. */
const growth = 3;
/** All before the extension: see `cefHeaderLengths`. */
const headBytesMax = 8192;

class StrictCefWriter implements LineWriter {
  readonly #head = new StoredHead();
  readonly #attributes: AttributeScanner;
  readonly #header: (type: string) => string;
  readonly #pairs: readonly Pair[];
  readonly #facility: number;
  readonly #severities: readonly Severity[];
  readonly #fixedBytes: number;

  constructor(feed: Feed, options: EncoderOptions) {
    const { hardened = false, facility } = options;
    const header = compileStrictHeader(feed, hardened);
    const nothing = { id: '', occurredAtMs: 0, severity: 0, fields: {} } as const;
    this.#header = remembered((type) => header({ ...nothing, type }));
    this.#attributes = new AttributeScanner(feed.fields);
    this.#pairs = compilePairs(feed, options);
    this.#facility = facility;
    this.#severities = feed.severities;
    this.#fixedBytes = this.#pairs.reduce((sum, { places }) => {
      return sum + Math.max(...places.map(({ start }) => start.length)) + 1;
    }, headBytesMax);
  }

  sizeBytesMax(storedBytes: number): number {
    return this.#fixedBytes + storedBytes * growth;
  }

  write(stored: Buffer, start: number, end: number, to: Buffer, at: number): number {
    const head = this.#head;
    const fieldsStart = head.read(stored, start);
    if (fieldsStart === -1 || !this.#attributes.scan(stored, fieldsStart, end - 1)) return -1;
    const type = stored.toString('utf8', head.typeStart, head.typeEnd);
    const extensionAt = at + to.write(`${this.#header(type)}${head.severity}`, at);
    let length = extensionAt;
    for (const pair of this.#pairs) {
      const written = this.#writePlain(pair, stored, to, length);
      length = written === -1 ? this.#writeText(pair, stored, to, length) : written;
    }
    // What stands before the first pair, or for the missing extension, ends the header.
    to[extensionAt] = bar;
    return Math.max(length, extensionAt + 1);
  }

  /**
   * Writes the pair, with a space before it, and answers where it ends: `at` when there is none. Knows
   * text of printable ASCII that needs no escape and is short enough; -1 for any other value.
   */
  #writePlain(pair: Pair, stored: Buffer, to: Buffer, at: number): number {
    const { index, role, start, plainBytesMax } = pair;
    let [from, until] = [this.#head.idStart, this.#head.idEnd];
    if (role !== 'id') {
      const token = this.#attributes.tokens[index] ?? tokens.absent;
      if (role === undefined && token <= tokens.null) return at;
      if (role !== undefined || token !== tokens.text) return -1;
      [from, until] = [this.#attributes.starts[index] ?? 0, this.#attributes.ends[index] ?? 0];
    }
    while (from < until && stored[from] === space) from += 1;
    while (from < until && stored[until - 1] === space) until -= 1;
    if (until - from > plainBytesMax) return -1;
    if (from === until) return at;
    const shift = at + start.length - from;
    for (let place = from; place < until; place += 1) {
      const byte = stored[place] ?? del;
      if (byte >= del || byte === equalsSign) return -1;
      to[place + shift] = byte;
    }
    to.set(start, at);
    return until + shift;
  }

  /** As `#writePlain`, for every value, by way of a string. */
  #writeText(pair: Pair, stored: Buffer, to: Buffer, at: number): number {
    return at + to.write(pair.written(this.#textOf(pair, stored)), at);
  }

  #textOf({ role, index, isTime }: Pair, stored: Buffer): string {
    const { idStart, idEnd, typeStart, typeEnd, occurredAtMs } = this.#head;
    switch (role) {
      case 'id':
        return externalId(stored.toString('utf8', idStart, idEnd));
      case 'time':
        return `${occurredAtMs}`;
      case 'type':
        return stored.toString('utf8', typeStart, typeEnd);
      case 'severity':
        return `${this.#rawSeverity(index, stored)}`;
      case 'facility':
        return `${this.#facility}`;
      case 'category':
      case undefined:
      default: {
        const text = this.#attributeText(index, stored);
        if (!isTime) return text;
        return textOf(epochMs(this.#isInteger(index) ? Number(text) : text));
      }
    }
  }

  #rawSeverity(index: number, stored: Buffer): number {
    const text = this.#attributeText(index, stored);
    return this.#isInteger(index) && Number(text) < this.#severities.length
      ? Number(text)
      : nearestRawSeverity(this.#severities, this.#head.severity);
  }

  #isInteger(index: number): boolean {
    return this.#attributes.tokens[index] === tokens.integer;
  }

  /** Empty for one that is not there. */
  #attributeText(index: number, stored: Buffer): string {
    const token = this.#attributes.tokens[index] ?? tokens.absent;
    const [start = 0, end = 0] = [this.#attributes.starts[index], this.#attributes.ends[index]];
    if (token <= tokens.null) return '';
    if (token !== tokens.escaped) return stored.toString('utf8', start, end);
    return textOf(JSON.parse(stored.toString('utf8', start - 1, end + 1)));
  }
}

function compilePairs(feed: Feed, options: EncoderOptions): readonly Pair[] {
  return compileStrictPairs(feed, options).map(({ name, places }) => {
    const index = feed.fields.findIndex((field) => field.name === name);
    const { role, type: attributeType } = feed.fields[index] ?? {};
    const isTime = attributeType === 'time';
    const [{ start, type, lengthMax } = { start: '', type: 'string', lengthMax: 0 }] = places;
    const written = (text: string) => {
      const pair = strictPair(places, text, options.hardened === true);
      return pair === '' ? '' : ` ${pair}`;
    };
    return {
      role: role === 'category' ? undefined : role,
      index,
      isTime,
      places,
      written: recurring.has(role) ? remembered(written) : written,
      start: Buffer.from(` ${start}`),
      plainBytesMax: type === 'string' && !isTime ? lengthMax : 0,
    };
  });
}
