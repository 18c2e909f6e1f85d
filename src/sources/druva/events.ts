import { AppError, errorMessage } from '../../core/errors.ts';
import { type StoredEvent, type TailraceEvent, toStoredEvent } from '../../core/event.ts';
import type { JsonValue } from '../../core/json.ts';
import { compileLineReader } from '../../encode/line-reader.ts';
import type { Feed } from '../../feeds/feed.ts';
import { isJsonObject } from '../exact-json.ts';
import type { DruvaCheckpoint, Occurrences } from './checkpoint.ts';
import { LineOccurrences } from './line-occurrences.ts';
import { compileHeaderReader } from './line-header.ts';
import { lineIdentity } from './line-identity.ts';
import { unreadableEvent } from './unreadable-event.ts';

/** A page's events as they are to be stored. */
export interface ReadPage {
  readonly events: readonly StoredEvent[];
  /** Of the events that could be read; undefined when there are none. */
  readonly oldestMs: number | undefined;
  readonly newestMs: number | undefined;
  /** How many could not be read and are kept as they came, and what was wrong with the first. */
  readonly unreadable: number;
  readonly firstReason: string | undefined;
  /** What the next page's lines are to be told apart by; undefined when this one had no lines. */
  readonly occurrences: Occurrences | undefined;
}

export type EventReader = (elements: readonly JsonValue[], from: ReadFrom) => ReadPage;

export interface ReadFrom {
  readonly checkpoint: DruvaCheckpoint;
  /** Stands in where neither an event nor its neighbours have a time. */
  readonly nowMs: number;
}

/**
 * Reads pages of `feed`, in whichever format they come. Loses nothing: an element that is no event
 * of the feed becomes an event that holds it as it came.
 */
export function createEventReader(feed: Feed): EventReader {
  const readLine = compileKeptLine(feed);
  const readElement = (element: JsonValue, occurrences: LineOccurrences): StoredEvent => {
    if (typeof element === 'string') return numbered(readLine(element), occurrences);
    if (isJsonObject(element)) return toStoredEvent(feed.readEvent(element).event);
    throw new AppError('input_invalid', 'expected an object or a line');
  };
  return (elements, { checkpoint, nowMs }) => {
    const occurrences = new LineOccurrences(checkpoint.occurrences);
    const events: StoredEvent[] = [];
    let oldestMs: number | undefined;
    let newestMs: number | undefined;
    let lastMs = checkpoint.heldMs ?? nowMs;
    let unreadable = 0;
    let firstReason: string | undefined;
    for (const element of elements) {
      try {
        const event = readElement(element, occurrences);
        lastMs = event.occurredAtMs;
        oldestMs = oldestMs === undefined || lastMs < oldestMs ? lastMs : oldestMs;
        newestMs = newestMs === undefined || lastMs > newestMs ? lastMs : newestMs;
        events.push(event);
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        unreadable += 1;
        firstReason ??= errorMessage(error);
        events.push(toStoredEvent(unreadableEvent(feed, element, errorMessage(error), lastMs)));
      }
    }
    return { events, oldestMs, newestMs, unreadable, firstReason, occurrences: occurrences.last() };
  };
}

/**
 * The event that keeps a line. One as the vendor writes it holds everything, so that its attributes
 * need not be read before somebody asks for them; of any other they are kept beside it.
 */
function compileKeptLine(feed: Feed): (line: string) => TailraceEvent {
  const readHeader = compileHeaderReader(feed);
  const readLine = compileLineReader(feed);
  return (line) => {
    const header = readHeader(line);
    if (header === undefined) return { ...readLine(line), original: line };
    const { occurredAtMs, type, severity } = header;
    const id = lineIdentity(line);
    return { id, occurredAtMs, type, severity, fields: {}, original: line };
  };
}

/** Identical lines are events of their own; see `LineOccurrences`. */
function numbered(event: TailraceEvent, occurrences: LineOccurrences): StoredEvent {
  const number = occurrences.number(event.id, event.occurredAtMs);
  return toStoredEvent(number === 1 ? event : { ...event, id: `${event.id}-${number}` });
}

function isUnreadable(error: unknown): boolean {
  return error instanceof AppError && ['input_invalid', 'line_invalid'].includes(error.code);
}
