import { AppError, errorMessage } from '../../core/errors.ts';
import { type EventLines, EventLinesWriter } from '../../core/event-lines.ts';
import { storedEventOfLine, storedEventWithFieldsText, toStoredEvent } from '../../core/event.ts';
import type { JsonValue } from '../../core/json.ts';
import { compileLineReader, type LineReader } from '../../encode/line-reader.ts';
import type { Feed } from '../../feeds/feed.ts';
import { copyUnescaped } from '../../lib/json-text.ts';
import { isExact, isJsonObject, parseInexact } from '../exact-json.ts';
import type { DruvaCheckpoint, Occurrences } from './checkpoint.ts';
import { compileHeaderReader, type HeaderReader } from './line-header.ts';
import { LineIdentities, lineIdentity } from './line-identity.ts';
import { LineOccurrences } from './line-occurrences.ts';
import { kinds, type PageElements } from './page-elements.ts';
import { unreadableEvent } from './unreadable-event.ts';

/** A page's events as they are to be stored. */
export interface ReadPage {
  readonly events: EventLines;
  /** Of the events that could be read; undefined when there are none. */
  readonly oldestMs: number | undefined;
  readonly newestMs: number | undefined;
  /** How many could not be read and are kept as they came, and what was wrong with the first. */
  readonly unreadable: number;
  readonly firstReason: string | undefined;
  /** What the next page's lines are to be told apart by; undefined when this one had no lines. */
  readonly occurrences: Occurrences | undefined;
}

/** Throws `source_misbehaved` for an element that is no JSON. */
export type EventReader = (elements: PageElements, from: ReadFrom) => ReadPage;

export interface ReadFrom {
  readonly checkpoint: DruvaCheckpoint;
  /** Stands in where nothing on the page has a time, and nothing is held. */
  readonly nowMs: number;
}

const dayMs = 86_400_000;
/** What a stored event has beside its element, for a first guess at the memory that a page needs. */
const addedBytes = 160;

/**
 * Reads pages of `feed`, in whichever format they come. Loses nothing: an element that is no event
 * of the feed becomes an event that holds it as it came. One without a time gets the midnight before
 * its neighbour's: the same also when it comes again on a page that was cut elsewhere, so that it is
 * recognised.
 */
export function createEventReader(feed: Feed): EventReader {
  const readers = { feed, header: compileHeaderReader(feed), line: compileLineReader(feed) };
  return (elements, { checkpoint, nowMs }) => {
    const reading = new PageReading(readers, elements, checkpoint.occurrences);
    let oldestMs: number | undefined;
    let newestMs: number | undefined;
    let lastMs: number | undefined;
    let unreadable = 0;
    let firstReason: string | undefined;
    for (let index = 0; index < elements.length; index += 1) {
      try {
        const timeMs = reading.add(index);
        lastMs = timeMs;
        oldestMs = oldestMs === undefined || timeMs < oldestMs ? timeMs : oldestMs;
        newestMs = newestMs === undefined || timeMs > newestMs ? timeMs : newestMs;
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        unreadable += 1;
        firstReason ??= errorMessage(error);
        lastMs ??= reading.timeBehind(index) ?? checkpoint.heldMs ?? nowMs;
        reading.addUnreadable(index, errorMessage(error), Math.floor(lastMs / dayMs) * dayMs);
      }
    }
    return { ...reading.finish(), oldestMs, newestMs, unreadable, firstReason };
  };
}

interface Readers {
  readonly feed: Feed;
  readonly header: HeaderReader;
  readonly line: LineReader;
}

/** The reading of one page. What is as it mostly is never leaves its bytes. */
class PageReading {
  readonly #readers: Readers;
  readonly #elements: PageElements;
  readonly #lines: EventLinesWriter;
  readonly #identities = new LineIdentities();
  readonly #occurrences: LineOccurrences;
  #unescaped = Buffer.allocUnsafeSlow(4096);

  constructor(readers: Readers, elements: PageElements, before: Occurrences | undefined) {
    this.#readers = readers;
    this.#elements = elements;
    this.#lines = new EventLinesWriter(elements.bytes.length + elements.length * addedBytes);
    this.#occurrences = new LineOccurrences(before);
  }

  /** Returns the event's time. Throws `line_invalid`, `input_invalid` or `source_misbehaved`. */
  add(index: number): number {
    const { kinds: found, starts, ends } = this.#elements;
    const kind = found[index];
    const start = starts[index] ?? 0;
    const end = ends[index] ?? 0;
    let addedMs: number | undefined;
    if (kind === kinds.object) addedMs = this.#addPlainObject(start, end);
    if (kind === kinds.plainString) addedMs = this.#addPlainLine(start, end);
    if (kind === kinds.escapedString) addedMs = this.#addEscapedLine(start, end);
    return addedMs ?? this.#addParsed(this.#elementAt(index));
  }

  /** Of the first event behind `index` that can be read; adds nothing. */
  timeBehind(index: number): number | undefined {
    for (let behind = index + 1; behind < this.#elements.length; behind += 1) {
      try {
        return this.#timeOf(this.#elementAt(behind));
      } catch (error) {
        if (!isUnreadable(error)) throw error;
      }
    }
    return undefined;
  }

  addUnreadable(index: number, reason: string, fallbackMs: number): void {
    const { feed } = this.#readers;
    const { value } = this.#elementAt(index);
    this.#lines.add(toStoredEvent(unreadableEvent(feed, value, reason, fallbackMs)));
  }

  finish(): Pick<ReadPage, 'events' | 'occurrences'> {
    return { events: this.#lines.finish(), occurrences: this.#occurrences.last() };
  }

  #timeOf({ value }: ParsedElement): number {
    const { feed, header, line } = this.#readers;
    if (typeof value === 'string') return (header.ofLine(value) ?? line(value)).occurredAtMs;
    if (!isJsonObject(value)) throw noEvent();
    return feed.readEvent(value).event.occurredAtMs;
  }

  #addPlainLine(start: number, end: number): number | undefined {
    return this.#addLineIn(this.#elements.bytes, start + 1, end - 1, start, end);
  }

  #addEscapedLine(start: number, end: number): number | undefined {
    const { bytes } = this.#elements;
    if (end - start > this.#unescaped.length) this.#unescaped = Buffer.allocUnsafeSlow(end - start);
    const length = copyUnescaped(bytes, start + 1, end - 1, this.#unescaped, 0);
    return length === -1 ? undefined : this.#addLineIn(this.#unescaped, 0, length, start, end);
  }

  /**
   * The line in `line` from `from` to before `until`, which came as the JSON string in the page from
   * `start` to before `end`. One as the vendor writes it holds everything, so that its attributes
   * need not be read before somebody asks for them; undefined for any other.
   */
  #addLineIn(
    line: Buffer,
    from: number,
    until: number,
    start: number,
    end: number,
  ): number | undefined {
    const header = this.#readers.header.ofBytes(line, from, until);
    if (header === undefined) return undefined;
    const { occurredAtMs, summary } = header;
    const id = this.#occurrences.numberedId(this.#identities.of(line, from, until), occurredAtMs);
    this.#lines.addOfLine(id, summary, this.#elements.bytes, start, end);
    return occurredAtMs;
  }

  /** Attributes that are canonical stay the bytes they were. Undefined for any others. */
  #addPlainObject(start: number, end: number): number | undefined {
    const { bytes } = this.#elements;
    const event = this.#readers.feed.scanEvent?.(bytes, start, end);
    if (event === undefined) return undefined;
    this.#lines.addWithFields(event, bytes, start, end);
    return event.occurredAtMs;
  }

  #addParsed({ value, text }: ParsedElement): number {
    if (typeof value === 'string') return this.#addLine(value, text ?? JSON.stringify(value));
    if (!isJsonObject(value)) throw noEvent();
    const { event, canonical } = this.#readers.feed.readEvent(value);
    const isKept = canonical && text !== undefined;
    this.#lines.add(isKept ? storedEventWithFieldsText(event, text) : toStoredEvent(event));
    return event.occurredAtMs;
  }

  /**
   * `text` is the line as a JSON string. Where the header does not say enough, the attributes are
   * kept beside the line. Identical lines are events of their own; see `LineOccurrences`.
   */
  #addLine(line: string, text: string): number {
    const header = this.#readers.header.ofLine(line);
    if (header === undefined) {
      const event = this.#readers.line(line);
      const id = this.#occurrences.numberedId(event.id, event.occurredAtMs);
      this.#lines.add(toStoredEvent({ ...event, id, original: line }));
      return event.occurredAtMs;
    }
    const { occurredAtMs, type, severity } = header;
    const id = this.#occurrences.numberedId(lineIdentity(line), occurredAtMs);
    this.#lines.add(storedEventOfLine({ id, occurredAtMs, type, severity }, text));
    return occurredAtMs;
  }

  #elementAt(index: number): ParsedElement {
    const { bytes, kinds: found, starts, ends } = this.#elements;
    const text = bytes.toString('utf8', starts[index], ends[index]);
    if (found[index] === kinds.line) return { value: text, text: undefined };
    try {
      const value: JsonValue = JSON.parse(text);
      if (!isExact(value)) return { value: parseInexact(text), text: undefined };
      return { value, text: /[\n\r]/.test(text) ? undefined : text };
    } catch (error) {
      const message = `element ${index + 1} of the page is not JSON`;
      throw new AppError('source_misbehaved', message, { cause: error });
    }
  }
}

/** A JSON object or a line; whatever else stands there comes as it is. */
interface ParsedElement {
  readonly value: JsonValue;
  /** The JSON that `value` was read from, when it says exactly the same and stands on one line. */
  readonly text: string | undefined;
}

function noEvent(): AppError {
  return new AppError('input_invalid', 'expected an object or a line');
}

function isUnreadable(error: unknown): boolean {
  return error instanceof AppError && ['input_invalid', 'line_invalid'].includes(error.code);
}
