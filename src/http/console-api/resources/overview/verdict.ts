import type { Expiry, GapView, Health, Puller, Verdict, WorkerView } from '../../api-types.ts';
import { spanText } from '../span-text.ts';

const dayMs = 86_400_000;
/** A gap that is older than this has been seen, or never will be. */
const recentGapMs = 7 * dayMs;
const soonMs = 3 * dayMs;
/** A product that is silent for so long may have lost its way to the service. */
const quietStreamMs = 24 * 3_600_000;

/** What the verdict is made of. */
export interface VerdictFacts {
  readonly nowMs: number;
  readonly tenantEnabled: boolean;
  /** Of the feed that the export settings rule. */
  readonly exportAllowed: boolean;
  readonly exportEnabled: boolean;
  readonly events: number;
  readonly newestEventMs: number | null;
  readonly pullers: readonly Puller[];
  readonly expiries: readonly Expiry[];
  readonly gaps: readonly GapView[];
  readonly sources: readonly WorkerView[];
  readonly sinks: readonly WorkerView[];
}

type Finding = Verdict['findings'][number];

const toExport = '/settings/event-export';
const pullerNames = {
  token: 'Token of',
  'api-client': 'API client',
  connector: 'Connector',
} as const;
const pullerPages = {
  token: '/settings/api',
  'api-client': '/settings/api',
  connector: '/settings/siem',
} as const;

/** What may need a hand, in the order in which it is told among findings as bad. */
const findingsOf: readonly ((facts: VerdictFacts) => readonly Finding[])[] = [
  ({ tenantEnabled }) =>
    tenantEnabled
      ? []
      : [bad('The organization is disabled: nobody can pull. The operator can enable it.')],
  ({ pullers, exportAllowed }) =>
    exportAllowed || !pullers.some(isInSyncPuller)
      ? []
      : [bad('The edition has no Events API: inSync events cannot be pulled.', toExport)],
  ({ exportAllowed, exportEnabled, events, pullers }) =>
    !exportAllowed || exportEnabled || (events === 0 && pullers.length === 0)
      ? []
      : [
          pullers.some((puller) => isInSyncPuller(puller) && puller.lastPullMs !== null)
            ? bad('The export of events is switched off: whoever pulls gets nothing.', toExport)
            : warning('The export of events is switched off.', toExport),
        ],
  ({ pullers }) =>
    pullers
      .filter(({ health }) => health === 'bad' || health === 'warning')
      .map(({ health, kind, name, sentence }) => ({
        health,
        sentence: `${pullerNames[kind]} ${name}: ${sentence}`,
        to: pullerPages[kind],
      })),
  ({ gaps, nowMs }) => gapFindings(gaps.filter((gap) => gap.noticedAtMs > nowMs - recentGapMs)),
  ({ sources }) => workerFindings('Source', sources),
  ({ sinks }) => workerFindings('Sink', sinks),
  ({ expiries, nowMs }) => expiries.map((expiry) => expiryFinding(expiry, nowMs)),
  ({ events, newestEventMs, nowMs }) =>
    events > 0 && newestEventMs !== null && nowMs - newestEventMs > quietStreamMs
      ? [warning(`No event has come for ${spanText(nowMs - newestEventMs)}.`, '/events')]
      : [],
];

const rank = { bad: 0, warning: 1, idle: 2, good: 3 } as const satisfies Record<Health, number>;

/** Answers "is my SIEM getting everything?": the worst finding in a sentence, and all of them. */
export function verdict(facts: VerdictFacts): Verdict {
  const findings = findingsOf
    .flatMap((find) => find(facts))
    .toSorted((one, other) => rank[one.health] - rank[other.health]);
  const [worst, ...others] = findings;
  if (worst === undefined) return { ...calm(facts), findings };
  const more = others.filter(({ health }) => health === 'bad' || health === 'warning').length;
  const rest =
    more === 0
      ? ''
      : more === 1
        ? ' One more thing needs a look.'
        : ` ${more} more things need a look.`;
  return { health: worst.health, sentence: `${worst.sentence}${rest}`, findings };
}

/** When nothing is wrong. */
function calm({ pullers, sinks, events, exportEnabled, exportAllowed }: VerdictFacts) {
  const pulling = pullers.filter(({ lastPullMs }) => lastPullMs !== null);
  if (pulling.length === 0 && sinks.length === 0)
    return {
      health: 'idle',
      sentence: nobodyPulls(events, exportAllowed && exportEnabled),
    } as const;
  if (events === 0) {
    return { health: 'idle', sentence: 'Everything is set up; no event has come yet.' } as const;
  }
  const unread = Math.max(
    0,
    ...pulling.map(({ lagEvents }) => lagEvents ?? 0),
    ...sinks.map(({ lagEvents }) => lagEvents ?? 0),
  );
  const sentence =
    unread === 0
      ? 'Your SIEM is getting everything.'
      : 'Your SIEM is getting everything; the newest events are on their way.';
  const isKnown = [...pulling, ...sinks].some(({ lagEvents }) => lagEvents !== null);
  return {
    health: 'good',
    sentence: isKnown ? sentence : 'Your SIEM pulls regularly, and no loss is known.',
  } as const;
}

function nobodyPulls(events: number, isExported: boolean): string {
  if (!isExported) return 'Nothing is exported yet: switch the export on and create a token.';
  return events === 0
    ? 'Nothing has happened yet: no event has come, and nobody pulls.'
    : 'Events are recorded, but nobody pulls them yet: create a token and set up your SIEM.';
}

function isInSyncPuller({ kind }: Puller): boolean {
  return kind !== 'connector';
}

function gapFindings(gaps: readonly GapView[]): readonly Finding[] {
  const [newest] = gaps;
  if (newest === undefined) return [];
  const counts = gaps.map(({ count }) => count);
  const isKnown = counts.every((count) => count !== null);
  const total = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const number = isKnown
    ? total === 1
      ? 'One event is'
      : `${total.toLocaleString('en')} events are`
    : 'Events are';
  const record = new URLSearchParams({ feed: newest.feed, event: String(newest.position) });
  const sentence = `${number} missing: ${newest.reason.replace(/\.$/, '')}.`;
  return [bad(sentence, `/events?${record.toString()}`)];
}

function workerFindings(what: string, workers: readonly WorkerView[]): readonly Finding[] {
  return workers
    .filter(({ health }) => health === 'bad' || health === 'warning')
    .map(({ health, name, sentence }) => ({ health, sentence: `${what} ${name}: ${sentence}` }));
}

function expiryFinding({ what, name, expiresAtMs }: Expiry, nowMs: number): Finding {
  const leftMs = expiresAtMs - nowMs;
  const left = spanText(leftMs);
  if (what === 'connector-key') {
    const sentence = `The former key of connector ${name} ends in ${left}: the SIEM must have the new one by then.`;
    return warning(sentence, '/settings/siem');
  }
  const sentence = `The token of ${name} expires in ${left}: create a new one before.`;
  return leftMs < soonMs ? bad(sentence, '/settings/api') : warning(sentence, '/settings/api');
}

function bad(sentence: string, to?: string): Finding {
  return { health: 'bad', sentence, ...(to !== undefined && { to }) };
}

function warning(sentence: string, to?: string): Finding {
  return { health: 'warning', sentence, ...(to !== undefined && { to }) };
}
