/** An export service as a process of its own, with one tenant and everything to call it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, fetch } from 'undici';
import { freePort, tailraceJson, TailraceProcess } from '../src/testing/tailrace-process.ts';
import { ask } from './ask.ts';

const email = 'dana@example.com';
const readyWithinMs = 20_000;

export interface ServiceStand extends AsyncDisposable {
  readonly url: string;
  readonly root: string;
  readonly process: TailraceProcess;
  readonly dispatcher: Agent;
  /** Values for `Authorization`. */
  readonly ingestKey: string;
  readonly basic: string;
  start(): Promise<void>;
}

/**
 * Prepares a service; `config` is added to its configuration, `serve` to that entry of it. Not started
 * yet, so that its store can be filled first.
 */
export async function openServiceStand(
  config: Record<string, unknown> = {},
  serve: Record<string, unknown> = {},
): Promise<ServiceStand> {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-bench-'));
  const data = ['--data-directory', join(root, 'data')];
  await tailraceJson('tenant', 'create', 'acme', ...data);
  await tailraceJson('export-settings', 'set', 'acme', '--enable', ...data);
  await tailraceJson('admin', 'add', 'acme', email, ...data);
  const { token } = await tailraceJson('token', 'create', 'acme', email, ...data);
  const { key } = await tailraceJson('ingest-key', 'create', 'acme', ...data);
  const port = await freePort();
  const unlimited = { requestsPerSecond: 1_000_000, burst: 1_000_000 };
  const configFile = writeConfig(root, 'service', {
    dataDirectory: join(root, 'data'),
    serve: {
      listen: `127.0.0.1:${port}`,
      rateLimits: { perCredential: unlimited, perAddress: unlimited },
      ...serve,
    },
    ...config,
  });
  const process = new TailraceProcess(configFile);
  const dispatcher = new Agent();
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    root,
    process,
    dispatcher,
    ingestKey: `Bearer ${String(key)}`,
    basic: `Basic ${Buffer.from(`${email}:${String(token)}`).toString('base64')}`,
    async start() {
      process.start();
      await ready(url, process);
    },
    async [Symbol.asyncDispose]() {
      await process.kill();
      await dispatcher.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Writes a configuration file. JSON is YAML. */
export function writeConfig(root: string, name: string, config: Record<string, unknown>): string {
  const file = join(root, `${name}.yaml`);
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** Resolves when `/readyz` answers 200; gives how long that took, in milliseconds. */
export async function ready(url: string, process: TailraceProcess): Promise<number> {
  const start = performance.now();
  while (performance.now() - start < readyWithinMs) {
    const ok = await fetch(`${url}/readyz`).then(
      async (response) => (await response.text(), response.ok),
      () => false,
    );
    if (ok) return performance.now() - start;
    await delay(5);
  }
  throw new Error(`not ready within ${readyWithinMs} ms\n${process.log}`);
}

/** Posts one batch and fails loudly when it is not taken. */
export async function ingest(stand: ServiceStand, body: Buffer): Promise<void> {
  await ask(`${stand.url}/ingest/v1/acme/insync`, {
    method: 'POST',
    headers: { authorization: stand.ingestKey, 'content-type': 'application/x-ndjson' },
    body,
    dispatcher: stand.dispatcher,
  });
}

/** Works through `bodies` with `clients` requests under way at a time. */
export async function ingestAll(
  stand: ServiceStand,
  bodies: readonly Buffer[],
  clients: number,
): Promise<void> {
  const queue = bodies.values();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (const body of queue) await ingest(stand, body);
    }),
  );
}
