import type { Health, Puller } from '../../api-types.ts';
import { spanText } from '../span-text.ts';

type Judged = Pick<Puller, 'health' | 'sentence'>;

export interface PullerFacts extends Pick<
  Puller,
  'kind' | 'lastPullMs' | 'lastStatus' | 'lagEvents' | 'lagMs'
> {
  /** Undefined while its credential is good. `ended`: somebody revoked or disabled it. */
  readonly unusable: { readonly how: 'expired' | 'ended'; readonly sentence: string } | undefined;
  /** Whether somebody else pulls the same events, and is well. */
  readonly isCovered: boolean;
  readonly nowMs: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** SIEMs pull every few minutes; after an hour something is likely, after a day certainly wrong. */
export const quietMs = hourMs;
const silentMs = 24 * hourMs;
const weekMs = 7 * 24 * hourMs;
/** Events that wait for so long do not reach the SIEM in time. */
const lateMs = hourMs;

const refusals: Readonly<Record<number, string>> = {
  400: 'Its last request was refused: the request or its cursor was not acceptable',
  401: 'Its last request was refused: the credential was not accepted',
  403: 'Its last request was refused: the export is disabled or the edition has none',
  413: 'Its last request was refused: it asked for too much at one time',
  429: 'Its last request was refused: it asks too often',
};

/**
 * How bad it is when somebody has stopped pulling: when nobody else pulls the same events, and when
 * somebody does, in the first week and from then on. Whoever tries a token once with curl is no alarm.
 */
const troubles = {
  expired: { alone: 'bad', covered: 'warning', longCovered: 'idle' },
  ended: { alone: 'warning', covered: 'idle', longCovered: 'idle' },
  refused: { alone: 'bad', covered: 'bad', longCovered: 'idle' },
  throttled: { alone: 'warning', covered: 'warning', longCovered: 'idle' },
  silent: { alone: 'bad', covered: 'warning', longCovered: 'idle' },
  quiet: { alone: 'warning', covered: 'idle', longCovered: 'idle' },
} as const satisfies Record<string, Record<'alone' | 'covered' | 'longCovered', Health>>;

interface Trouble {
  readonly what: keyof typeof troubles;
  readonly sentence: string;
}

/** How somebody who pulls is doing, and why. */
export function judgePuller(facts: PullerFacts): Judged {
  const { lastPullMs, nowMs, isCovered } = facts;
  if (lastPullMs === null) return { health: 'idle', sentence: 'It has not pulled yet.' };
  const sinceMs = Math.max(0, nowMs - lastPullMs);
  const trouble = troubleOf(facts, sinceMs);
  if (trouble === undefined) return judgeLag(facts, ago(sinceMs));
  const degree = !isCovered ? 'alone' : sinceMs > weekMs ? 'longCovered' : 'covered';
  return { health: troubles[trouble.what][degree], sentence: trouble.sentence };
}

/** The first that is true, in the order of what is to be done about it first. */
function troubleOf({ unusable, lastStatus }: PullerFacts, sinceMs: number): Trouble | undefined {
  if (unusable !== undefined) {
    return { what: unusable.how, sentence: `${unusable.sentence}: it gets nothing any more.` };
  }
  if (lastStatus !== null && lastStatus >= 400) {
    const why = refusals[lastStatus] ?? `Its last request failed with status ${lastStatus}`;
    const what = lastStatus === 429 ? 'throttled' : 'refused';
    return { what, sentence: `${why}, ${ago(sinceMs)}.` };
  }
  if (sinceMs <= quietMs) return undefined;
  const sentence = `It has not pulled for ${spanText(sinceMs)}.`;
  return { what: sinceMs > silentMs ? 'silent' : 'quiet', sentence };
}

/** Of somebody who pulls. */
function judgeLag({ kind, lagEvents, lagMs }: PullerFacts, pulled: string): Judged {
  if (lagEvents === null) {
    const unknown =
      kind === 'connector'
        ? 'it asks by time, so nobody knows what it lacks'
        : 'how far it has read is not known';
    return { health: 'good', sentence: `It pulled ${pulled}; ${unknown}.` };
  }
  if (lagEvents === 0) {
    return { health: 'good', sentence: `It pulled ${pulled} and has everything.` };
  }
  const count = eventCount(lagEvents);
  if (lagMs === null || lagMs <= lateMs) {
    return { health: 'good', sentence: `It pulled ${pulled}; ${count} came since.` };
  }
  const oldest = `the oldest happened ${spanText(lagMs)} ago`;
  return { health: 'warning', sentence: `It pulled ${pulled} and is ${count} behind; ${oldest}.` };
}

function ago(ms: number): string {
  return ms < minuteMs ? 'a moment ago' : `${spanText(ms)} ago`;
}

function eventCount(count: number): string {
  return count === 1 ? 'one event' : `${count.toLocaleString('en')} events`;
}
