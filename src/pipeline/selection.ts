import type { TailraceEvent } from '../core/event.ts';
import type { Secret } from '../core/secret.ts';
import { compileRedaction, type RedactionRule } from '../encode/compile-redaction.ts';
import { compileCompletion } from '../encode/kept-line.ts';
import { compileCategories } from '../feeds/category-of-event.ts';
import type { Feed } from '../feeds/feed.ts';
import { gapEventType } from '../feeds/gap-record.ts';

/** Which events a sink gets, and what it gets to see of them. */
export interface SelectionOptions {
  /** Left out: all. */
  readonly types?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly minimumSeverity?: number | undefined;
  readonly redact: readonly RedactionRule[];
  readonly redactionKey: Secret | undefined;
}

/** The event as the sink gets it; undefined when it does not. */
export type Selection = (event: TailraceEvent) => TailraceEvent | undefined;

/**
 * The filters and redactions of a sink for the events of one feed; undefined when there are none.
 * What says that events are missing passes every filter (promise 6).
 */
export function compileSelection(feed: Feed, options: SelectionOptions): Selection | undefined {
  const filters = [bySeverity(options), byType(options), byCategory(feed, options)];
  const wanted = filters.filter((filter) => filter !== undefined);
  const { redact: rules, redactionKey: key } = options;
  const redact = rules.length === 0 ? undefined : compileRedaction(feed, { rules, key });
  if (wanted.length === 0) return redact;
  return (event) => {
    if (event.type !== gapEventType && !wanted.every((isWanted) => isWanted(event))) {
      return undefined;
    }
    return redact ? redact(event) : event;
  };
}

type Filter = (event: TailraceEvent) => boolean;

function bySeverity({ minimumSeverity }: SelectionOptions): Filter | undefined {
  return minimumSeverity === undefined ? undefined : ({ severity }) => severity >= minimumSeverity;
}

function byType({ types }: SelectionOptions): Filter | undefined {
  if (types === undefined) return undefined;
  const wanted = new Set(types);
  return ({ type }) => wanted.has(type);
}

function byCategory(feed: Feed, { categories }: SelectionOptions): Filter | undefined {
  if (categories === undefined) return undefined;
  const categoryOf = compileCategories(feed.categories);
  const complete = compileCompletion(feed);
  const field = feed.fields.find(({ role }) => role === 'category')?.name;
  const wanted = new Set(categories.map((name) => categoryOf(name, '')));
  return (event) => {
    const named = field === undefined ? undefined : complete(event).fields[field];
    return wanted.has(categoryOf(named, event.type));
  };
}
