import { storedEventStart } from './event.ts';
import type { StoredEvent, TailraceEvent } from './event.ts';

/** Stored events whose JSON is put together as bytes already. */
export interface EventLines {
  readonly ids: readonly string[];
  readonly occurredAtMs: readonly number[];
  /** One event's JSON per line, each line ended by LF. The only view of its memory. */
  readonly ndjson: Uint8Array<ArrayBuffer>;
}

const [lineFeed, closeBrace] = [0x0a, 0x7d];

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
    this.#bytes = larger;
  }
}
