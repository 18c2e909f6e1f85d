import { hash } from 'node:crypto';
import type { Gap } from '../core/gap.ts';
import { formatIsoTime } from './iso-time.ts';

/** The type of the events that say in a stream that events are missing. */
export const gapEventType = 'Event Gap';

/** The identity of a gap record; it depends on the gap alone, so that a repeated one is dropped. */
export function gapIdentity(gap: Gap): string {
  const identity = JSON.stringify([gap.fromMs, gap.untilMs, gap.count, gap.reason]);
  return `gap-${hash('sha256', identity, 'hex').slice(0, 32)}`;
}

/** `7 events from … until … are missing: …` */
export function gapSentence(gap: Gap): string {
  const number = gap.count === undefined ? 'An unknown number of' : String(gap.count);
  const from = gapBound(gap.fromMs) ?? 'the beginning';
  const until = gapBound(gap.untilMs) ?? 'an unknown moment';
  return `${number} events from ${from} until ${until} are missing: ${gap.reason}`;
}

/** ISO 8601, or null for a bound that nobody can know. */
export function gapBound(timeMs: number | undefined): string | null {
  return timeMs === undefined ? null : formatIsoTime(timeMs);
}
