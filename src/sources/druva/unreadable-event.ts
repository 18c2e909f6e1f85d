import { hash } from 'node:crypto';
import type { TailraceEvent } from '../../core/event.ts';
import { boundedJsonText, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Feed, FieldRole } from '../../feeds/feed.ts';
import { isJsonObject } from '../exact-json.ts';

const unreadableType = 'Unreadable Event';
/** Warning: nothing is lost, but somebody should look. */
const rawSeverity = 4;

/**
 * The event that stands for an element of a page which is no event of the feed: nothing that a
 * source delivers is dropped, and one bad event does not hold up the others. Type and time are the
 * element's own where they can be read; `original` and the details hold all of it.
 */
export function unreadableEvent(
  feed: Feed,
  element: JsonValue,
  reason: string,
  fallbackMs: number,
): TailraceEvent {
  const original = typeof element === 'string' ? element : boundedJsonText(element);
  const { type, occurredAtMs } = readable(feed, element, fallbackMs);
  return {
    id: `u-${hash('sha256', original, 'hex').slice(0, 32)}`,
    occurredAtMs,
    type,
    severity: feed.severities[rawSeverity] ?? 5,
    original,
    fields: {
      eventType: type,
      eventState: 'Unreadable',
      severity: rawSeverity,
      timestamp: new Date(occurredAtMs).toISOString(),
      eventDetails: `This event could not be read (${reason}). As it came: ${original}`,
    },
  };
}

function readable(
  feed: Feed,
  element: JsonValue,
  fallbackMs: number,
): { readonly type: string; readonly occurredAtMs: number } {
  const attributes = isJsonObject(element) ? element : {};
  const type = attributeOf(feed, attributes, 'type');
  const time = attributeOf(feed, attributes, 'time');
  const timestamp = new Date(fallbackMs).toISOString();
  const attempts: readonly JsonObject[] = [
    { eventType: type, timestamp: time },
    { eventType: unreadableType, timestamp: time },
    { eventType: type, timestamp },
  ];
  for (const attempt of attempts) {
    try {
      return feed.readEvent(attempt).event;
    } catch {
      // The next attempt does without another part.
    }
  }
  return { type: unreadableType, occurredAtMs: fallbackMs };
}

/** The attribute that plays `role`, in whichever spelling; null when there is none. */
function attributeOf(feed: Feed, attributes: JsonObject, role: FieldRole): JsonValue {
  for (const field of feed.fields) {
    if (field.role !== role) continue;
    for (const name of [field.name, field.v1Name, ...(field.aliases ?? [])]) {
      const value = attributes[name];
      if (value !== undefined) return value;
    }
  }
  return null;
}
