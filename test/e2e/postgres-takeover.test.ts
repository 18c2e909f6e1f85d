/**
 * Goal: a dead node's source is gone on with by another one within 10 s, and the log neither loses nor
 * doubles an event. Method: two collectors with the same configuration share one PostgreSQL; the one
 * that holds the source is killed while a service is fed, over and over; `tailrace status` says who
 * holds it; in the end every acknowledged event stands in the shared log once.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fetch } from 'undici';
import { z } from 'zod';
import { systemClock } from '../../src/cli/system-clock.ts';
import { parseStoredEvent } from '../../src/core/event.ts';
import { inSyncGenerator } from '../../src/feeds/insync-generator.ts';
import { openPostgresEventStore } from '../../src/store/postgres/store.ts';
import type { EventStore } from '../../src/store/event-store.ts';
import { postgresClusterSkip, startPostgres } from '../../src/testing/postgres-cluster.ts';
import {
  freePort,
  tailrace,
  tailraceJson,
  TailraceProcess,
} from '../../src/testing/tailrace-process.ts';

const stream = 'acme/insync';
const takeovers = 2;

const statusAnswer = z.object({
  nodes: z.array(
    z.object({ isAlive: z.boolean(), listen: z.string().optional(), does: z.array(z.string()) }),
  ),
});

it(
  'takes over the source of a killed node within 10 s, without losing or doubling',
  { skip: postgresClusterSkip, timeout: 180_000 },
  async (test) => {
    await using resources = new AsyncDisposableStack();
    const cluster = resources.use(await startPostgres({ isDurable: true }));
    const root = mkdtempSync(join(tmpdir(), 'tailrace-takeover-'));
    resources.defer(() => rmSync(root, { recursive: true, force: true }));
    const service = await startService(root, resources);
    writeFileSync(join(root, 'store-url'), cluster.url.reveal(), { mode: 0o600 });
    const collectors = new Map<string, TailraceProcess>();
    for (const name of ['one', 'two']) {
      const monitor = `127.0.0.1:${await freePort()}`;
      const process = resources.use(
        new TailraceProcess(collectorConfig(root, name, monitor, service)),
      );
      collectors.set(`http://${monitor}`, process);
      process.start();
    }
    await using store = await openPostgresEventStore({ url: cluster.url, clock: systemClock });

    let sent = 0;
    const feed = async () => {
      sent = await service.post(sent);
      await untilHolds(store, sent);
    };
    await feed();
    const takeoversMs: number[] = [];
    for (let count = 0; count < takeovers; count += 1) {
      const holder = await holderOf(root);
      const process = collectors.get(holder);
      assert.ok(process, `${holder} is one of the collectors`);
      sent = await service.post(sent);
      const killedMs = performance.now();
      await process.kill();
      sent = await service.post(sent);
      await untilHolds(store, sent);
      takeoversMs.push(Math.round(performance.now() - killedMs));
      assert.notEqual(await holderOf(root), holder);
      process.start();
      await feed();
    }
    test.diagnostic(`taken over after ${takeoversMs.join(' and ')} ms`);
    const numbers = await numbersIn(store);
    assert.deepEqual(
      numbers.toSorted((a, b) => a - b),
      Array.from({ length: sent }, (_, index) => index + 1),
      'every event that was acknowledged stands there once',
    );
    for (const ms of takeoversMs) assert.ok(ms < 10_000, `${ms} ms`);
  },
);

/** An export service with tenant acme, and how it is fed. */
async function startService(root: string, resources: AsyncDisposableStack) {
  const listen = `127.0.0.1:${await freePort()}`;
  const dataDirectory = join(root, 'service');
  const config = join(root, 'service.yaml');
  writeFileSync(config, JSON.stringify({ dataDirectory, serve: { listen } }));
  const data = ['--data-directory', dataDirectory];
  await tailraceJson('tenant', 'create', 'acme', ...data);
  await tailraceJson('export-settings', 'set', 'acme', '--enable', ...data);
  const { key } = await tailraceJson('ingest-key', 'create', 'acme', ...data);
  const { clientId, clientSecret } = await tailraceJson('api-client', 'create', 'acme', ...data);
  writeFileSync(join(root, 'secret'), String(clientSecret), { mode: 0o600 });
  const process = resources.use(new TailraceProcess(config));
  process.start();
  const generate = inSyncGenerator(11);
  return {
    url: `http://${listen}`,
    clientId: String(clientId),
    /** Appends 50 events more than `sent`; gives how many there are then. */
    async post(sent: number): Promise<number> {
      const events = Array.from({ length: 50 }, (_, index) => ({
        ...generate(Date.now()),
        eventID: sent + index + 1,
      }));
      const body = events.map((event) => JSON.stringify(event)).join('\n');
      const headers = {
        authorization: `Bearer ${String(key)}`,
        'content-type': 'application/x-ndjson',
      };
      for (;;) {
        const request = {
          method: 'POST',
          headers: { ...headers, 'idempotency-key': `${sent}` },
          body,
        };
        const response = await fetch(`http://${listen}/ingest/v1/acme/insync`, request).catch(
          () => undefined,
        );
        if (response?.ok === true) return sent + events.length;
        await delay(100); // it is starting
      }
    },
  };
}

function collectorConfig(
  root: string,
  name: string,
  monitor: string,
  service: { readonly url: string; readonly clientId: string },
): string {
  const file = join(root, `${name}.yaml`);
  const source = {
    name: 'druva',
    type: 'druva',
    api: 'v2',
    stream,
    url: service.url,
    pollEvery: '1s',
    clientId: service.clientId,
    clientSecret: { file: join(root, 'secret') },
  };
  const config = {
    dataDirectory: join(root, name),
    store: { url: { file: join(root, 'store-url') } },
    monitor: { listen: monitor },
    sources: [source],
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** The address of the monitor of the node that does the source's work now. */
async function holderOf(root: string): Promise<string> {
  for (;;) {
    const { stdout } = await tailrace('status', '--config', join(root, 'one.yaml'), '--json');
    const { nodes } = statusAnswer.parse(JSON.parse(stdout));
    const holder = nodes.find(
      ({ isAlive, does }) => isAlive && does.includes(`source druva ${stream}`),
    );
    if (holder?.listen !== undefined) return holder.listen;
    await delay(200);
  }
}

/** Resolves when the log holds so many; the test's time limit ends it otherwise. */
async function untilHolds(store: EventStore, count: number): Promise<void> {
  let head = 0;
  while (new Set(await numbersIn(store)).size < count) {
    head = await store.waitBeyond(stream, head, 1000);
  }
}

/** The numbers of the events that were fed; those of what the service itself adds are far larger. */
async function numbersIn(store: EventStore): Promise<readonly number[]> {
  const { blocks } = await store.readAfter(stream, 0, { events: 1e9, bytes: 1e9 });
  return blocks
    .flatMap(({ ndjson }) => ndjson.toString().split('\n').slice(0, -1))
    .flatMap((json) => /^(\d{1,6})-/.exec(parseStoredEvent(json).id)?.[1] ?? [])
    .map(Number);
}
