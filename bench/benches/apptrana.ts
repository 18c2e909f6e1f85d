import { join } from 'node:path';
import { fetch } from 'undici';
import { openDataDirectory, openDataStore } from '../../src/cli/open-data.ts';
import { toStoredEvent } from '../../src/core/event.ts';
import { appTranaGenerator } from '../../src/feeds/apptrana-generator.ts';
import { appTrana } from '../../src/feeds/apptrana.ts';
import { collectAll, costOfScript, startServer } from '../collector-stand.ts';
import { staticBytesRate } from '../limits.ts';
import { costOf, peakRssBytes } from '../measure.ts';
import type { Bench, BenchRow } from '../row.ts';
import { openServiceStand } from '../service-stand.ts';
import type { ServiceStand } from '../service-stand.ts';
import { perEvent } from './ingest.ts';

const windowMs = 300_000;
const dayMs = 86_400_000;
const mebibyte = 1024 ** 2;
const rssBytesMax = 150 * mebibyte;
const actor = { name: 'bench' };
const windowEvents = 5000;

/** AppTrana's SIEM API from both ends. */
export const benchApptrana: Bench = async ({ events }) => [
  await serveWindows(Math.min(events, 100_000)),
  await collectDense(Math.min(events, 300_000)),
  await collectSparse(events < 100_000 ? 3 : 30),
];

/** The service's end: every window once, as a customer who begins today asks for them. */
async function serveWindows(events: number): Promise<BenchRow> {
  await using stand = await openServiceStand();
  const windows = events / windowEvents;
  const firstMs = Date.now() - windows * windowMs;
  await fill(stand, events, firstMs);
  const authorization = await connect(stand, firstMs);
  const windowAt = (index: number) => readWindow(stand, authorization, firstMs + index * windowMs);
  const page = await windowAt(0);
  const cost = await costOf(stand.process.pid, async () => {
    for (let index = 0; index < windows; index += 1) await windowAt(index);
  });
  const staticRate = await staticBytesRate(page, windowEvents);
  return {
    path: 'getAttackInfo',
    value: events / cost.wallSeconds,
    unit: 'events/s',
    limit: { name: 'static bytes from memory', value: staticRate },
    cpuMicrosecondsPerEvent: perEvent(cost.cpuSeconds, events),
    peakRssBytes: peakRssBytes(stand.process.pid),
    note: `windows of ${windowEvents} attacks of ${Math.round(page.length / windowEvents)} bytes, one client`,
  };
}

/** Appends attacks straight into the stand's store, evenly spread from `firstMs` until now. */
async function fill(stand: ServiceStand, events: number, firstMs: number): Promise<void> {
  await using store = await openDataStore({ directory: join(stand.root, 'data') });
  const generate = appTranaGenerator(7);
  const apartMs = windowMs / windowEvents;
  for (let done = 0; done < events; done += 1000) {
    const batch = Array.from({ length: Math.min(1000, events - done) }, (_, index) =>
      toStoredEvent(appTrana.readEvent(generate(firstMs + (done + index) * apartMs)).event),
    );
    await store.append({ stream: 'acme/apptrana', events: batch });
  }
}

/** Starts the service; gives the value for `Authorization`. */
async function connect(stand: ServiceStand, siemEnabledAtMs: number): Promise<string> {
  const { apiId, key } = await createConnector(stand, siemEnabledAtMs);
  await stand.start();
  const response = await fetch(`${stand.url}/wafportal/rest/siem/v1/getAuthToken`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${apiId}:${key}`).toString('base64')}` },
    dispatcher: stand.dispatcher,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`getAuthToken answered ${response.status}: ${text}`);
  const answer: { readonly access_token: string } = JSON.parse(text);
  return `Bearer ${answer.access_token}`;
}

async function createConnector({ root }: ServiceStand, siemEnabledAtMs: number) {
  await using directory = await openDataDirectory({ directory: join(root, 'data') }, {});
  const redirectUrl = 'https://siem.example.com/callback';
  await directory.requestConnector('acme', { name: 'siem', redirectUrl }, actor);
  const approved = await directory.approveConnector('acme', 'siem', { siemEnabledAtMs }, actor);
  const [key] = approved.keys;
  return { apiId: approved.approval?.apiId ?? '', key: key?.value.reveal() ?? '' };
}

async function readWindow(
  stand: ServiceStand,
  authorization: string,
  fromMs: number,
): Promise<Buffer> {
  const response = await fetch(`${stand.url}/wafportal/rest/siem/v1/getAttackInfo`, {
    method: 'POST',
    headers: {
      authorization,
      'content-type': 'application/json',
      'accept-encoding': 'identity', // as the static bytes that it is compared with
    },
    body: JSON.stringify({ startTime: fromMs, endTime: fromMs + windowMs }),
    dispatcher: stand.dispatcher,
  });
  const body = Buffer.from(await response.arrayBuffer());
  if (!response.ok)
    throw new Error(`getAttackInfo answered ${response.status}: ${body.toString()}`);
  return body;
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
