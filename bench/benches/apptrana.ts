import { openAttackStand } from '../attack-stand.ts';
import { collectAll, costOfScript, startServer } from '../collector-stand.ts';
import { staticBytesRate } from '../limits.ts';
import { costOf, peakRssBytes, peakRssBytesDuring } from '../measure.ts';
import type { Bench, BenchRow } from '../row.ts';
import { perEvent } from './ingest.ts';

const windowMs = 300_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const mebibyte = 1024 ** 2;
const rssBytesMax = 150 * mebibyte;
/** A window should need no more memory for a million attacks than for ten; this is for garbage. */
const largeWindowMebibytes = 64;
const windowEvents = 5000;
const backfillDays = 30;

/** AppTrana's SIEM API from both ends. */
export const benchApptrana: Bench = async ({ events }) => [
  await serveWindows(Math.min(events, 100_000)),
  await serveLargeWindow(events),
  await collectDense(Math.min(events, 300_000)),
  await collectSparse(events < 100_000 ? 3 : 30),
  await collectSteadily(events),
];

/** The service's end: every window once, as a customer who begins today asks for them. */
async function serveWindows(events: number): Promise<BenchRow> {
  const firstMs = Date.now() - (events / windowEvents) * windowMs;
  const windows = Array.from({ length: events / windowEvents }, (_, index) => ({
    fromMs: firstMs + index * windowMs,
    untilMs: firstMs + (index + 1) * windowMs,
  }));
  await using stand = await openAttackStand(
    windows.map((window) => ({ count: windowEvents, window })),
  );
  const page = await stand.read({ fromMs: firstMs, untilMs: firstMs + windowMs });
  const cost = await costOf(stand.pid, async () => {
    for (const window of windows) await stand.read(window);
  });
  const staticRate = await staticBytesRate(page, windowEvents);
  return {
    path: 'getAttackInfo',
    value: events / cost.wallSeconds,
    unit: 'events/s',
    limit: { name: 'static bytes from memory', value: staticRate },
    cpuMicrosecondsPerEvent: perEvent(cost.cpuSeconds, events),
    peakRssBytes: peakRssBytes(stand.pid),
    note: `windows of ${windowEvents} attacks of ${Math.round(page.length / windowEvents)} bytes, one client`,
  };
}

/** How much more memory one window takes that holds very many attacks instead of ten. */
async function serveLargeWindow(attacks: number): Promise<BenchRow> {
  const firstMs = Date.now() - 3 * windowMs;
  const few = { count: 10, window: { fromMs: firstMs, untilMs: firstMs + windowMs } };
  const window = { fromMs: few.window.untilMs, untilMs: few.window.untilMs + windowMs };
  await using stand = await openAttackStand([few, { count: attacks, window }]);
  const fewBytes = await peakRssBytesDuring(stand.pid, () => stand.readLength(few.window));
  const cost = await costOf(stand.pid, () =>
    peakRssBytesDuring(stand.pid, () => stand.readLength(window)),
  );
  return {
    path: `getAttackInfo, one window of ${attacks} attacks: memory beyond that of ten`,
    value: ((cost.result ?? Number.NaN) - (fewBytes ?? Number.NaN)) / mebibyte,
    unit: 'MiB',
    budget: largeWindowMebibytes,
    cpuMicrosecondsPerEvent: perEvent(cost.cpuSeconds, attacks),
    peakRssBytes: cost.result,
    note: `peak of the service ${Math.round((fewBytes ?? 0) / mebibyte)} MiB with ten`,
  };
}

/** The collector's end, where there is much to pull. */
async function collectDense(events: number): Promise<BenchRow> {
  const apartMs = windowMs / windowEvents;
  await using attacks = await startServer('attack-server.ts', [events, apartMs]);
  const { url } = attacks;
  const script = await costOfScript(customersScript(url, events * apartMs));
  const backfillMs = events * apartMs + 2 * windowMs;
  const cost = await collectAll({
    source: (file) => ({ ...source, url, apiKey: { file }, backfill: `${backfillMs}ms` }),
    profile: 'strict',
    events,
  });
  return {
    path: `apptrana (${windowEvents} attacks a window) → store → published CEF file`,
    value: events / cost.wallSeconds,
    unit: 'events/s',
    ...(script !== undefined && {
      limit: { name: "a customer's script, no fsync", value: events / script.wallSeconds },
    }),
    cpuMicrosecondsPerEvent: perEvent(cost.cpuSeconds, events),
    peakRssBytes: cost.peakRssBytes,
    peakRssBytesMax: rssBytesMax,
  };
}

/** The collector's end, where there is next to nothing: what the thousands of requests cost. */
async function collectSparse(days: number): Promise<BenchRow> {
  const apartMs = 600_000;
  const events = Math.floor((days * dayMs) / apartMs) - 2;
  await using attacks = await startServer('attack-server.ts', [events, apartMs]);
  const { url } = attacks;
  const cost = await collectAll({
    source: (file) => ({ ...source, url, apiKey: { file }, backfill: `${days}d` }),
    profile: 'strict',
    events,
  });
  const requests = Math.floor((days * dayMs) / windowMs);
  return {
    path: `memory during a backfill of ${days} days, an attack every 10 min`,
    value: (cost.peakRssBytes ?? Number.NaN) / mebibyte,
    unit: 'MiB',
    budget: rssBytesMax / mebibyte,
    note: `${requests} requests in ${cost.wallSeconds.toFixed(1)} s`,
  };
}

/** The collector's end, where every window of 30 days holds something. */
async function collectSteadily(events: number): Promise<BenchRow> {
  // The source keeps some minutes away from what the service is about to drop.
  const apartMs = Math.floor((backfillDays * dayMs - hourMs) / events);
  await using attacks = await startServer('attack-server.ts', [events, apartMs]);
  const { url } = attacks;
  const cost = await collectAll({
    source: (file) => ({ ...source, url, apiKey: { file }, backfill: `${backfillDays}d` }),
    profile: 'strict',
    events,
  });
  const windowAttacks = Math.round(windowMs / apartMs);
  return {
    path: `memory during a backfill of ${backfillDays} days, ${windowAttacks} attacks in every window`,
    value: (cost.peakRssBytes ?? Number.NaN) / mebibyte,
    unit: 'MiB',
    budget: rssBytesMax / mebibyte,
    cpuMicrosecondsPerEvent: perEvent(cost.cpuSeconds, events),
    note: `${events} attacks in ${cost.wallSeconds.toFixed(1)} s`,
  };
}

const source = {
  name: 'apptrana',
  type: 'apptrana',
  stream: 'acme/apptrana',
  apiId: 'APIKEYexample01',
  settle: '0s',
  sweepHorizon: '0s',
} as const;

/** As customers write them: times as numbers, one file, no place kept, no window asked again. */
function customersScript(url: string, spanMs: number): string {
  return `
import requests, sys, time
base = '${url}/wafportal/rest/siem/v1'
session = requests.Session()
token = session.post(base + '/getAuthToken', auth=('id', 'key')).json()['access_token']
headers = {'Content-Type': 'application/json', 'Authorization': 'Bearer ' + token}
end = int(time.time() * 1000)
start = end - ${spanMs} - ${2 * windowMs}
with open(sys.argv[1], 'a') as output:
    while start < end:
        answer = session.post(base + '/getAttackInfo', headers=headers,
            json={'startTime': start, 'endTime': start + ${windowMs}}).json()
        for website in answer['data']:
            for attack in website['attacks']:
                output.write(str(attack) + '\\n')
        start += ${windowMs}
`;
}
