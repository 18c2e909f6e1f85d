import type { TailraceEvent } from '../../core/event.ts';
import type { EventMeaning, Feed, StateMeaning } from '../../feeds/feed.ts';
import { formatIsoTime } from '../../feeds/iso-time.ts';
import type { Encoder, EncoderOptions } from '../encoder.ts';
import { compileMeaning, compileStateMeaning } from '../event-meaning.ts';
import { jsonText } from '../json/json-text.ts';
import { compileJsonTree } from '../json/json-tree.ts';
import { slug } from '../line-text.ts';
import { jsonObject, PlacedFields } from '../placed-fields.ts';
import { anyText } from '../schema-values.ts';
import { ecsFields, ecsVersion } from './ecs-fields.ts';

/** What an event is, as ECS has it. */
interface Classified {
  readonly event: TailraceEvent;
  readonly meaning: EventMeaning;
  readonly state: StateMeaning | undefined;
}

/** In the order of the line; undefined is not written. */
const computed: Readonly<Record<string, (classified: Classified) => string | undefined>> = {
  '@timestamp': ({ event }) => jsonText(formatIsoTime(event.occurredAtMs, 'millisecond')),
  'ecs.version': () => jsonText(ecsVersion),
  'event.kind': ({ meaning }) => jsonText(meaning.ecs.kind),
  'event.category': ({ meaning }) => list(meaning.ecs.category),
  'event.type': ({ meaning, state }) => list(meaning.ecs.type ?? typeOfAction(state)),
  'event.outcome': ({ state }) => state?.outcome && jsonText(state.outcome),
  'event.id': ({ event }) => jsonText(event.id),
  'event.code': ({ event }) => jsonText(slug(event.type)),
  'event.severity': ({ event }) => `${event.severity}`,
  'event.original': ({ event }) => event.original && anyText(event.original),
};

/**
 * The Elastic Common Schema: one JSON object per line, `@timestamp` first. What an attribute has no
 * field for stands under `vendor.product`, by its own name; attributes that the feed's table does not
 * know are one text of JSON there, `other`, as no index should get a field for whatever comes.
 */
export function compileEcs(feed: Feed, { facility }: EncoderOptions): Encoder {
  const meaningOf = compileMeaning(feed);
  const stateOf = compileStateMeaning(feed);
  const readers = [...Object.values(computed), ...compileOrigin(feed)];
  const headPaths = [...Object.keys(computed), ...originPaths];
  const placed = new PlacedFields(feed, 'ecs', facility, headPaths.length, (path) =>
    headPaths.includes(path) ? undefined : ecsFields[path],
  );
  const restPath = [feed.vendor, feed.product].map((name) => slug(name)).join('.');
  const write = compileJsonTree([...headPaths, ...placed.paths, restPath]);

  return (event) => {
    const classified = { event, meaning: meaningOf(event), state: stateOf(event) };
    const { texts, rest, unknown } = placed.fill(event);
    for (const [index, read] of readers.entries()) texts[index] = read(classified);
    if (unknown.length > 0) rest.set('other', jsonText(otherText(event, unknown)));
    texts.push(jsonObject(rest));
    return write(texts);
  };
}

/** Who says so. */
const originPaths = [
  'event.module',
  'event.dataset',
  'observer.vendor',
  'observer.product',
  'observer.type',
] as const;

function compileOrigin(feed: Feed): readonly (() => string | undefined)[] {
  const module = slug(feed.vendor);
  const origin = [module, `${module}.${slug(feed.product)}`, feed.vendor, feed.product];
  return [...origin, feed.observer].map((value) => {
    const text = value === undefined ? undefined : jsonText(value);
    return () => text;
  });
}

function typeOfAction(state: StateMeaning | undefined): readonly string[] | undefined {
  if (state?.action === undefined) return undefined;
  return [state.action === 'denied' ? 'denied' : 'info'];
}

function list(values: readonly string[] | undefined): string | undefined {
  return values === undefined ? undefined : JSON.stringify(values);
}

function otherText({ fields }: TailraceEvent, names: readonly string[]): string {
  const entries = names.map((name) => [name, anyText(fields[name] ?? null)] as const);
  return jsonObject(entries) ?? '{}';
}
