import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TailraceProcess } from '../../src/testing/tailrace-process.ts';
import { costOf, peakRssBytes } from '../measure.ts';
import type { Cost } from '../measure.ts';
import type { Bench, BenchRow } from '../row.ts';
import { writeConfig } from '../service-stand.ts';
import { perEvent } from './ingest.ts';

const rssBytesMax = 150 * 1024 ** 2;
const waitSeconds = 120;

/** What is pulled, in which pages, and the budget that goes with it. */
const variants = [
  { format: 'cef', pageEvents: 10_000, profile: 'vendor', budget: 150_000 },
  { format: 'cef', pageEvents: 500, profile: 'vendor' },
  { format: 'json', pageEvents: 10_000, profile: 'strict', budget: 100_000 },
  { format: 'json', pageEvents: 500, profile: 'strict' },
] as const;

/** Vendor page → store → published CEF file, fsync included, beside a script as vendors hand out. */
export const benchCollect: Bench = async ({ events }) => {
  const rows: BenchRow[] = [];
  for (const { format, pageEvents, profile, ...variant } of variants) {
    await using pages = await startPageServer(format, events, pageEvents);
    const script = await vendorScript(pages.url, format, events);
    const collector = await collect(pages.url, format, profile, events);
    rows.push({
      path: `vendor page (${format.toUpperCase()}, ${pageEvents} events) → store → published CEF file`,
      value: events / collector.wallSeconds,
      unit: 'events/s',
      ...variant,
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

interface PageServer extends AsyncDisposable {
  readonly url: string;
}

async function startPageServer(
  format: string,
  events: number,
  pageEvents: number,
): Promise<PageServer> {
  const file = fileURLToPath(new URL('../page-server.ts', import.meta.url));
  const child: ChildProcess = spawn(
    process.execPath,
    [file, format, String(events), String(pageEvents)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  while (!output.includes('\n')) await delay(20);
  return {
    url: `http://127.0.0.1:${output.trim()}`,
    async [Symbol.asyncDispose]() {
      const closed = once(child, 'close');
      child.kill();
      await closed;
    },
  };
}

async function collect(
  url: string,
  format: string,
  profile: string,
  events: number,
): Promise<Cost & { readonly peakRssBytes: number | undefined }> {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-bench-'));
  const directory = join(root, 'published');
  mkdirSync(directory);
  const secret = join(root, 'token');
  writeFileSync(secret, 'a-token', { mode: 0o600 });
  const source = {
    name: 'druva',
    type: 'druva',
    api: 'v1',
    stream: 'acme/insync',
    url,
    format,
    username: 'dana@example.com',
    token: { file: secret },
  };
  const sink = { name: 'files', type: 'file', format: 'cef', profile, directory, rollEvery: '1s' };
  const collector = new TailraceProcess(
    writeConfig(root, 'collector', {
      dataDirectory: join(root, 'data'),
      sources: [source],
      sinks: [sink],
    }),
  );
  try {
    collector.start();
    const cost = await costOf(collector.pid, () => untilPublished(directory, events, collector));
    return { ...cost, peakRssBytes: peakRssBytes(collector.pid) };
  } finally {
    await collector.kill();
    rmSync(root, { recursive: true, force: true });
  }
}

/** Resolves when a file that ends with position `events` is there. */
async function untilPublished(
  directory: string,
  events: number,
  collector: TailraceProcess,
): Promise<void> {
  const last = `-${String(events).padStart(12, '0')}.cef`;
  const endAt = performance.now() + waitSeconds * 1000;
  while (!readdirSync(directory).some((name) => name.endsWith(last))) {
    if (performance.now() > endAt) throw new Error(`not published in time\n${collector.log}`);
    await delay(10);
  }
}

/** Pulls all pages the way vendors' sample scripts do: one file, no fsync, the cookie saved at the end. */
async function vendorScript(
  url: string,
  format: string,
  events: number,
): Promise<Cost | undefined> {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-bench-'));
  const script = `
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
  try {
    const child = spawn('python3', ['-c', script, join(root, 'events.log')], { stdio: 'ignore' });
    if (child.pid === undefined) return undefined;
    const closed = once(child, 'close');
    const cost = await costOf(child.pid, () => closed);
    return child.exitCode === 0 ? cost : undefined;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
