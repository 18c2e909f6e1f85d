import type { Severity } from '../../core/event.ts';
import { AttributeScanner, tokens } from '../../feeds/attribute-scanner.ts';
import type { Feed, FieldRole } from '../../feeds/feed.ts';
import { RecurringTexts } from '../../feeds/recurring-texts.ts';
import { copyWords, LastWords, wordsOfText } from '../../lib/words.ts';
import type { EncoderOptions } from '../encoder.ts';
import { textOf } from '../line-text.ts';
import { StoredHead } from '../stored-head.ts';
import {
  compileStrictPairs,
  epochMs,
  externalId,
  type Place,
  strictPair,
} from './encode-strict-cef.ts';
import { copyAll, writePlainValue } from './plain-value.ts';
import { rawSeverityIn } from './raw-severity.ts';
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
  /** ` cs2Label=ClientVersion cs2=` */
  readonly start: DataView;
  /** The same wherever a value goes. */
  readonly startBytesMax: number;
  /** How long plain text, and how long a number, may be to go there as it is; 0 when none may. */
  readonly textBytesMax: number;
  readonly digitsMax: number;
  readonly takesAddresses: boolean;
  /** What is written for a text, with a space before it if it is anything. */
  readonly written: (text: string) => string;
  /** The same for texts of which there are few. */
  readonly recurring: RecurringTexts<DataView>;
  /** The same for the numbers from 0 on of which there are few. */
  readonly numbered: readonly DataView[];
}

/** Whole numbers of so many digits fit whatever value they have. */
const digitsMaxByType = { string: 15, long: 15, integer: 9, time: 15, ipv4: 0, ipv6: 0 } as const;

const [dot, digit0, digit9, bar] = [0x2e, 0x30, 0x39, 0x7c];
const facilitiesMax = 24;
const severityTexts = Array.from({ length: 11 }, (_, severity) => wordsOfText(`${severity}`));
const noText = wordsOfText('');
/** What one byte of a value may become. */
const growth = 3;
/** All before the extension: see `cefHeaderLengths`. */
const headBytesMax = 8192;

class StrictCefWriter implements LineWriter {
  readonly #head = new StoredHead();
  readonly #attributes: AttributeScanner;
  readonly #headers: RecurringTexts<DataView>;
  readonly #pairs: readonly Pair[];
  readonly #facility: number;
  readonly #severities: readonly Severity[];
  /** Undefined where an `=` is not simply escaped. */
  readonly #equalsSign: DataView | undefined;
  readonly #fixedBytes: number;
  readonly #words = new LastWords();

  constructor(feed: Feed, options: EncoderOptions) {
    const { hardened = false, facility } = options;
    const header = compileStrictHeader(feed, hardened);
    const nothing = { id: '', occurredAtMs: 0, severity: 0, fields: {} } as const;
    this.#headers = new RecurringTexts((type) => wordsOfText(header({ ...nothing, type })));
    this.#attributes = new AttributeScanner(feed.fields);
    this.#pairs = compilePairs(feed, options);
    this.#facility = facility;
    this.#severities = feed.severities;
    this.#equalsSign = hardened ? undefined : wordsOfText('\\=');
    this.#fixedBytes = this.#pairs.reduce((sum, pair) => sum + pair.startBytesMax, headBytesMax);
  }

  sizeBytesMax(storedBytes: number): number {
    return this.#fixedBytes + storedBytes * growth;
  }

  write(stored: Buffer, start: number, end: number, to: Buffer, at: number): number {
    const head = this.#head;
    const fieldsStart = head.read(stored, start);
    if (fieldsStart === -1 || !this.#attributes.scan(stored, fieldsStart, end - 1)) return -1;
    const words = this.#words.of(to);
    const header = this.#headers.read(stored, head.typeStart, head.typeEnd);
    const severityAt = copyAll(header, words, at);
    const extensionAt = copyAll(severityTexts[head.severity] ?? noText, words, severityAt);
    let length = extensionAt;
    for (const pair of this.#pairs) {
      const written = this.#writeBytes(pair, stored, words, length);
      length = written === -1 ? this.#writeText(pair, stored, to, length) : written;
    }
    // What stands before the first pair, or for the missing extension, ends the header.
    to[extensionAt] = bar;
    return Math.max(length, extensionAt + 1);
  }

  /**
   * Writes the pair, with a space before it, and answers where it ends: `at` when there is none; -1
   * for a value that has to go by way of a string.
   */
  #writeBytes(pair: Pair, stored: Buffer, to: DataView, at: number): number {
    const { role, index, numbered } = pair;
    const head = this.#head;
    switch (role) {
      case 'id':
        return this.#writePlain(pair, head.idStart, head.idEnd, to, at);
      case 'time':
        return this.#writeDigits(pair, head.timeStart, head.timeEnd, to, at);
      case 'type':
        return copyAll(pair.recurring.read(stored, head.typeStart, head.typeEnd), to, at);
      case 'severity':
        return copyKnown(numbered[this.#rawSeverity(index, stored)], to, at);
      case 'facility':
        return copyKnown(numbered[this.#facility], to, at);
      case 'category':
      case undefined:
      default:
        return this.#writeAttribute(pair, stored, to, at);
    }
  }

  #writeAttribute(pair: Pair, stored: Buffer, to: DataView, at: number): number {
    const token = this.#attributes.tokens[pair.index] ?? tokens.absent;
    if (token <= tokens.null) return at;
    const start = this.#attributes.starts[pair.index] ?? 0;
    const end = this.#attributes.ends[pair.index] ?? 0;
    if (token === tokens.integer) return this.#writeDigits(pair, start, end, to, at);
    if (token !== tokens.text) return -1;
    if (!pair.takesAddresses) return this.#writePlain(pair, start, end, to, at);
    if (!isDottedQuad(stored, start, end)) return -1;
    return copyWords(this.#attributes.words, start, end, to, copyAll(pair.start, to, at));
  }

  /** Text without escapes. */
  #writePlain(pair: Pair, start: number, end: number, to: DataView, at: number): number {
    if (end - start > pair.textBytesMax) return -1;
    const valueAt = copyAll(pair.start, to, at);
    const from = this.#attributes.words;
    const valueEnd = writePlainValue(from, start, end, to, valueAt, this.#equalsSign);
    return valueEnd === valueAt ? at : valueEnd;
  }

  #writeDigits(pair: Pair, start: number, end: number, to: DataView, at: number): number {
    if (end - start > pair.digitsMax) return -1;
    return copyWords(this.#attributes.words, start, end, to, copyAll(pair.start, to, at));
  }

  /** As `#writeBytes`, for every value. */
  #writeText(pair: Pair, stored: Buffer, to: Buffer, at: number): number {
    return at + to.write(pair.written(this.#textOf(pair, stored)), at);
  }

  #textOf({ role, index, isTime }: Pair, stored: Buffer): string {
    const { idStart, idEnd, occurredAtMs } = this.#head;
    if (role === 'id') return externalId(stored.toString('utf8', idStart, idEnd));
    if (role === 'time') return `${occurredAtMs}`;
    if (role === 'severity') return `${this.#rawSeverity(index, stored)}`;
    if (role === 'facility') return `${this.#facility}`;
    const text = this.#attributeText(index, stored);
    if (!isTime) return text;
    return textOf(epochMs(this.#isInteger(index) ? Number(text) : text));
  }

  #rawSeverity(index: number, stored: Buffer): number {
    const { severity } = this.#head;
    return rawSeverityIn(stored, this.#attributes, index, this.#severities, severity);
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

const noPlace: Place = { start: '', type: 'string', lengthMax: 0 };

function compilePairs(feed: Feed, options: EncoderOptions): readonly Pair[] {
  const hardened = options.hardened === true;
  return compileStrictPairs(feed, options).map(({ name, places }) => {
    const index = feed.fields.findIndex((field) => field.name === name);
    const { role, type: attributeType } = feed.fields[index] ?? {};
    const isTime = attributeType === 'time';
    const [{ start, type, lengthMax } = noPlace] = places;
    const written = (text: string) => {
      const pair = strictPair(places, text, hardened);
      return pair === '' ? '' : ` ${pair}`;
    };
    const numbers = { severity: feed.severities.length, facility: facilitiesMax };
    const few = role === 'severity' || role === 'facility' ? numbers[role] : 0;
    return {
      role: role === 'category' ? undefined : role,
      index,
      isTime,
      start: wordsOfText(` ${start}`),
      startBytesMax: Math.max(...places.map((place) => place.start.length)) + 1,
      textBytesMax: type === 'string' && !isTime ? lengthMax : 0,
      digitsMax: isTime && role === undefined ? 0 : Math.min(digitsMaxByType[type], lengthMax),
      takesAddresses: type === 'ipv4',
      written,
      recurring: new RecurringTexts((text) => wordsOfText(written(text))),
      numbered: Array.from({ length: few }, (_, number) => wordsOfText(written(`${number}`))),
    };
  });
}

/** An IPv4 address, as `net.isIPv4` has it; some that are one are not known. */
function isDottedQuad(bytes: Buffer, start: number, end: number): boolean {
  let at = start;
  for (let part = 1; part <= 4; part += 1) {
    const first = at;
    let value = 0;
    for (; at < end && at < first + 3; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte < digit0 || byte > digit9) break;
      value = value * 10 + byte - digit0;
    }
    const hasLeadingZero = bytes[first] === digit0 && at > first + 1;
    if (at === first || value > 255 || hasLeadingZero) return false;
    if (part === 4) break;
    if (bytes[at] !== dot) return false;
    at += 1;
  }
  return at === end;
}

function copyKnown(known: DataView | undefined, to: DataView, at: number): number {
  return known === undefined ? -1 : copyAll(known, to, at);
}
