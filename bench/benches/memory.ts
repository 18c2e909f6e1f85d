import { join } from 'node:path';
import { fillHistory } from '../history-store.ts';
import { peakRssBytes, peakRssBytesDuring, quantile } from '../measure.ts';
import {
  besiege,
  deliveryPeaksRssBytes,
  eventsApi,
  exportEvents,
  known,
  pageEvents,
  pullFor,
  slowReaders,
  slowSenders,
  streamsApi,
} from '../memory-stand.ts';
import type { PagedApi, Service, Siege } from '../memory-stand.ts';
import { countText, progressOf } from '../progress.ts';
import type { Bench, BenchRow } from '../row.ts';
import { openServiceStand } from '../service-stand.ts';
import type { ServiceStand } from '../service-stand.ts';

const stream = 'acme/insync';
const smallEvents = 10_000;
/** When so much of it is done, every buffer and cache is as full as it gets. */
const warmShare = 0.1;
/** The rest may take so much more, for garbage that has not been collected yet. */
const growthMax = 1.25;
const clients = 200;
const mebibyte = 1024 ** 2;
/** The service's own limits; see docs/reference/limits.md. */
const answersInFlight = 512 * mebibyte;
const bodiesInFlight = 256 * mebibyte;
const garbage = 128 * mebibyte;

/** That memory does not grow with what is exported, delivered, or kept waiting by clients. */
export const benchMemory: Bench = async ({ historyEvents, latencySeconds }) => {
  await using small = await openServiceStand();
  await using large = await openServiceStand();
  const filled = progressOf('stored', historyEvents);
  await fillHistory(dataOf(small), { stream, events: smallEvents });
  await fillHistory(dataOf(large), { stream, events: historyEvents }, filled);
  return [
    await exportRow(large, eventsApi, historyEvents),
    await exportRow(large, streamsApi, historyEvents),
    ...(await slowRows(large, Math.min(historyEvents, clients * pageEvents), latencySeconds)),
    await deliveryRow(small, large, historyEvents),
  ];
};

/** One process: first a page, then a tenth, then everything. */
async function exportRow(stand: ServiceStand, api: PagedApi, events: number): Promise<BenchRow> {
  await stand.start();
  const peak = (count: number) =>
    peakRssBytesDuring(stand.process.pid, () =>
      exportEvents(stand, api, count, progressOf(`exported over the ${api.name}`, count)),
    ).then(known);
  const warmEvents = events * warmShare;
  const peaks = [
    { events: smallEvents, bytes: await peak(smallEvents) },
    { events: warmEvents, bytes: await peak(warmEvents) },
    { events, bytes: await peak(events) },
  ] as const;
  await stand.process.stop();
  return growthRow(`export over the ${api.name}`, peaks);
}

/** A collector with little to deliver, and one with everything, whose peak is read on the way as well. */
async function deliveryRow(
  small: ServiceStand,
  large: ServiceStand,
  events: number,
): Promise<BenchRow> {
  const marks = [events * warmShare, events];
  const [smallPeak] = await deliveryPeaksRssBytes(dataOf(small), [smallEvents]);
  const progress = progressOf('delivered', events);
  const [warmPeak, largePeak] = await deliveryPeaksRssBytes(dataOf(large), marks, progress);
  return growthRow('delivery of a backlog', [
    { events: smallEvents, bytes: known(smallPeak) },
    { events: events * warmShare, bytes: known(warmPeak) },
    { events, bytes: known(largePeak) },
  ]);
}

interface Peak {
  readonly events: number;
  readonly bytes: number;
}

function growthRow(what: string, [small, warm, large]: readonly [Peak, Peak, Peak]): BenchRow {
  const peaks = [small, warm, large].map(
    ({ events, bytes }) => `${mebibytes(bytes)} with ${countText(events)}`,
  );
  return {
    path: `memory: ${what}, ${countText(large.events)} events / ${countText(warm.events)}`,
    value: large.bytes / warm.bytes,
    unit: 'ratio',
    budget: growthMax,
    peakRssBytes: large.bytes,
    note: `peaks: ${peaks.join(', ')}; ${(large.bytes / small.bytes).toFixed(2)} times that of the fewest`,
  };
}

/** The latency of an ordinary client beside slow ones, and the memory that these take. */
async function slowRows(
  stand: ServiceStand,
  pagesEvents: number,
  seconds: number,
): Promise<readonly BenchRow[]> {
  await stand.start();
  const places = await exportEvents(stand, eventsApi, pagesEvents);
  const alone = await pullFor(stand, seconds);
  const exporting = known(peakRssBytes(stand.process.pid));
  const readers = await besiege(stand, slowReaders(stand, eventsApi, clients, places), seconds);
  await stand.process.stop();
  await stand.start();
  const senders = await besiege(stand, slowSenders(stand, clients, 1000), seconds);
  await stand.process.stop();
  return [
    slowRow(`take pages of ${countText(pageEvents)} events slowly`, alone, readers, {
      peakRssBytesMax: exporting + answersInFlight + garbage,
    }),
    slowRow('send bodies of 8 MB slowly', alone, senders, {
      peakRssBytesMax: exporting + bodiesInFlight + garbage,
    }),
  ];
}

function slowRow(
  what: string,
  alone: Service,
  siege: Siege,
  limit: Pick<BenchRow, 'peakRssBytesMax'>,
): BenchRow {
  const { early, late, outcomes } = siege;
  const answered = early.latenciesMs.length + late.latenciesMs.length;
  const notes = [
    `p50 ${millisecondsAt(late, 0.5)}, alone ${millisecondsAt(alone, 0.5)}`,
    `while they came p50 ${millisecondsAt(early, 0.5)} and p99 ${millisecondsAt(early, 0.99)}`,
    `${answered} answers and ${early.refused + late.refused} refusals`,
    `the ${clients} have begun to get ${JSON.stringify(outcomes)}`,
  ];
  return {
    path: `latency of an ordinary client beside ${clients} that ${what}, p99`,
    value: quantile(late.latenciesMs, 0.99),
    unit: 'ms',
    limit: { name: 'alone', value: quantile(alone.latenciesMs, 0.99) },
    peakRssBytes: siege.peakRssBytes,
    ...limit,
    note: notes.join('; '),
  };
}

function millisecondsAt({ latenciesMs }: Service, share: number): string {
  return `${quantile(latenciesMs, share).toFixed(1)} ms`;
}

function dataOf({ root }: ServiceStand): string {
  return join(root, 'data');
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / mebibyte)} MiB`;
}
