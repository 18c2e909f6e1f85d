import { collectAll, costOfScript, startServer } from '../collector-stand.ts';
import type { Bench, BenchRow } from '../row.ts';
import { perEvent } from './ingest.ts';

const rssBytesMax = 150 * 1024 ** 2;

/** What is pulled, in which pages, and the budget that goes with it. */
const variants = [
  { format: 'cef', pageEvents: 10_000, profile: 'vendor', budget: 150_000 },
  { format: 'cef', pageEvents: 10_000, profile: 'vendor', scripts: 'many' },
  { format: 'cef', pageEvents: 500, profile: 'vendor' },
  { format: 'json', pageEvents: 10_000, profile: 'strict', budget: 100_000 },
  { format: 'json', pageEvents: 10_000, profile: 'strict', scripts: 'many' },
  { format: 'json', pageEvents: 500, profile: 'strict' },
] as const;

/** Vendor page → store → published CEF file, fsync included, beside a script as vendors hand out. */
export const benchCollect: Bench = async ({ events }) => {
  const rows: BenchRow[] = [];
  for (const variant of variants) {
    const { format, pageEvents, profile } = variant;
    const scripts = 'scripts' in variant ? variant.scripts : 'ascii';
    const served = [format, events, pageEvents, scripts];
    await using pages = await startServer('page-server.ts', served);
    const { url } = pages;
    const script = await costOfScript(vendorScript(url, format, events));
    const collector = await collectAll({
      source: (file) => ({ ...source, url, format, token: { file } }),
      profile,
      events,
    });
    rows.push({
      path: `vendor page (${format.toUpperCase()}, ${pageEvents} events${scripts === 'many' ? ', many scripts' : ''}) → store → published CEF file`,
      value: events / collector.wallSeconds,
      unit: 'events/s',
      ...('budget' in variant && { budget: variant.budget }),
      ...(script !== undefined && {
        limit: { name: "a vendor's script, no fsync", value: events / script.wallSeconds },
      }),
      cpuMicrosecondsPerEvent: perEvent(collector.cpuSeconds, events),
      peakRssBytes: collector.peakRssBytes,
      peakRssBytesMax: rssBytesMax,
    });
  }
  return rows;
};

const source = {
  name: 'druva',
  type: 'druva',
  api: 'v1',
  stream: 'acme/insync',
  username: 'dana@example.com',
} as const;

/** Pulls all pages the way vendors' sample scripts do: one file, no fsync, the cookie saved at the end. */
function vendorScript(url: string, format: string, events: number): string {
  return `
import requests, sys
session = requests.Session()
cookies, held = {}, 0
with open(sys.argv[1], 'a') as output:
    while held < ${events}:
        answer = session.get('${url}/api/events/v1?format=${format}', auth=('u', 'p'), cookies=cookies)
        cookies = {'progress': answer.cookies['progress']}
        page = answer.json()['events']
        held += len(page)
        for event in page:
            output.write(str(event) + '\\n')
open(sys.argv[1] + '.state', 'w').write(cookies['progress'])
`;
}
