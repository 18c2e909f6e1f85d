import { AppError } from '../../../../core/errors.ts';
import { parseStoredEvent } from '../../../../core/event.ts';
import type { TailraceEvent } from '../../../../core/event.ts';
import type { JsonValue } from '../../../../core/json.ts';
import type { Position, StreamName } from '../../../../core/stream.ts';
import { compileEncoder } from '../../../../encode/compile-encoder.ts';
import { profiles } from '../../../../encode/encoder.ts';
import type { EncoderOptions } from '../../../../encode/encoder.ts';
import type { Feed } from '../../../../feeds/feed.ts';
import type { EventStore } from '../../../../store/event-store.ts';
import type { EventDetail } from '../../api-types.ts';
import type { EventView } from './event-view.ts';

/** In which the documents have an event. */
const shownFormats = ['cef', 'syslog', 'json'] as const;

/** Of lines: what the tenant's settings and the service's say. */
export type LineSettings = Pick<EncoderOptions, 'hostname' | 'facility'>;

/** The JSON of one event. Throws `not_found`, and says so when retention has dropped it. */
export async function storedEventAt(
  store: EventStore,
  stream: StreamName,
  position: Position,
): Promise<string> {
  const page = await store.readAfter(stream, Math.max(0, position - 1), { events: 1, bytes: 0 });
  const [block] = page.blocks;
  if (block?.firstPosition === position) return block.ndjson.toString('utf8').trimEnd();
  const why = page.lost === undefined ? 'does not exist' : 'was dropped by retention';
  throw new AppError('not_found', `event ${position} of ${stream} ${why}`);
}

/** Everything there is to say of an event. */
export function eventDetail(
  view: EventView,
  json: string,
  position: Position,
  settings: LineSettings,
): EventDetail {
  const { feed } = view;
  const stored = parseStoredEvent(json);
  const event = view.complete(stored);
  return {
    ...view.row(event, position),
    feed: feed.name,
    attributes: attributesOf(feed, event),
    original: event.original ?? null,
    lines: shownFormats.flatMap((format) =>
      profiles.map((profile) => {
        const encode = compileEncoder(feed, { ...settings, format, profile, jsonNames: 'v2' });
        return { format, profile, line: encode(stored) };
      }),
    ),
  };
}

/** In the feed's order, then what the feed does not know. */
function attributesOf(feed: Feed, { fields }: TailraceEvent): EventDetail['attributes'] {
  const known = new Set(feed.fields.map(({ name }) => name));
  const others = Object.keys(fields).filter((name) => !known.has(name));
  return [
    ...feed.fields.map(({ name, description }) => ({ name, description })),
    ...others.map((name) => ({ name, description: null })),
  ].flatMap(({ name, description }) => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return value === undefined ? [] : [{ name, description, value: plainValue(value) }];
  });
}

function plainValue(value: JsonValue): string | number | boolean | null {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}
