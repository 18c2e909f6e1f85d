import { AppError } from '../core/errors.ts';
import type { StoredEvent } from '../core/event.ts';
import type { EventLines } from '../core/event-lines.ts';

/** The years 1 to 9999: what a date can be written as everywhere. */
const timeMsMin = -62_135_596_800_000;
const timeMsMax = 253_402_300_799_999;

const lf = 0x0a;

/** Reused from append to append: writing into one large place is the fastest way to encode. */
const scratchBytesKept = 4 * 1024 ** 2;
let scratch = Buffer.allocUnsafeSlow(64 * 1024);

/** Throws `input_invalid` naming the event that cannot be stored. */
export function toLines(events: readonly StoredEvent[]): EventLines {
  events.forEach(assertStorable);
  return {
    ids: events.map(({ id }) => id),
    occurredAtMs: events.map(({ occurredAtMs }) => occurredAtMs),
    ndjson: encodeLines(events.map(({ json }) => json)),
  };
}

/** Each line ended by LF, in memory of its own. */
export function encodeLines(lines: readonly string[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const line of lines) {
    // UTF-8 takes at most three bytes for a UTF-16 unit.
    reserve(length, line.length * 3 + 1);
    length += scratch.write(line, length, 'utf8');
    scratch[length++] = lf;
  }
  const bytes = new Uint8Array(scratch.subarray(0, length));
  if (scratch.length > scratchBytesKept) scratch = Buffer.allocUnsafeSlow(scratchBytesKept);
  return bytes;
}

function reserve(usedBytes: number, neededBytes: number): void {
  if (usedBytes + neededBytes <= scratch.length) return;
  const larger = Buffer.allocUnsafeSlow((usedBytes + neededBytes) * 2);
  larger.set(scratch.subarray(0, usedBytes));
  scratch = larger;
}

function assertStorable({ id, occurredAtMs, json }: StoredEvent, index: number): void {
  const fault = faultOf(id, occurredAtMs, json);
  if (fault) throw new AppError('input_invalid', `event ${index + 1}: ${fault}`);
}

function faultOf(id: string, occurredAtMs: number, json: string): string | undefined {
  if (id === '' || id.includes('\n')) return 'the id must be one line that is not empty';
  if (json === '' || json.includes('\n')) return 'the JSON must be one line that is not empty';
  const isDate = occurredAtMs >= timeMsMin && occurredAtMs <= timeMsMax;
  if (isDate && Number.isInteger(occurredAtMs)) return undefined;
  return `the time must be whole milliseconds in the years 1 to 9999, got ${occurredAtMs}`;
}
