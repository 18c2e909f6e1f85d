import type { TailraceEvent } from '../core/event.ts';
import type { EventMeaning, Feed, StateMeaning } from '../feeds/feed.ts';
import { gapEventType } from '../feeds/gap-record.ts';

/** What says that events are missing is about the way of the events and not about the product. */
const gapMeaning: EventMeaning = {
  ecs: { kind: 'pipeline_error' },
  ocsf: { classUid: 0, activityId: 99 },
};

const noMeaning: EventMeaning = { ecs: { kind: 'event' }, ocsf: { classUid: 0, activityId: 99 } };

/** What an event of the feed is in common schemas, by its type. */
export function compileMeaning({ meanings }: Feed): (event: TailraceEvent) => EventMeaning {
  const byType = new Map(
    meanings
      .toReversed()
      .flatMap((meaning) => (meaning.types ?? []).map((type) => [type, meaning])),
  );
  byType.set(gapEventType, gapMeaning);
  const others = meanings.find(({ types }) => types === undefined) ?? noMeaning;
  return ({ type }) => byType.get(type) ?? others;
}

/** What the event's state says; undefined when it has none that the feed's catalogue knows. */
export function compileStateMeaning({
  states,
}: Feed): (event: TailraceEvent) => StateMeaning | undefined {
  if (states === undefined) return () => undefined;
  const byState = new Map(Object.entries(states.meanings));
  return ({ fields }) => {
    const state = fields[states.field];
    return typeof state === 'string' ? byState.get(state) : undefined;
  };
}
