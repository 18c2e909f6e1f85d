import { isUtf8 } from 'node:buffer';
import { AppError } from '../../core/errors.ts';
import type { TailraceEvent } from '../../core/event.ts';
import { type EventLines, noEvents } from '../../core/event-lines.ts';
import { isDeeperThan, jsonLevelsMax, type JsonValue } from '../../core/json.ts';
import { withinTime } from '../../feeds/iso-time.ts';

const lineFeed = 0x0a;
/** Printable ASCII, as everywhere in a stream. */
const idPattern = /^[!-~]{1,128}$/;

/**
 * The events of a page, each with exactly the text that was received. Throws `source_misbehaved` for
 * a line that is no stored event: then positions cannot be told either, so nothing of the page is.
 */
export function readStoredEvents(ndjson: Buffer): EventLines {
  if (ndjson.length === 0) return noEvents;
  if (!isUtf8(ndjson)) throw misbehaved('not everything is UTF-8');
  const ids: string[] = [];
  const occurredAtMs: number[] = [];
  for (let start = 0; start < ndjson.length;) {
    const end = ndjson.indexOf(lineFeed, start);
    if (end === -1) throw misbehaved('the last line is not complete');
    const event = parse(ndjson.toString('utf8', start, end));
    if (!isTailraceEvent(event)) throw misbehaved(`line ${ids.length + 1} is not a stored event`);
    ids.push(event.id);
    occurredAtMs.push(event.occurredAtMs);
    start = end + 1;
  }
  return { ids, occurredAtMs, ndjson: new Uint8Array(ndjson) };
}

/** Undefined for what is no JSON, or deeper than anything could be written that reads it again. */
function parse(json: string): JsonValue | undefined {
  try {
    const value: JsonValue = JSON.parse(json);
    return isDeeperThan(value, jsonLevelsMax) ? undefined : value;
  } catch {
    return undefined;
  }
}

function isTailraceEvent(value: unknown): value is TailraceEvent {
  if (typeof value !== 'object' || value === null) return false;
  const event: Partial<Record<keyof TailraceEvent, unknown>> = value;
  const { id, occurredAtMs, type, severity, fields, original } = event;
  return (
    typeof id === 'string' &&
    idPattern.test(id) &&
    isTime(occurredAtMs) &&
    typeof type === 'string' &&
    typeof severity === 'number' &&
    severity >= 0 &&
    severity <= 10 &&
    typeof fields === 'object' &&
    fields !== null &&
    !Array.isArray(fields) &&
    (original === undefined || typeof original === 'string')
  );
}

/** As every feed reads it; a store holds no others. */
function isTime(value: unknown): boolean {
  return Number.isInteger(value) && withinTime(Number(value)) === value;
}

function misbehaved(message: string): AppError {
  return new AppError('source_misbehaved', `the Streams API sent a page in which ${message}`);
}
