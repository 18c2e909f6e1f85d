import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { installProgram } from '../../scripts/install-program.ts';
import { ScriptedVendor, vendorCredentials } from '../../src/testing/scripted-vendor.ts';
import { freePort, sourceMain, TailraceProcess } from '../../src/testing/tailrace-process.ts';
import { cpuSeconds, quantile, rssBytes } from '../measure.ts';
import type { Bench, BenchRow } from '../row.ts';
import { ready, writeConfig } from '../service-stand.ts';

const starts = 9;
const startSecondsMax = 0.6;
const collectorMebibytesMax = 150;
const idleMs = 2000;
const mebibyte = 1024 ** 2;

/** What a process costs that has nothing to do yet: as it is installed, and run from source. */
export const benchStart: Bench = async () => {
  await using installed = await installProgram();
  return [
    ...(await serviceRows('', startSecondsMax, installed.main)),
    ...(await serviceRows(', from source', undefined, sourceMain)),
    ...(await collectorRows('', collectorMebibytesMax, installed.main)),
    ...(await collectorRows(', from source', undefined, sourceMain)),
  ];
};

/** From starting the process to the first 200 of `/readyz`, and what it holds a little later. */
async function serviceRows(how: string, budget?: number, main?: string): Promise<BenchRow[]> {
  using stand = openStand();
  const port = await freePort();
  const serve = { listen: `127.0.0.1:${port}` };
  const service = new TailraceProcess(stand.config({ serve }), main);
  const measured = await measureStarts(service, () => ready(`http://127.0.0.1:${port}`, service));
  const { seconds, bareSeconds, cpu, rss } = measured;
  return [
    {
      path: `process start to ready${how}`,
      value: quantile(seconds, 0.5),
      unit: 's',
      limit: { name: 'Node that does nothing', value: quantile(bareSeconds, 0.5) },
      ...(budget !== undefined && { budget }),
      note: `median of ${starts} starts, fastest ${figure(Math.min(...seconds))} s; ${figure(quantile(cpu, 0.5))} s of CPU, least ${figure(Math.min(...cpu))} s`,
    },
    { path: `idle RSS of a service${how}`, value: quantile(rss, 0.5) / mebibyte, unit: 'MiB' },
  ];
}

/** One that pulls from a vendor who has nothing, and would publish files. */
async function collectorRows(how: string, budget?: number, main?: string): Promise<BenchRow[]> {
  await using vendor = await ScriptedVendor.start();
  using stand = openStand();
  const token = join(stand.root, 'token');
  writeFileSync(token, vendorCredentials.token, { mode: 0o600 });
  const directory = join(stand.root, 'published');
  mkdirSync(directory);
  const { url } = vendor;
  const source = { name: 'druva', type: 'druva', stream: 'acme/insync', api: 'v1', url };
  const credentials = { username: vendorCredentials.username, token: { file: token } };
  const config = stand.config({
    sources: [{ ...source, ...credentials }],
    sinks: [{ name: 'files', type: 'file', format: 'cef', directory }],
  });
  const collector = new TailraceProcess(config, main);
  const { rss } = await measureStarts(collector, () => vendor.requested());
  const value = quantile(rss, 0.5) / mebibyte;
  const row = { path: `idle RSS of a collector${how}`, value, unit: 'MiB' } as const;
  return [{ ...row, ...(budget !== undefined && { budget }) }];
}

interface Measured {
  readonly seconds: readonly number[];
  /** From starting Node without a program to its end, in between. */
  readonly bareSeconds: readonly number[];
  readonly cpu: readonly number[];
  readonly rss: readonly number[];
}

/** The first start is not counted: it leaves compiled code and an empty store to the others. */
async function measureStarts(
  process: TailraceProcess,
  isReady: () => Promise<unknown>,
): Promise<Measured> {
  const all: { seconds: number; bareSeconds: number; cpu: number; rss: number }[] = [];
  for (let count = 0; count <= starts; count += 1) {
    const bareSeconds = secondsSince(performance.now(), () =>
      spawnSync(globalThis.process.execPath, ['--eval', '0']),
    );
    const start = performance.now();
    process.start();
    await isReady();
    const seconds = (performance.now() - start) / 1000;
    const cpu = cpuSeconds(process.pid) ?? Number.NaN;
    await delay(idleMs);
    const rss = rssBytes(process.pid) ?? Number.NaN;
    if (count > 0) all.push({ seconds, bareSeconds, cpu, rss });
    await process.stop();
  }
  return {
    seconds: all.map(({ seconds }) => seconds),
    bareSeconds: all.map(({ bareSeconds }) => bareSeconds),
    cpu: all.map(({ cpu }) => cpu),
    rss: all.map(({ rss }) => rss),
  };
}

function secondsSince(start: number, work: () => unknown): number {
  work();
  return (performance.now() - start) / 1000;
}

interface Stand extends Disposable {
  readonly root: string;
  config(config: Readonly<Record<string, unknown>>): string;
}

function openStand(): Stand {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-bench-'));
  return {
    root,
    config: (config) =>
      writeConfig(root, 'tailrace', { dataDirectory: join(root, 'data'), ...config }),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

function figure(value: number): string {
  return value.toFixed(2);
}
