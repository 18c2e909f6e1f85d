import { lineEnds, pickLines } from '../lib/ndjson.ts';
import { releaseMemory } from '../lib/release-memory.ts';
import { storedEventStart, storedEventSummary } from './event.ts';
import type { StoredEvent, TailraceEvent } from './event.ts';

/** Stored events whose JSON is put together as bytes already. */
export interface EventLines {
  readonly ids: readonly string[];
  readonly occurredAtMs: readonly number[];
  /** One event's JSON per line, each line ended by LF. The only view of its memory. */
  readonly ndjson: Uint8Array<ArrayBuffer>;
}

const [lineFeed, closeBrace] = [0x0a, 0x7d];
const lineEventEnd = ',"fields":{}}\n';
const lineBytesAdded = 64;
const eventBytes = 512;

export const noEvents: EventLines = { ids: [], occurredAtMs: [], ndjson: new Uint8Array() };

/** What lines have in common that say the same before their attributes. */
export interface LineSummary {
  readonly occurredAtMs: number;
  /** UTF-8 of what stands between a line and its event's id. */
  readonly json: Buffer;
}

export function lineSummary(
  event: Pick<TailraceEvent, 'occurredAtMs' | 'type' | 'severity'>,
): LineSummary {
  const json = Buffer.from(`"${storedEventSummary(event)},"original":`);
  return { occurredAtMs: event.occurredAtMs, json };
}

/** The caller guarantees that the JSON of each event is one line. */
export function eventLinesOf(events: readonly StoredEvent[]): EventLines {
  const writer = new EventLinesWriter(events.length * eventBytes);
  for (const event of events) writer.add(event);
  return writer.finish();
}

/** A copy of `lines`, and behind `before`. */
export function linesBehind(before: readonly StoredEvent[], lines: EventLines): EventLines {
  const first = eventLinesOf(before);
  const ndjson = Buffer.allocUnsafeSlow(first.ndjson.length + lines.ndjson.length);
  ndjson.set(first.ndjson);
  ndjson.set(lines.ndjson, first.ndjson.length);
  return {
    ids: first.ids.concat(lines.ids),
    occurredAtMs: first.occurredAtMs.concat(lines.occurredAtMs),
    ndjson,
  };
}

/** A copy of those for which `isChosen` says so. */
export function someOfLines(
  { ids, occurredAtMs, ndjson }: EventLines,
  isChosen: (id: string, occurredAtMs: number) => boolean,
): EventLines {
  const chosen: number[] = [];
  ids.forEach((id, index) => {
    if (isChosen(id, occurredAtMs[index] ?? Number.NaN)) chosen.push(index);
  });
  const bytes = Buffer.from(ndjson.buffer, ndjson.byteOffset, ndjson.length);
  return {
    ids: chosen.map((index) => ids[index] ?? ''),
    occurredAtMs: chosen.map((index) => occurredAtMs[index] ?? Number.NaN),
    ndjson: new Uint8Array(pickLines(bytes, lineEnds(bytes, ids.length), chosen)),
  };
}

/** Gathers stored events as the bytes that a store keeps, without a string for each on the way. */
export class EventLinesWriter {
  readonly #ids: string[] = [];
  readonly #occurredAtMs: number[] = [];
  #bytes: Buffer<ArrayBuffer>;
  #length = 0;

  constructor(expectedBytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(64, expectedBytes));
  }

  /** The caller guarantees that the event's JSON is one line. */
  add({ id, occurredAtMs, json }: StoredEvent): void {
    this.#begin(id, occurredAtMs, json.length * 3 + 1);
    this.#length += this.#bytes.write(json, this.#length);
    this.#bytes[this.#length++] = lineFeed;
  }

  /** As `storedEventWithFieldsText`, with the fields' UTF-8 in `bytes` from `start` to before `end`. */
  addWithFields(
    event: Omit<TailraceEvent, 'fields'>,
    bytes: Buffer,
    start: number,
    end: number,
  ): void {
    const beginning = storedEventStart(event);
    this.#begin(event.id, event.occurredAtMs, beginning.length * 3 + end - start + 2);
    this.#length += this.#bytes.write(beginning, this.#length);
    this.#length += bytes.copy(this.#bytes, this.#length, start, end);
    this.#bytes[this.#length++] = closeBrace;
    this.#bytes[this.#length++] = lineFeed;
  }

  /**
   * As `storedEventOfLine`, with the UTF-8 of the JSON string that the line came as in `bytes` from
   * `start` to before `end`. The caller guarantees that JSON does not escape the id.
   */
  addOfLine(id: string, summary: LineSummary, bytes: Buffer, start: number, end: number): void {
    const { occurredAtMs, json } = summary;
    const neededBytes = id.length + json.length + end - start + lineBytesAdded;
    this.#begin(id, occurredAtMs, neededBytes);
    let at = this.#length;
    at += this.#bytes.write(`{"id":"${id}`, at, 'latin1');
    this.#bytes.set(json, at);
    at += json.length;
    at += bytes.copy(this.#bytes, at, start, end);
    at += this.#bytes.write(lineEventEnd, at, 'latin1');
    this.#length = at;
  }

  /** What was added; the writer is used up. */
  finish(): EventLines {
    const { buffer, byteOffset } = this.#bytes;
    const ndjson = new Uint8Array(buffer, byteOffset, this.#length);
    return { ids: this.#ids, occurredAtMs: this.#occurredAtMs, ndjson };
  }

  #begin(id: string, occurredAtMs: number, neededBytes: number): void {
    this.#ids.push(id);
    this.#occurredAtMs.push(occurredAtMs);
    const needed = this.#length + neededBytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    releaseMemory(this.#bytes);
    this.#bytes = larger;
  }
}
