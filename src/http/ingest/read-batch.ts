import { AppError, errorMessage } from '../../core/errors.ts';
import { storedEventWithFieldsText, toStoredEvent } from '../../core/event.ts';
import type { StoredEvent } from '../../core/event.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { Feed, ReadEvent } from '../../feeds/feed.ts';
import { eventTexts } from './event-texts.ts';
import type { BatchLimits, EventText } from './event-texts.ts';

export interface Batch {
  readonly events: readonly StoredEvent[];
  /** Left out because their category is not exported. */
  readonly skipped: number;
}

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
  const events: StoredEvent[] = [];
  let skipped = 0;
  for (const piece of eventTexts(body, limits)) {
    const read = readPiece(piece, feed);
    if (isRecorded(read.category)) events.push(storedForm(read, piece.text));
    else skipped += 1;
  }
  return { events, skipped };
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
