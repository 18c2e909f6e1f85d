import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import { describeBackfill, percentOf } from '../describe-backfill.ts';
import type { LiveLine } from '../live-line.ts';
import { printCount } from '../print.ts';
import { bar } from '../progress.ts';
import type { Backfill } from './backfill.ts';
import type { SourceWorker } from './source-worker.ts';

const lookEveryMs = 500;
const logEveryMs = 60_000;

export interface BackfillView {
  /** Asked anew every time, since a reload may change them. */
  readonly sources: () => readonly Pick<SourceWorker, 'status' | 'backfill'>[];
  readonly clock: Clock;
  readonly log: Logger;
  /** Where a person looks on; undefined: the log says how far it is every minute. */
  readonly live: LiveLine | undefined;
}

/** Of a backfill under way, on the monotonic clock. */
interface Noted {
  readonly beganMs: number;
  readonly loggedMs: number;
}

/** Says how far sources are that have much to catch up with, until `signal` aborts. */
export async function showBackfills(view: BackfillView, signal: AbortSignal): Promise<void> {
  const { sources, clock, live } = view;
  let noted: ReadonlyMap<string, Noted> = new Map();
  while (!signal.aborted) {
    const underWay = sources().flatMap(({ status, backfill }) =>
      backfill === undefined ? [] : [{ name: status.name, events: status.eventsStored, backfill }],
    );
    noted = logChanges(underWay, noted, view);
    if (live !== undefined) showLive(underWay, live);
    await clock.sleep(lookEveryMs, signal);
  }
  live?.clear();
}

interface UnderWay {
  readonly name: string;
  readonly events: number;
  readonly backfill: Backfill;
}

function logChanges(
  underWay: readonly UnderWay[],
  noted: ReadonlyMap<string, Noted>,
  { clock, log, live }: BackfillView,
): ReadonlyMap<string, Noted> {
  const nowMs = clock.monotonicMs();
  const next = new Map<string, Noted>();
  for (const { name, backfill } of underWay) {
    const before = noted.get(name);
    const isSaid = before !== undefined && (live || nowMs - before.loggedMs < logEveryMs);
    const loggedMs = isSaid ? before.loggedMs : nowMs;
    next.set(name, { beganMs: before?.beganMs ?? nowMs, loggedMs });
    if (isSaid) continue;
    const { share, ...times } = backfill;
    log.info({ source: name, percent: percentOf(share), ...times }, 'backfilling');
  }
  for (const [name, { beganMs }] of noted) {
    if (next.has(name)) continue;
    log.info({ source: name, tookMs: Math.round(nowMs - beganMs) }, 'backfill is over');
  }
  return next;
}

/** The one that has the longest way to go; of the others, how many they are. */
function showLive(underWay: readonly UnderWay[], live: LiveLine): void {
  const [slowest, ...others] = underWay.toSorted(
    (a, b) => b.backfill.behindMs - a.backfill.behindMs,
  );
  if (slowest === undefined) {
    live.clear();
    return;
  }
  const { name, events, backfill } = slowest;
  const more = others.length === 0 ? '' : ` (+${others.length})`;
  const text = `${describeBackfill(backfill)} · ${printCount(events)} events`;
  live.show(`${name}${more} ${bar(backfill.share)} ${text}`);
}
