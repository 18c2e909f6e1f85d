import type { TailraceEvent } from '../../../../core/event.ts';
import type { JsonValue } from '../../../../core/json.ts';
import type { Window } from '../../../../core/window.ts';

/** Before and behind every moment that an event can have. */
const timeMsBound = 2 ** 52;

/** A filter of events, as searching needs it. */
export interface WantedEvents {
  readonly window: Window;
  readonly category: string | undefined;
  readonly type: string | undefined;
  readonly state: string | undefined;
  readonly minimumSeverity: number;
  /** Folded. */
  readonly words: readonly string[];
}

interface Filter {
  readonly fromMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly category?: string | undefined;
  readonly type?: string | undefined;
  readonly state?: string | undefined;
  readonly minimumSeverity?: number | undefined;
  readonly text?: string | undefined;
}

export function wantedEvents(filter: Filter): WantedEvents {
  const { fromMs = -timeMsBound, untilMs = timeMsBound, minimumSeverity = 0, text = '' } = filter;
  const { category, type, state } = filter;
  const words = [...new Set(foldCase(text).split(/\s+/))].filter((word) => word !== '');
  return { window: { fromMs, untilMs }, category, type, state, minimumSeverity, words };
}

/** Whether a filter lets everything of its window pass. */
export function wantsAll(wanted: WantedEvents): boolean {
  const { category, type, state, minimumSeverity, words } = wanted;
  const names = [category, type, state];
  return names.every((name) => name === undefined) && minimumSeverity === 0 && words.length === 0;
}

/** Whether the filter gives no time. */
export function isTimeless({ window }: WantedEvents): boolean {
  return window.fromMs === -timeMsBound && window.untilMs === timeMsBound;
}

/** An event's own part of the filter: time, type and severity. */
export function isOfKind(event: TailraceEvent, wanted: WantedEvents): boolean {
  const { window, type, minimumSeverity } = wanted;
  const { occurredAtMs } = event;
  return (
    occurredAtMs >= window.fromMs &&
    occurredAtMs < window.untilMs &&
    event.severity >= minimumSeverity &&
    (type === undefined || event.type === type)
  );
}

/** Whether every word occurs in a value of the event, which has its attributes. */
export function hasWords({ id, type, fields }: TailraceEvent, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const values = [id, type, ...Object.values(fields).map(textOf)].map(foldCase);
  return words.every((word) => values.some((value) => value.includes(word)));
}

/** As it is compared: whatever the case. A Greek word's last letter does not depend on what follows. */
export function foldCase(text: string): string {
  return text.toLowerCase().replaceAll('ς', 'σ');
}

/** What a person reads of a value. */
export function textOf(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
