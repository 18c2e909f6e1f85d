import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fetch } from 'undici';
import { freePort, tailraceJson, TailraceProcess } from '../../src/testing/tailrace-process.ts';

const withinMs = 60_000;
const pollMs = 25;

/** One `tailrace run` that takes events in and publishes them into a directory. */
export interface Relay extends AsyncDisposable {
  readonly process: TailraceProcess;
  readonly configFile: string;
  /** Posts events and resolves when they are acknowledged; each has its number in its line. */
  post(numbers: readonly number[]): Promise<void>;
}

export interface RelayOptions {
  readonly tenant?: string;
  readonly sink?: Readonly<Record<string, unknown>>;
}

/** Prepared, not started. `root` holds its data; `directory` is watched. */
export async function openRelay(
  root: string,
  directory: string,
  { tenant = 'acme', sink = {} }: RelayOptions = {},
): Promise<Relay> {
  const listen = `127.0.0.1:${await freePort()}`;
  const dataDirectory = join(root, `data-${tenant}`);
  await tailraceJson('tenant', 'create', tenant, '--data-directory', dataDirectory);
  const { key } = await tailraceJson(
    'ingest-key',
    'create',
    tenant,
    '--data-directory',
    dataDirectory,
  );
  const files = { name: 'files', type: 'file', format: 'cef', profile: 'strict', directory };
  const config = {
    dataDirectory,
    serve: { listen },
    sinks: [{ ...files, rollEvery: '50ms', ...sink }],
  };
  const configFile = join(root, `${tenant}.yaml`);
  writeFileSync(configFile, JSON.stringify(config)); // JSON is YAML
  const process = new TailraceProcess(configFile);
  return {
    process,
    configFile,
    post: async (numbers) => {
      const body = numbers.map((number) => JSON.stringify(eventOf(number))).join('\n');
      const url = `http://${listen}/ingest/v1/${tenant}/insync`;
      const headers = {
        authorization: `Bearer ${String(key)}`,
        'content-type': 'application/x-ndjson',
        'idempotency-key': `from-${numbers[0]}`,
      };
      await until('the batch is acknowledged', process, async () => {
        const request = { method: 'POST', headers, body, signal: AbortSignal.timeout(5000) };
        const response = await fetch(url, request).catch(() => undefined);
        const answer = await response?.text();
        assert.ok(response === undefined || response.ok || response.status >= 429, answer);
        return response?.ok === true;
      });
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

/** Waits for something real; fails with what the process has logged. */
export async function until(
  what: string,
  process: Pick<TailraceProcess, 'log'>,
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  for (const endMs = performance.now() + withinMs; !(await isSo());) {
    if (performance.now() > endMs)
      assert.fail(`${what}: not within ${withinMs} ms\n${process.log}`);
    await delay(pollMs);
  }
}

function eventOf(number: number) {
  return {
    category: 'Backup And Restore',
    eventID: number,
    eventType: 'Backup',
    eventState: 'Success',
    severity: 6,
    timestamp: new Date(1_795_000_000_000 + number).toISOString(),
    initiator: 'ernie.carter@example.com',
    eventDetails: `event number ${number}`,
  };
}

/** Of our events, in whatever order the lines come. */
export function numbersIn(lines: readonly string[]): readonly number[] {
  return lines
    .map((line) => /event number (\d+)/.exec(line)?.[1])
    .filter((number) => number !== undefined)
    .map(Number);
}

export function range(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

/** A temporary directory that is removed at the end. */
export function temporaryRoot(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'tailrace-faults-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A small file system of its own. */
export interface SmallDisk extends Disposable {
  readonly path: string;
}

/** Why no file system can be mounted here; undefined when one can. */
export const mountSkip: string | undefined = (() => {
  using root = temporaryRoot();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', root.path]);
  if (mounted.status === 0) spawnSync('umount', [root.path]);
  const why = 'needs the right to mount a tmpfs (root, package mount)';
  return mounted.status === 0 ? undefined : why;
})();

export function mountSmallDisk(root: string, sizeBytes: number): SmallDisk {
  const path = join(root, 'small');
  mkdirSync(path);
  run('mount', '-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', path);
  return {
    path,
    [Symbol.dispose]: () => run('umount', '-l', path),
  };
}

/** Lets nobody write to the directory, by whatever path it is opened from now on, until disposed. */
export function makeReadOnly(directory: string): Disposable {
  // A mount through which somebody is writing cannot be made read-only: so it is before it is used.
  const aside = mkdtempSync(`${directory}-read-only-`);
  run('mount', '--bind', directory, aside);
  try {
    run('mount', '-o', 'remount,bind,ro', aside);
    run('mount', '--bind', aside, directory);
  } finally {
    run('umount', '-l', aside);
  }
  return { [Symbol.dispose]: () => run('umount', '-l', directory) };
}

function run(program: string, ...options: readonly string[]): void {
  const { status, stderr } = spawnSync(program, options, { encoding: 'utf8' });
  assert.equal(status, 0, `${program} ${options.join(' ')}: ${stderr}`);
}
