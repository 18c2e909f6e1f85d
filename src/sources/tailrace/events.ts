import { AppError } from '../../core/errors.ts';
import type { StoredEvent, TailraceEvent } from '../../core/event.ts';
import { withinTime } from '../../feeds/iso-time.ts';

/** Printable ASCII, as everywhere in a stream. */
const idPattern = /^[!-~]{1,128}$/;

/**
 * The events of a page, each with exactly the text that was received. Throws `source_misbehaved` for
 * a line that is no stored event: then positions cannot be told either, so nothing of the page is.
 */
export function readStoredEvents(ndjson: Buffer): readonly StoredEvent[] {
  const text = ndjson.toString('utf8');
  if (text === '') return [];
  if (!text.endsWith('\n')) throw misbehaved('the last line is not complete');
  return text.slice(0, -1).split('\n').map(readStoredEvent);
}

function readStoredEvent(json: string, index: number): StoredEvent {
  const event = parse(json);
  if (!isTailraceEvent(event)) throw misbehaved(`line ${index + 1} is not a stored event`);
  return { id: event.id, occurredAtMs: event.occurredAtMs, json };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
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
