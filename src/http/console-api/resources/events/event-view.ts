import type { TailraceEvent } from '../../../../core/event.ts';
import type { Position } from '../../../../core/stream.ts';
import { compileCompletion } from '../../../../encode/kept-line.ts';
import { compileCategories } from '../../../../feeds/category-of-event.ts';
import type { Feed, Glance } from '../../../../feeds/feed.ts';
import { gapEventType } from '../../../../feeds/gap-record.ts';
import type { EventRow } from '../../api-types.ts';
import { textOf } from './wanted-events.ts';

const summaryLengthMax = 300;

/** What the console sees in the stored events of one feed. */
export interface EventView {
  readonly feed: Feed;
  readonly glance: Glance;
  /** With its attributes, which a stored event that is kept as a line has in its line. */
  readonly complete: (stored: TailraceEvent) => TailraceEvent;
  readonly categoryOf: (event: TailraceEvent) => string;
  readonly stateOf: (event: TailraceEvent) => string | null;
  readonly row: (event: TailraceEvent, position: Position) => EventRow;
}

const views = new WeakMap<Feed, EventView>();

/** The view of a feed's events, compiled once. */
export function eventView(feed: Feed): EventView {
  const known = views.get(feed);
  if (known !== undefined) return known;
  const view = compileView(feed);
  views.set(feed, view);
  return view;
}

function compileView(feed: Feed): EventView {
  const complete = compileCompletion(feed);
  const categoryFor = compileCategories(feed.categories);
  const categoryField = feed.fields.find(({ role }) => role === 'category')?.name;
  const glance = feed.glance ?? {
    columns: [],
    summary: feed.details === undefined ? [] : [feed.details],
  };

  function categoryOf({ type, fields }: TailraceEvent): string {
    return categoryFor(categoryField === undefined ? type : fields[categoryField], type);
  }

  function stateOf({ fields }: TailraceEvent): string | null {
    const state = glance.state === undefined ? '' : textOf(fields[glance.state]);
    return state === '' ? null : state;
  }

  function row(event: TailraceEvent, position: Position): EventRow {
    const { id, occurredAtMs, type, severity, fields } = event;
    const texts = glance.summary.map((name) => textOf(fields[name]));
    return {
      position,
      id,
      occurredAtMs,
      category: categoryOf(event),
      type,
      state: stateOf(event),
      severity,
      summary: cut(texts.find((text) => text.trim() !== '') ?? ''),
      columns: glance.columns.map(({ field }) => cut(textOf(fields[field]))),
      isGap: type === gapEventType,
    };
  }

  return {
    feed,
    glance,
    complete,
    categoryOf,
    stateOf,
    row,
  };
}

/** On one line; a character that takes two units is not cut in half. */
function cut(text: string): string {
  const line = text.replaceAll(/[\r\n\u2028\u2029]+/g, ' ');
  if (line.length <= summaryLengthMax) return line;
  return `${line
    .slice(0, summaryLengthMax - 1)
    .toWellFormed()
    .replace(/\uFFFD$/, '')}…`;
}
