import type { ActivityEntry, ActivityFilter } from '../../../../src/http/console-api/api-types.ts';
import { readTimeRange, windowOf, writeTimeRange } from '../events/time-range.ts';
import type { TimeRange } from '../events/time-range.ts';

/** Kinds of activity by their name in the URL. */
export const activityKinds = {
  pulls: 'Pulls',
  changes: 'Changes',
  'sign-ins': 'Sign-ins',
} as const;
export type ActivityKind = keyof typeof activityKinds;

const outcomes = ['success', 'failure'] as const;

/** What the Activity screen shows, all of it from the URL. */
export interface ActivitySearch {
  readonly kind?: ActivityKind;
  readonly range: TimeRange;
  readonly actor?: string;
  readonly outcome?: (typeof outcomes)[number];
  readonly text?: string;
  /** The operator's only. */
  readonly tenant?: string;
}

const textCharactersMax = 200;
const texts = ['actor', 'text', 'tenant'] as const;

/** What cannot be read counts as not given, so that every URL shows something. */
export function readActivitySearch(parameters: URLSearchParams): ActivitySearch {
  const search: { -readonly [K in keyof ActivitySearch]: ActivitySearch[K] } = {
    range: readTimeRange(parameters),
  };
  const kind = parameters.get('kind');
  if (kind !== null && isActivityKind(kind)) search.kind = kind;
  const outcome = outcomes.find((name) => name === parameters.get('outcome'));
  if (outcome !== undefined) search.outcome = outcome;
  for (const name of texts) {
    const value = parameters.get(name)?.slice(0, textCharactersMax);
    if (value !== undefined && value !== '') search[name] = value;
  }
  return search;
}

export function writeActivitySearch(search: ActivitySearch): URLSearchParams {
  const parameters = new URLSearchParams();
  if (search.kind !== undefined) parameters.set('kind', search.kind);
  if (search.outcome !== undefined) parameters.set('outcome', search.outcome);
  for (const name of texts) {
    const value = search[name];
    if (value !== undefined && value !== '') parameters.set(name, value);
  }
  writeTimeRange(parameters, search.range);
  return parameters;
}

/** The search that shows each of the pulls that `entry` tells as one. */
export function eachPullSearch(
  { actor, outcome, atMs, pulls }: FoldedPull,
  tenant: string | undefined,
): URLSearchParams {
  const range = { kind: 'custom', fromMs: pulls.firstMs, untilMs: atMs + 1 } as const;
  const search = { kind: 'pulls', range, actor, outcome } as const;
  return writeActivitySearch(tenant === undefined ? search : { ...search, tenant });
}

type FoldedPull = Pick<ActivityEntry, 'actor' | 'outcome' | 'atMs'> & {
  readonly pulls: NonNullable<ActivityEntry['pulls']>;
};

/** What to ask the service for. */
export function activityFilterOf(
  search: ActivitySearch,
  nowMs: number,
): ActivityFilter & { readonly tenant?: string } {
  const { range, actor, text, tenant, ...rest } = search;
  const [by, words] = [worded(actor), worded(text)];
  return {
    ...rest,
    ...windowOf(range, nowMs),
    ...(by !== undefined && { actor: by }),
    ...(words !== undefined && { text: words }),
    ...(tenant !== undefined && { tenant }),
  };
}

/** Without blanks around it; undefined when nothing is left. */
function worded(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === '' ? undefined : trimmed;
}

export function isActivityKind(name: string): name is ActivityKind {
  return Object.hasOwn(activityKinds, name);
}
