import type { JsonObject } from './json.ts';

/** Normalised severity, 0–10, 10 worst (CEF's scale). The vendor's own number stays in `fields`. */
export type Severity = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

/** One thing that happened. */
export interface TailraceEvent {
  /** Stable identity within the stream: the deduplication key. At most 128 printable ASCII characters. */
  readonly id: string;
  /** When it happened, epoch milliseconds UTC. */
  readonly occurredAtMs: number;
  /** In the vendor's words: `Admin Audit Trail`, `Bot Attacks`. */
  readonly type: string;
  readonly severity: Severity;
  /**
   * Vendor attributes by the feed's canonical names. Empty for an event that was pulled as a line:
   * they are in `original`, and encoders read them there.
   */
  readonly fields: JsonObject;
  /** The vendor's own line, when that is what was received. */
  readonly original?: string;
}

/**
 * What the event store keeps: an event's identity and time beside the JSON text of the whole event,
 * on one line. The text is written once and never serialised again.
 */
export interface StoredEvent {
  readonly id: string;
  readonly occurredAtMs: number;
  readonly json: string;
}

/** The stored form of `event`. Key order is part of the format: `fields` comes last. */
export function toStoredEvent(event: TailraceEvent): StoredEvent {
  return storedEventWithFieldsText(event, JSON.stringify(event.fields));
}

/**
 * As `toStoredEvent`, but keeps `fieldsText`, the JSON text the fields were parsed from, byte for
 * byte. The caller guarantees that it is one JSON object on one line.
 */
export function storedEventWithFieldsText(
  event: Omit<TailraceEvent, 'fields'>,
  fieldsText: string,
): StoredEvent {
  const { id, occurredAtMs } = event;
  return { id, occurredAtMs, json: `${storedEventStart(event)}${fieldsText}}` };
}

/**
 * As `toStoredEvent` for an event that is kept as a line alone; `lineText` is the JSON string that
 * the line came as, without line breaks.
 */
export function storedEventOfLine(
  event: Omit<TailraceEvent, 'fields' | 'original'>,
  lineText: string,
): StoredEvent {
  const { id, occurredAtMs } = event;
  return {
    id,
    occurredAtMs,
    json: `${storedEventHead(event)},"original":${lineText},"fields":{}}`,
  };
}

/** The JSON of a stored event up to its fields. */
export function storedEventStart(event: Omit<TailraceEvent, 'fields'>): string {
  const { original } = event;
  const originalText = original === undefined ? '' : `,"original":${JSON.stringify(original)}`;
  return `${storedEventHead(event)}${originalText},"fields":`;
}

function storedEventHead(event: Omit<TailraceEvent, 'fields' | 'original'>): string {
  return `{"id":${JSON.stringify(event.id)}${storedEventSummary(event)}`;
}

/** The JSON of a stored event behind its id, up to its original or fields. */
export function storedEventSummary({
  occurredAtMs,
  type,
  severity,
}: Pick<TailraceEvent, 'occurredAtMs' | 'type' | 'severity'>): string {
  return `,"occurredAtMs":${occurredAtMs},"type":${JSON.stringify(type)},"severity":${severity}`;
}

/** The event behind a stored JSON text. Only for text this program wrote: nothing is checked. */
export function parseStoredEvent(json: string): TailraceEvent {
  const event: TailraceEvent = JSON.parse(json);
  return event;
}
