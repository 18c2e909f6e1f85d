import type { Severity, TailraceEvent } from '../core/event.ts';
import type { JsonValue } from '../core/json.ts';
import type { Feed, FeedField, FieldRole, Signature } from '../feeds/feed.ts';

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

/** As `valueSource`, for CEF and Syslog lines, which do not show everything of every text. */
export function lineSource(feed: Feed, field: FeedField, facility: number): ValueSource {
  const source = valueSource(feed, field, facility);
  const { inLines } = field;
  if (inLines === undefined) return source;
  return {
    ...source,
    own: (event) => {
      const value = valueOf(event, source);
      return typeof value === 'string' ? inLines(value) : value;
    },
  };
}

/** What an event's feed calls its signature; undefined where the event or the feed has none. */
export function signatureSource(
  feed: Feed,
  part: keyof Signature,
): (event: TailraceEvent) => string | undefined {
  const name = feed.signature?.[part];
  if (name === undefined) return () => undefined;
  return ({ fields }) => {
    const value = fields[name];
    return typeof value === 'string' && value.trim() !== '' ? value : undefined;
  };
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

/** The vendor's number whose normalised severity is nearest to `severity`. */
export function nearestRawSeverity(severities: readonly Severity[], severity: number): number {
  let nearest = 0;
  for (const [raw, normalised] of severities.entries()) {
    const best = Math.abs((severities[nearest] ?? 0) - severity);
    if (Math.abs(normalised - severity) < best) nearest = raw;
  }
  return nearest;
}
