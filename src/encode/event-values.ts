import type { Severity, TailraceEvent } from '../core/event.ts';
import type { JsonValue } from '../core/json.ts';
import type { Feed, FeedField, FieldRole } from '../feeds/feed.ts';

/** Reads what an encoder writes for one field of an event. */
export type ValueReader = (event: TailraceEvent) => JsonValue | undefined;

/** Where the value of one field comes from. */
export interface ValueSource {
  /** The attribute in the event's fields. */
  readonly name: string;
  /** Takes precedence: what the event itself or the settings know. */
  readonly own: ValueReader | undefined;
}

/** The value itself. A plain attribute is read here and not by a closure, which costs twice as much. */
export function valueOf(event: TailraceEvent, source: ValueSource): JsonValue | undefined {
  return source.own === undefined ? event.fields[source.name] : source.own(event);
}

/** The source of `field`'s value: the event, the settings (facility) or the attributes. Time is epoch ms. */
export function valueSource(feed: Feed, field: FeedField, facility: number): ValueSource {
  return { name: field.name, own: ownReader(feed, field.role, facility) };
}

function ownReader(
  feed: Feed,
  role: FieldRole | undefined,
  facility: number,
): ValueReader | undefined {
  switch (role) {
    case 'id':
      return (event) => event.id;
    case 'time':
      return (event) => event.occurredAtMs;
    case 'type':
      return (event) => event.type;
    case 'severity':
      return rawSeverityReader(feed);
    case 'facility':
      return () => facility;
    case 'category':
    case undefined:
    default:
      return undefined;
  }
}

/** The vendor's own severity number; the nearest one when the event came without. */
export function rawSeverityReader(feed: Feed): (event: TailraceEvent) => number {
  const name = feed.fields.find((field) => field.role === 'severity')?.name ?? '';
  const count = feed.severities.length;
  return (event) => {
    const raw = event.fields[name];
    if (typeof raw === 'number' && Number.isInteger(raw) && raw >= 0 && raw < count) return raw;
    return nearestRawSeverity(feed.severities, event.severity);
  };
}

function nearestRawSeverity(severities: readonly Severity[], severity: Severity): number {
  let nearest = 0;
  for (const [raw, normalised] of severities.entries()) {
    const best = Math.abs((severities[nearest] ?? 0) - severity);
    if (Math.abs(normalised - severity) < best) nearest = raw;
  }
  return nearest;
}
