import { parseStoredEvent } from '../../../../core/event.ts';
import type { TailraceEvent } from '../../../../core/event.ts';
import { StoredHead } from '../../../../encode/stored-head.ts';
import { AttributeScanner, tokens } from '../../../../feeds/attribute-scanner.ts';
import type { EventView } from './event-view.ts';
import { escapeIn, FoldedLines } from './folded-lines.ts';
import { hasWords, isOfKind } from './wanted-events.ts';
import type { WantedEvents } from './wanted-events.ts';

const verdictsMax = 1000;

/** In every stored event that has a line. */
const keptLineMark = Buffer.from(',"original":');

/** An event as it is stored, and with its attributes if it is kept as a line. */
export interface ReadEvent {
  readonly stored: TailraceEvent;
  readonly event: TailraceEvent;
}

/** Stored events, one per line, each ended by LF. */
export interface Lines {
  readonly ndjson: Buffer;
  readonly count: number;
}

/**
 * Picks the wanted events out of blocks. What an event's bytes tell already is decided there; only
 * what may be wanted is parsed, and then decided for good.
 */
export class EventSieve {
  readonly #view: EventView;
  readonly #wanted: WantedEvents;
  readonly #typeBytes: Buffer | undefined;
  /** How a wanted type stands in every stored event that has it. */
  readonly #typeText: Buffer | undefined;
  readonly #folded: FoldedLines | undefined;
  /** One of them stands in every event that has a wanted state and is no kept line. */
  readonly #stateTexts: readonly string[];
  readonly #head = new StoredHead();
  readonly #scanner: AttributeScanner;
  readonly #categoryIndex: number;
  readonly #stateIndex: number;
  /** Whether a category that stood in an event is the wanted one. */
  readonly #verdicts = new Map<string, boolean>();

  constructor(view: EventView, wanted: WantedEvents) {
    const { fields } = view.feed;
    const { type, state, words } = wanted;
    this.#view = view;
    this.#wanted = wanted;
    this.#typeBytes = type === undefined ? undefined : Buffer.from(type);
    this.#typeText =
      type === undefined ? undefined : Buffer.from(`,"type":${JSON.stringify(type)},"severity":`);
    this.#folded = words.length === 0 ? undefined : new FoldedLines(words);
    this.#stateTexts = state === undefined ? [] : [state, escapeIn([state])];
    this.#scanner = new AttributeScanner(fields);
    this.#categoryIndex = fields.findIndex(({ role }) => role === 'category');
    this.#stateIndex = fields.findIndex(({ name }) => name === view.glance.state);
  }

  /** The indexes of the lines that may be wanted, and where each begins and ends. */
  *candidates({ ndjson, count }: Lines): Iterable<{ line: number; start: number; end: number }> {
    if (this.#typeText !== undefined && ndjson.indexOf(this.#typeText) === -1) return;
    const holdsLines = ndjson.includes(keptLineMark);
    if (!holdsLines && !this.#mayHoldState(ndjson)) return;
    const folded = this.#folded?.candidates(ndjson, count);
    if (folded !== undefined && !holdsLines && !folded.includes(1)) return;
    let start = 0;
    for (let line = 0; line < count; line += 1) {
      const end = ndjson.indexOf(0x0a, start);
      const mayHoldWords =
        folded === undefined ||
        folded[line] === 1 ||
        (holdsLines && this.#isKeptLine(ndjson, start));
      if (mayHoldWords && this.#mayBeWanted(ndjson, start, end)) yield { line, start, end };
      start = end + 1;
    }
  }

  /** The event when it is wanted. */
  wantedEvent(ndjson: Buffer, start: number, end: number): ReadEvent | undefined {
    const stored = parseStoredEvent(ndjson.toString('utf8', start, end));
    if (!isOfKind(stored, this.#wanted)) return undefined;
    const event = this.#view.complete(stored);
    return this.#isWanted(event) ? { stored, event } : undefined;
  }

  #mayHoldState(ndjson: Buffer): boolean {
    const texts = this.#stateTexts;
    return texts.length === 0 || texts.some((text) => ndjson.includes(text));
  }

  #isWanted(event: TailraceEvent): boolean {
    const { category, state, words } = this.#wanted;
    return (
      (category === undefined || this.#view.categoryOf(event) === category) &&
      (state === undefined || this.#view.stateOf(event) === state) &&
      hasWords(event, words)
    );
  }

  /** The attributes of such an event stand in the line in another writing than JSON's. */
  #isKeptLine(ndjson: Buffer, start: number): boolean {
    return this.#head.read(ndjson, start) === -1;
  }

  #mayBeWanted(ndjson: Buffer, start: number, end: number): boolean {
    const { category, state, minimumSeverity } = this.#wanted;
    const fieldsStart = this.#head.read(ndjson, start);
    if (fieldsStart === -1) return true;
    if (this.#head.severity < minimumSeverity) return false;
    if (!this.#isWantedType(ndjson)) return false;
    if (category === undefined && state === undefined) return true;
    if (!this.#scanner.scan(ndjson, fieldsStart, end - 1)) return true;
    return this.#mayBeCategory(ndjson) && this.#mayBeState(ndjson);
  }

  #isWantedType(ndjson: Buffer): boolean {
    const wanted = this.#typeBytes;
    if (wanted === undefined) return true;
    const { typeStart, typeEnd } = this.#head;
    return wanted.compare(ndjson, typeStart, typeEnd) === 0;
  }

  #mayBeCategory(ndjson: Buffer): boolean {
    if (this.#wanted.category === undefined) return true;
    const { typeStart, typeEnd } = this.#head;
    const type = (): string => ndjson.toString('utf8', typeStart, typeEnd);
    const index = this.#categoryIndex;
    const token = this.#scanner.tokens[index] ?? tokens.absent;
    if (token === tokens.escaped) return true;
    const own = token === tokens.text ? this.#text(ndjson, index) : '';
    const key = own === '' ? `type ${type()}` : `own ${own}`;
    const known = this.#verdicts.get(key);
    if (known !== undefined) return known;
    const verdict = this.#categoryFor(own, type()) === this.#wanted.category;
    if (this.#verdicts.size >= verdictsMax) this.#verdicts.clear();
    this.#verdicts.set(key, verdict);
    return verdict;
  }

  #categoryFor(own: string, type: string): string {
    const name = this.#view.feed.fields[this.#categoryIndex]?.name;
    const fields = name === undefined ? {} : { [name]: own };
    return this.#view.categoryOf({ id: '', occurredAtMs: 0, type, severity: 0, fields });
  }

  #mayBeState(ndjson: Buffer): boolean {
    const { state } = this.#wanted;
    if (state === undefined) return true;
    const index = this.#stateIndex;
    const token = this.#scanner.tokens[index] ?? tokens.absent;
    if (token === tokens.escaped) return true;
    return token !== tokens.absent && this.#text(ndjson, index) === state;
  }

  #text(ndjson: Buffer, index: number): string {
    return ndjson.toString('utf8', this.#scanner.starts[index], this.#scanner.ends[index]);
  }
}
