import { parseStoredEvent } from '../../../../core/event.ts';
import type { TailraceEvent } from '../../../../core/event.ts';
import type { Position } from '../../../../core/stream.ts';
import { StoredHead } from '../../../../encode/stored-head.ts';
import { AttributeScanner, tokens } from '../../../../feeds/attribute-scanner.ts';
import { gapEventType } from '../../../../feeds/gap-record.ts';
import { parseIsoTime } from '../../../../feeds/iso-time.ts';
import type { GapView } from '../../api-types.ts';
import type { EventView } from '../events/event-view.ts';
import { HourCounts, hourOf } from './hour-counts.ts';

const gapsMax = 20;
const knownMax = 1000;

/** What the overview says of one stream's events, from their bytes. */
export class EventTally {
  readonly counts = new HourCounts();
  readonly #view: EventView;
  readonly #head = new StoredHead();
  readonly #scanner: AttributeScanner;
  readonly #categoryIndex: number;
  readonly #categories = new Map<string, string>();
  readonly #gaps = new Map<Position, GapView>();

  constructor(view: EventView) {
    const { fields } = view.feed;
    this.#view = view;
    this.#scanner = new AttributeScanner(fields);
    this.#categoryIndex = fields.findIndex(({ role }) => role === 'category');
  }

  /** Newest first. */
  get gaps(): readonly GapView[] {
    return [...this.#gaps.values()].toSorted((one, other) => other.position - one.position);
  }

  /** Adds the event whose JSON stands in `ndjson` from `start` to before `end`. */
  add(ndjson: Buffer, start: number, end: number, position: Position, nowHour: number): void {
    const fieldsStart = this.#head.read(ndjson, start);
    if (fieldsStart !== -1 && this.#addQuickly(ndjson, fieldsStart, end, nowHour)) return;
    const stored = parseStoredEvent(ndjson.toString('utf8', start, end));
    const event = this.#view.complete(stored);
    this.counts.add(this.#view.categoryOf(event), hourOf(event.occurredAtMs), nowHour);
    if (event.type === gapEventType) this.#addGap(event, position);
  }

  /** False for what is to be parsed: gap records, and what the scanner does not know. */
  #addQuickly(ndjson: Buffer, fieldsStart: number, end: number, nowHour: number): boolean {
    const { typeStart, typeEnd, occurredAtMs } = this.#head;
    const type = ndjson.toString('utf8', typeStart, typeEnd);
    if (type === gapEventType) return false;
    const index = this.#categoryIndex;
    let own = '';
    if (index !== -1) {
      if (!this.#scanner.scan(ndjson, fieldsStart, end - 1)) return false;
      const token = this.#scanner.tokens[index];
      if (token === tokens.escaped) return false;
      const { starts, ends } = this.#scanner;
      if (token === tokens.text) own = ndjson.toString('utf8', starts[index], ends[index]);
    }
    this.counts.add(this.#categoryFor(own, type), hourOf(occurredAtMs), nowHour);
    return true;
  }

  #categoryFor(own: string, type: string): string {
    const key = own === '' ? `type ${type}` : `own ${own}`;
    const known = this.#categories.get(key);
    if (known !== undefined) return known;
    const name = this.#view.feed.fields[this.#categoryIndex]?.name;
    const fields = name === undefined ? {} : { [name]: own };
    const event = { id: '', occurredAtMs: 0, type, severity: 0, fields } as const;
    const category = this.#view.categoryOf(event);
    if (this.#categories.size >= knownMax) this.#categories.clear();
    this.#categories.set(key, category);
    return category;
  }

  #addGap(event: TailraceEvent, position: Position): void {
    this.#gaps.set(position, gapView(this.#view, event, position));
    if (this.#gaps.size > gapsMax) this.#gaps.delete(Math.min(...this.#gaps.keys()));
  }
}

function gapView(view: EventView, event: TailraceEvent, position: Position): GapView {
  const { gapFrom, gapUntil, gapCount } = event.fields;
  const { summary } = view.row(event, position);
  return {
    feed: view.feed.name,
    position,
    noticedAtMs: event.occurredAtMs,
    fromMs: timeIn(gapFrom),
    untilMs: timeIn(gapUntil),
    count: typeof gapCount === 'number' ? gapCount : null,
    // The sentence says first from when until when: the reason stands behind it.
    reason: summary.replace(/^.*? are missing: /, ''),
  };
}

function timeIn(value: unknown): number | null {
  return typeof value === 'string' ? (parseIsoTime(value) ?? null) : null;
}
