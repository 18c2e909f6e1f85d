/**
 * `npm run bench -- --cluster`: three service nodes and two collectors on one PostgreSQL of this
 * machine, at work for a bounded time, beside what the model of docs/SCALING.md says it costs.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { publishedLines } from '../../src/testing/published-lines.ts';
import { bodiesOf, eventTexts, meanBytes } from '../events.ts';
import { jsonParseRate } from '../limits.ts';
import { reckoned } from '../scaling/model.ts';
import { collectedTenants, openClusterStand, type ClusterStand } from './cluster-stand.ts';
import { post, type Load, type Posted } from './load.ts';
import { ClusterMeter, type ClusterCost } from './meter.ts';

export interface ClusterScale {
  readonly tenants: number;
  /** Of each kind of post. */
  readonly seconds: number;
  /** For each of the collected tenants. */
  readonly collectedEvents: number;
}

export const fullCluster: ClusterScale = { tenants: 200, seconds: 15, collectedEvents: 10_000 };
export const quickCluster: ClusterScale = { tenants: 12, seconds: 2, collectedEvents: 2000 };

/** Kinds of posts, from the one where commits decide to the one where events do. */
const kinds = [
  { eventsPerPost: 1, clients: 48 },
  { eventsPerPost: 100, clients: 16 },
  { eventsPerPost: 1000, clients: 8 },
] as const;
const sampleEvents = 20_000;
const plainClients = 16;
const warmUpSeconds = 15;
const collectWithinMs = 60_000;

export interface Stretch extends Posted {
  readonly eventsPerPost: number;
  readonly cost: ClusterCost;
}

export interface Collection {
  readonly events: number;
  readonly cost: ClusterCost;
}

export interface ClusterFigures {
  readonly limits: {
    /** Commits of one small row a second on the same server, with nothing else to do. */
    readonly plainCommits: number;
    /** Events a second that `JSON.parse` manages on one core. */
    readonly jsonParse: number;
  };
  readonly jsonBytesPerEvent: number;
  /** What it costs that everything runs: signs of life, sources that ask for more. */
  readonly idle: ClusterCost;
  /** What each cost beyond that. */
  readonly stretches: readonly Stretch[];
  readonly collection: Collection;
}

/** Measures; ends early when `signal` aborts, and leaves nothing running either way. */
export async function benchCluster(
  { tenants: tenantCount, seconds, collectedEvents }: ClusterScale,
  signal: AbortSignal,
): Promise<ClusterFigures> {
  const texts = eventTexts(sampleEvents, { ascii: false });
  await using stand = await openClusterStand(tenantCount, signal);
  await using meter = new ClusterMeter(stand);
  const limits = {
    plainCommits: await meter.plainCommitRate(plainClients, Math.min(5, seconds)),
    jsonParse: jsonParseRate(texts),
  };
  const load = (kind: (typeof kinds)[number], ofSeconds: number): Load => ({
    services: stand.services,
    tenants: stand.tenants.slice(collectedTenants),
    bodies: bodiesOf(texts, kind.eventsPerPost),
    seconds: ofSeconds,
    ...kind,
  });
  for (const kind of kinds) await post(load(kind, Math.min(warmUpSeconds, seconds)), signal);
  const idle = await meter.costOf(() => delay(seconds * 500, undefined, { signal }));
  const stretches: Stretch[] = [];
  for (const kind of kinds) {
    let posted: Posted = { posts: 0, events: 0 };
    const cost = await meter.costOf(async () => {
      posted = await post(load(kind, seconds), signal);
    });
    stretches.push({ eventsPerPost: kind.eventsPerPost, ...posted, cost: beyond(idle, cost) });
  }
  const collection = await collect(stand, meter, { texts, collectedEvents }, signal);
  return { limits, jsonBytesPerEvent: meanBytes(texts), idle, stretches, collection };
}

/** The cost without what the same time would have cost anyway. */
function beyond(idle: ClusterCost, cost: ClusterCost): ClusterCost {
  const less = (key: keyof ClusterCost) => cost[key] - (idle[key] * cost.seconds) / idle.seconds;
  return {
    ...cost,
    serviceCpuSeconds: less('serviceCpuSeconds'),
    collectorCpuSeconds: less('collectorCpuSeconds'),
    postgresCpuSeconds: less('postgresCpuSeconds'),
    transactions: less('transactions'),
  };
}

/** From a product's post to the published file: posted, pulled, stored again, delivered. */
async function collect(
  stand: ClusterStand,
  meter: ClusterMeter,
  {
    texts,
    collectedEvents,
  }: { readonly texts: readonly string[]; readonly collectedEvents: number },
  signal: AbortSignal,
): Promise<Collection> {
  const eventsPerPost = 1000;
  const events = collectedEvents * collectedTenants;
  const postsMax = events / eventsPerPost;
  const cost = await meter.costOf(async () => {
    const load = {
      services: stand.services,
      tenants: stand.tenants.slice(0, collectedTenants),
      bodies: bodiesOf(texts, eventsPerPost),
      eventsPerPost,
      clients: 4,
      seconds: collectWithinMs / 1000,
      postsMax,
    };
    await post(load, signal);
    const endMs = performance.now() + collectWithinMs;
    while ((await meter.headsLike('site-%')) < events && !signal.aborted) {
      if (performance.now() > endMs) throw new Error(notCollected(stand));
      await delay(100);
    }
    while (countPublished(stand) < events && !signal.aborted) {
      if (performance.now() > endMs) throw new Error(notCollected(stand));
      await delay(200);
    }
  });
  return { events, cost };
}

function countPublished({ published }: ClusterStand): number {
  return published.reduce((sum, directory) => sum + publishedLines(directory).length, 0);
}

function notCollected({ collectors }: ClusterStand): string {
  const logs = collectors.map(({ process }) => process.log).join('\n');
  return `not collected within ${collectWithinMs / 1000} s\n${logs}`;
}

/** What two kinds of posts tell of the costs of one post and of one event more in it. */
export function fittedCosts(stretches: readonly Stretch[]) {
  const [few, many] = [stretches.at(0), stretches.at(-1)];
  if (few === undefined || many === undefined) throw new Error('nothing was measured');
  const fit = (cpuSeconds: (cost: ClusterCost) => number) => {
    const [low, high] = [few, many].map((each) => cpuSeconds(each.cost) / each.posts);
    const perEvent = ((high ?? 0) - (low ?? 0)) / (many.eventsPerPost - few.eventsPerPost);
    return { perPost: (low ?? 0) - perEvent * few.eventsPerPost, perEvent };
  };
  return {
    node: fit((cost) => cost.serviceCpuSeconds),
    database: fit((cost) => cost.postgresCpuSeconds),
  };
}

/** CPU time over what the model says. */
export function ratiosToModel(stretch: Stretch): {
  readonly node: number;
  readonly database: number;
} {
  const { node, database } = reckoned(stretch);
  return {
    node: stretch.cost.serviceCpuSeconds / node,
    database: stretch.cost.postgresCpuSeconds / database,
  };
}
