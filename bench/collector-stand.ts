/** A collector as a process of its own, between a server that serves as fast as it can and files. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TailraceProcess } from '../src/testing/tailrace-process.ts';
import { costOf, peakRssBytes } from './measure.ts';
import type { Cost } from './measure.ts';
import { writeConfig } from './service-stand.ts';

const waitSeconds = 600;

export interface PageServer extends AsyncDisposable {
  readonly url: string;
}

/** Starts a server of this folder, which prints its port. */
export async function startServer(
  fileName: string,
  options: readonly (string | number)[],
): Promise<PageServer> {
  const file = fileURLToPath(new URL(fileName, import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [file, ...options.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
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

/** What a collector is to do. */
export interface Collecting {
  /** Gets the path of a file with some secret. */
  readonly source: (secretFile: string) => Readonly<Record<string, unknown>>;
  readonly profile: 'vendor' | 'strict';
  /** How many are to be published as CEF. */
  readonly events: number;
}

/** What it costs to collect and publish everything, the process's start included. */
export async function collectAll({
  source,
  profile,
  events,
}: Collecting): Promise<Cost & { readonly peakRssBytes: number | undefined }> {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-bench-'));
  const directory = join(root, 'published');
  mkdirSync(directory);
  const secret = join(root, 'secret');
  writeFileSync(secret, 'a-secret', { mode: 0o600 });
  const sink = { name: 'files', type: 'file', format: 'cef', profile, directory, rollEvery: '1s' };
  const collector = new TailraceProcess(
    writeConfig(root, 'collector', {
      dataDirectory: join(root, 'data'),
      sources: [source(secret)],
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

/**
 * What a Python script costs that gets the path of a file to write into; undefined when it fails,
 * as it does without Python or its library `requests`.
 */
export async function costOfScript(script: string): Promise<Cost | undefined> {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-bench-'));
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
