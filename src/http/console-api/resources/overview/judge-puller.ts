import type { Puller } from '../../api-types.ts';
import { spanText } from '../span-text.ts';

type Judged = Pick<Puller, 'health' | 'sentence'>;

export interface PullerFacts extends Pick<
  Puller,
  'kind' | 'lastPullMs' | 'lastStatus' | 'lagEvents' | 'lagMs'
> {
  /** Why the credential is not good any more: `The token has expired`. */
  readonly unusable: string | undefined;
  readonly nowMs: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** SIEMs pull every few minutes; after an hour something is likely, after a day certainly wrong. */
const quietMs = hourMs;
const silentMs = 24 * hourMs;
/** Events that wait for so long do not reach the SIEM in time. */
const lateMs = hourMs;

const refusals: Readonly<Record<number, string>> = {
  400: 'Its last request was refused: the request or its cursor was not acceptable',
  401: 'Its last request was refused: the credential was not accepted',
  403: 'Its last request was refused: the export is disabled or the edition has none',
  413: 'Its last request was refused: it asked for too much at one time',
  429: 'Its last request was refused: it asks too often',
};

/** The rules, worst first; the first that holds says how a puller is doing. */
const rules: readonly ((facts: PullerFacts, sinceMs: number) => Judged | undefined)[] = [
  ({ unusable, lastPullMs }) =>
    unusable === undefined || lastPullMs === null
      ? undefined
      : { health: 'bad', sentence: `${unusable}: it gets nothing any more.` },
  ({ lastPullMs }) =>
    lastPullMs === null ? { health: 'idle', sentence: 'It has not pulled yet.' } : undefined,
  ({ lastStatus }, sinceMs) =>
    lastStatus === null || lastStatus < 400
      ? undefined
      : {
          health: lastStatus === 429 ? 'warning' : 'bad',
          sentence: `${refusals[lastStatus] ?? `Its last request failed with status ${lastStatus}`}, ${ago(sinceMs)}.`,
        },
  (_, sinceMs) =>
    sinceMs > silentMs
      ? { health: 'bad', sentence: `It has not pulled for ${spanText(sinceMs)}.` }
      : undefined,
  (_, sinceMs) =>
    sinceMs > quietMs
      ? { health: 'warning', sentence: `It has not pulled for ${spanText(sinceMs)}.` }
      : undefined,
  ({ lagEvents, lagMs }, sinceMs) =>
    lagEvents !== null && lagEvents > 0 && lagMs !== null && lagMs > lateMs
      ? {
          health: 'warning',
          sentence: `It pulled ${ago(sinceMs)} and is ${eventCount(lagEvents)} behind; the oldest happened ${spanText(lagMs)} ago.`,
        }
      : undefined,
  ({ lagEvents }, sinceMs) =>
    lagEvents !== null && lagEvents > 0
      ? {
          health: 'good',
          sentence: `It pulled ${ago(sinceMs)}; ${eventCount(lagEvents)} came since.`,
        }
      : undefined,
  ({ lagEvents }, sinceMs) =>
    lagEvents === 0
      ? { health: 'good', sentence: `It pulled ${ago(sinceMs)} and has everything.` }
      : undefined,
];

/** How somebody who pulls is doing, and why. */
export function judgePuller(facts: PullerFacts): Judged {
  const sinceMs = Math.max(0, facts.nowMs - (facts.lastPullMs ?? facts.nowMs));
  for (const rule of rules) {
    const judged = rule(facts, sinceMs);
    if (judged !== undefined) return judged;
  }
  const unknown =
    facts.kind === 'connector'
      ? 'it asks by time, so nobody knows what it lacks'
      : 'how far it has read is not known';
  return { health: 'good', sentence: `It pulled ${ago(sinceMs)}; ${unknown}.` };
}

function ago(ms: number): string {
  return ms < minuteMs ? 'a moment ago' : `${spanText(ms)} ago`;
}

function eventCount(count: number): string {
  return count === 1 ? 'one event' : `${count.toLocaleString('en')} events`;
}
