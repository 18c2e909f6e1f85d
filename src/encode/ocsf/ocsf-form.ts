import type { TailraceEvent } from '../../core/event.ts';
import type { Feed, StateMeaning } from '../../feeds/feed.ts';
import { withinTime } from '../../feeds/iso-time.ts';
import { compileStateMeaning } from '../event-meaning.ts';
import { nameWithRole, timeText } from '../field-attributes.ts';
import { jsonText } from '../json/json-text.ts';
import { compileJsonTree } from '../json/json-tree.ts';
import { textOf } from '../line-text.ts';
import { jsonObject, PlacedFields, type Filled } from '../placed-fields.ts';
import { anyText } from '../schema-values.ts';
import {
  ocsfAttributes,
  ocsfBaseAttributes,
  ocsfClasses,
  ocsfObjects,
  ocsfVersion,
  type OcsfClass,
} from './ocsf-classes.ts';

/** An event as a line of one class; undefined when it lacks what the class requires. */
export type OcsfForm = (event: TailraceEvent, activityId: number) => string | undefined;

interface Written {
  readonly event: TailraceEvent;
  readonly activityId: number;
  readonly state: StateMeaning | undefined;
  /** The state in the vendor's words. */
  readonly stateText: string;
}

type Reader = (written: Written) => string | undefined;

export function compileOcsfForm(
  feed: Feed,
  facility: number,
  classUid: keyof typeof ocsfClasses,
): OcsfForm {
  const definition: OcsfClass = ocsfClasses[classUid];
  const head = computedOf(feed, classUid, definition);
  const headPaths = Object.keys(head);
  const readers = Object.values(head);
  const roots = new Set<string>([...ocsfBaseAttributes, ...definition.attributes]);
  const placed = new PlacedFields(feed, 'ocsf', facility, headPaths.length, (path) =>
    roots.has(rootOf(path)) ? ocsfAttributes[path] : undefined,
  );
  const paths = [...headPaths, ...placed.paths, 'device.type_id', 'unmapped'];
  const write = compileJsonTree(paths);
  const drop = compileObjectRules(paths);
  const deviceAt = paths.indexOf('device.type_id');
  const deviceIndexes = indexesBelow(paths, 'device');
  const isValid = compileRequirements(definition, paths);
  const stateOf = compileStateMeaning(feed);
  const stateName = feed.states?.field ?? '';

  return (event, activityId) => {
    const filled = placed.fill(event);
    const { texts, rest, unknown } = filled;
    const stateText = textOf(event.fields[stateName]);
    const written = { event, activityId, state: stateOf(event), stateText };
    for (const [index, read] of readers.entries()) texts[index] = read(written);
    drop(filled);
    if (!isValid(texts)) return undefined;
    for (const name of unknown) rest.set(name, anyText(event.fields[name] ?? null));
    const hasDevice = deviceIndexes.some((index) => texts[index] !== undefined);
    texts[deviceAt] = hasDevice ? '0' : undefined;
    texts.push(jsonObject(rest));
    return write(texts);
  };
}

/** What stands in every event of a class, in the order of the line; undefined is not written. */
function computedOf(
  feed: Feed,
  classUid: number,
  { categoryUid, profiles, attributes }: OcsfClass,
): Readonly<Record<string, Reader>> {
  const timeName = nameWithRole(feed, 'time') ?? '';
  const product = jsonText(feed.product);
  const vendor = jsonText(feed.vendor);
  const ofClass: Record<string, Reader> = {
    finding_info: ({ event }) => `{"uid":${jsonText(event.id)},"title":${anyText(event.type)}}`,
    is_alert: () => 'true',
    action_id: ({ state }) => state?.action && (state.action === 'denied' ? '2' : '3'),
    disposition_id: ({ state }) => state?.action && (state.action === 'denied' ? '2' : '17'),
    api: ({ event }) => `{"operation":${anyText(event.type)}}`,
    service: () => `{"name":${product}}`,
  };
  return {
    time: ({ event }) => `${withinTime(event.occurredAtMs)}`,
    class_uid: () => `${classUid}`,
    category_uid: () => `${categoryUid}`,
    activity_id: ({ activityId }) => `${activityId}`,
    activity_name: ({ event, activityId }) => (activityId === 99 ? anyText(event.type) : undefined),
    type_uid: ({ activityId }) => `${classUid * 100 + activityId}`,
    severity_id: ({ event }) => `${severityId(event.severity)}`,
    status_id: statusId,
    status: (written) => statusText(written),
    'metadata.version': () => jsonText(ocsfVersion),
    'metadata.product': () => `{"name":${product},"vendor_name":${vendor}}`,
    'metadata.uid': ({ event }) => jsonText(event.id),
    'metadata.original_time': ({ event }) => {
      const time = event.fields[timeName];
      return anyText(
        typeof time === 'string' && time !== '' ? time : timeText(feed, event.occurredAtMs),
      );
    },
    'metadata.profiles': () => (profiles.length === 0 ? undefined : JSON.stringify(profiles)),
    ...Object.fromEntries(Object.entries(ofClass).filter(([name]) => attributes.includes(name))),
    raw_data: ({ event }) => event.original && anyText(event.original),
  };
}

/** Informational to Critical. Fatal is for what it is too late for, which no event says of itself. */
function severityId(severity: number): number {
  if (severity <= 2) return 1;
  if (severity <= 4) return 2;
  if (severity <= 6) return 3;
  return severity <= 8 ? 4 : 5;
}

function statusId({ state, stateText }: Written): string | undefined {
  if (state?.outcome !== undefined) return state.outcome === 'success' ? '1' : '2';
  return stateText === '' || state?.action !== undefined ? undefined : '99';
}

/** The caption of the number, or the vendor's word where there is no number for it. */
function statusText(written: Written): string | undefined {
  const id = statusId(written);
  if (id === '99') return anyText(written.stateText);
  return id && (id === '1' ? '"Success"' : '"Failure"');
}

/** Takes values out of objects that would be invalid, and keeps them as what has no place. */
function compileObjectRules(paths: readonly string[]): (filled: Filled) => void {
  const rules = Object.entries(ocsfObjects).map(([object, needed]) => ({
    needed: needed.map((path) => paths.indexOf(path)).filter((index) => index >= 0),
    members: paths.flatMap((path, index) => (path.startsWith(`${object}.`) ? [index] : [])),
  }));
  return ({ texts, rest }) => {
    for (const { needed, members } of rules) {
      if (needed.some((index) => texts[index] !== undefined)) continue;
      for (const index of members) {
        const text = texts[index];
        if (text !== undefined) rest.set(paths[index] ?? '', text);
        texts[index] = undefined;
      }
    }
  };
}

function compileRequirements(
  { required, oneOf }: OcsfClass,
  paths: readonly string[],
): (texts: readonly (string | undefined)[]) => boolean {
  const indexesOf = (root: string) => indexesBelow(paths, root);
  const groups = [...required.map(indexesOf), ...oneOf.map((roots) => roots.flatMap(indexesOf))];
  return (texts) => groups.every((group) => group.some((index) => texts[index] !== undefined));
}

function indexesBelow(paths: readonly string[], root: string): readonly number[] {
  return paths.flatMap((path, index) => (rootOf(path) === root ? [index] : []));
}

function rootOf(path: string): string {
  const dot = path.indexOf('.');
  return dot === -1 ? path : path.slice(0, dot);
}
