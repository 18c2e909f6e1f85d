import { AppError, errorMessage } from '../../core/errors.ts';
import { EventLinesWriter } from '../../core/event-lines.ts';
import type { EventLines } from '../../core/event-lines.ts';
import { storedEventWithFieldsText, toStoredEvent } from '../../core/event.ts';
import type { StoredEvent } from '../../core/event.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { Feed, ReadEvent } from '../../feeds/feed.ts';
import { eventTexts } from './event-texts.ts';
import type { BatchLimits, EventText } from './event-texts.ts';

export interface Batch {
  readonly events: EventLines;
  /** Left out because their category is not exported. */
  readonly skipped: number;
}

/** What a stored event has beside what came, for a first guess at the memory that a batch needs. */
const addedBytes = 160;
const eventBytesMin = 320;

/**
 * The events of a body that are to be recorded. Throws `input_invalid` or `too_large` for the first
 * one that is not acceptable, naming its line, the attribute, what was expected and what came.
 */
export function readBatch(
  body: Buffer,
  feed: Feed,
  isRecorded: (category: string) => boolean,
  limits: BatchLimits,
): Batch {
  const expectedEvents = Math.min(body.length / eventBytesMin, limits.events);
  const lines = new EventLinesWriter(Math.ceil(body.length + expectedEvents * addedBytes));
  let skipped = 0;
  for (const piece of eventTexts(body, limits)) {
    const { bytes } = piece;
    const scanned = bytes && feed.scanEvent?.(body, bytes.start, bytes.end);
    if (bytes !== undefined && scanned !== undefined) {
      if (isRecorded(scanned.category)) lines.addWithFields(scanned, body, bytes.start, bytes.end);
      else skipped += 1;
      continue;
    }
    const read = readPiece(piece, feed);
    if (isRecorded(read.category)) lines.add(storedForm(read, piece.text));
    else skipped += 1;
  }
  return { events: lines.finish(), skipped };
}

function readPiece({ text, place }: EventText, feed: Feed): ReadEvent {
  try {
    return feed.readEvent(parseObject(text));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${place}: ${error.message}`, { cause: error });
  }
}

function parseObject(text: string): JsonObject {
  const value = parse(text);
  if (typeof value === 'object' && value !== null && !isList(value)) return value;
  const got = value === null ? 'null' : isList(value) ? 'a list' : `a ${typeof value}`;
  throw new AppError('input_invalid', `an event must be a JSON object, got ${got}`);
}

function parse(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch (error) {
    throw new AppError('input_invalid', `not JSON: ${jsonComplaint(error)}`, { cause: error });
  }
}

/** The parser's complaint without the text that it quotes. */
function jsonComplaint(error: unknown): string {
  return errorMessage(error).replace(/, ?(?:\.\.\. ?)?".*$/, '');
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The received text stays as it is when it is canonical; a line break within it is not. */
function storedForm({ event, canonical }: ReadEvent, text: string): StoredEvent {
  if (!canonical || text.includes('\n') || text.includes('\r')) return toStoredEvent(event);
  return storedEventWithFieldsText(event, text);
}
