import { AppError, errorMessage } from '../../core/errors.ts';
import {
  type StoredEvent,
  storedEventOfLine,
  storedEventWithFieldsText,
  toStoredEvent,
} from '../../core/event.ts';
import { compileLineReader } from '../../encode/line-reader.ts';
import type { Feed, ReadEvent } from '../../feeds/feed.ts';
import { isJsonObject } from '../exact-json.ts';
import type { DruvaCheckpoint, Occurrences } from './checkpoint.ts';
import { LineOccurrences } from './line-occurrences.ts';
import { compileHeaderReader } from './line-header.ts';
import { lineIdentity } from './line-identity.ts';
import type { PageElement } from './page-elements.ts';
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

export type EventReader = (elements: readonly PageElement[], from: ReadFrom) => ReadPage;

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
  const storeLine = compileLineStorer(feed);
  const readElement = ({ value, text }: PageElement, occurrences: LineOccurrences): StoredEvent => {
    if (typeof value === 'string') return storeLine(value, text, occurrences);
    if (isJsonObject(value)) return storedObject(feed.readEvent(value), text);
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
        events.push(
          toStoredEvent(unreadableEvent(feed, element.value, errorMessage(error), lastMs)),
        );
      }
    }
    return { events, oldestMs, newestMs, unreadable, firstReason, occurrences: occurrences.last() };
  };
}

/** Attributes that came as they are kept stay the bytes they were. */
function storedObject({ event, canonical }: ReadEvent, text: string | undefined): StoredEvent {
  return canonical && text !== undefined
    ? storedEventWithFieldsText(event, text)
    : toStoredEvent(event);
}

type LineStorer = (
  line: string,
  text: string | undefined,
  occurrences: LineOccurrences,
) => StoredEvent;

/**
 * Keeps lines. One as the vendor writes it holds everything, so that its attributes need not be read
 * before somebody asks for them; of any other they are kept beside it. Identical lines are events of
 * their own; see `LineOccurrences`.
 */
function compileLineStorer(feed: Feed): LineStorer {
  const readHeader = compileHeaderReader(feed);
  const readLine = compileLineReader(feed);
  return (line, text, occurrences) => {
    const header = readHeader(line);
    if (header === undefined) {
      const event = readLine(line);
      const id = occurrences.numberedId(event.id, event.occurredAtMs);
      return toStoredEvent({ ...event, id, original: line });
    }
    const { occurredAtMs, type, severity } = header;
    const id = occurrences.numberedId(lineIdentity(line), occurredAtMs);
    return storedEventOfLine({ id, occurredAtMs, type, severity }, text ?? JSON.stringify(line));
  };
}

function isUnreadable(error: unknown): boolean {
  return error instanceof AppError && ['input_invalid', 'line_invalid'].includes(error.code);
}
