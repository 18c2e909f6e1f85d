import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { Response } from 'undici';
import { AppError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { parseStoredEvent, toStoredEvent } from '../../core/event.ts';
import { storedEventsOf } from '../../testing/events-of-lines.ts';
import { Secret } from '../../core/secret.ts';
import { inSync } from '../../feeds/insync.ts';
import type { Fetch } from '../../lib/http-client.ts';
import { startServer } from '../../http/server.ts';
import { openTestService, sampleEvent, type TestService } from '../../testing/export-service.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import type { Source, SourcePage } from '../source.ts';
import { tailraceOptions } from './options.ts';
import { createTailraceSource } from './source.ts';

const signal = new AbortController().signal;
const stream = 'acme/insync';

describe('the Tailrace source', () => {
  for (const credentials of ['token', 'client'] as const) {
    it(`pulls the exact bytes of another Tailrace's events with a ${credentials}`, async () => {
      await using service = await openService();
      await append(service, 1, 7);
      const source = service.source(credentials, { pageEvents: 3 });
      const pages = await pullAll(source);
      assert.deepEqual(
        pages.map(({ events }) => events.ids.length),
        [3, 3, 1],
      );
      assert.equal(textsOf(pages), await storedTexts(service));
      for (const { id, occurredAtMs, json } of pages.flatMap(({ events }) =>
        storedEventsOf(events),
      )) {
        const { id: storedId, occurredAtMs: storedMs } = parseStoredEvent(json);
        assert.deepEqual([id, occurredAtMs], [storedId, storedMs]);
      }
    });
  }

  it('waits at the service until there is an event', async () => {
    await using service = await openService();
    await append(service, 1, 2);
    const source = service.source('token', { wait: '25s' });
    const held = await pullAll(source);
    const pulling = source.pull(held.at(-1)?.checkpoint, signal);
    await append(service, 3, 3);
    assert.equal((await pulling).events.ids.length, 1);
  });

  it('records what the service dropped before it was pulled', async () => {
    await using service = await openService();
    await append(service, 1, 2);
    const source = service.source('token');
    const held = await pullAll(source);
    await append(service, 3, 5);
    service.clock.advance(10 * 86_400_000);
    await append(service, 6, 6, service.clock.nowMs());
    await service.store.trim(stream, service.clock.nowMs() - 86_400_000);
    const page = await source.pull(held.at(-1)?.checkpoint, signal);
    assert.equal(page.events.ids.length, 1);
    const { reason, ...gap } = page.gap ?? { reason: '' };
    const fromMs = Date.parse(String(sampleEvent(2)['timestamp']));
    assert.deepEqual(gap, { fromMs, untilMs: service.clock.nowMs(), count: 3 });
    assert.match(reason, /dropped them/);
    assert.equal((await source.pull(page.checkpoint, signal)).gap, undefined);
  });

  it('says so, and waits longer each time, when every position is refused', async () => {
    const fetch: Fetch = (url) => Promise.resolve(answerOf(url));
    const answerOf = (url: URL) =>
      url.searchParams.has('after')
        ? new Response('no such parameter', { status: 400 })
        : new Response(twoLines, {
            headers: {
              'tailrace-first-position': '1',
              'tailrace-last-position': '2',
              'tailrace-head-position': '5',
            },
          });
    const twoLines = [1, 2]
      .map((number) => `${toStoredEvent(inSync.readEvent(sampleEvent(number)).event).json}\n`)
      .join('');
    const pair = { username: 'admin@example.com', token: { env: 'TOKEN' } };
    const source = sourceOf('http://127.0.0.1:1', pair, fetch);
    let { checkpoint } = await source.pull(undefined, signal);
    const waits: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const error: unknown = await source.pull(checkpoint, signal).catch((reason) => reason);
      assert.ok(error instanceof AppError, String(error));
      assert.equal(error.code, 'source_misbehaved');
      assert.match(error.message, /right behind its oldest events: 400.*no such parameter/);
      waits.push(error.retryAfterMs ?? 0);
      const page = await source.pull(checkpoint, signal);
      assert.deepEqual([page.events.ids.length, page.startsAgain], [2, true]);
      checkpoint = page.checkpoint;
    }
    assert.ok((waits[0] ?? 0) >= 500 && (waits[3] ?? 0) >= 4000, waits.join());
  });

  it('goes on from a checkpoint that a later version has written', async () => {
    await using service = await openService();
    await append(service, 1, 5);
    const held = await pullAll(service.source('token'));
    await append(service, 6, 7);
    const checkpoint: JsonObject = JSON.parse(held.at(-1)?.checkpoint ?? '');
    const later = JSON.stringify({ ...checkpoint, later: { than: 'this' } });
    const page = await service.source('token').pull(later, signal);
    assert.equal(page.events.ids.length, 2);
  });

  it('starts again when the stream ends before the position it had reached', async () => {
    await using service = await openService();
    await append(service, 1, 5);
    const source = service.source('token');
    const held = await pullAll(source);
    await service.store.deleteStream(stream);
    await append(service, 1, 2);
    const page = await source.pull(held.at(-1)?.checkpoint, signal);
    assert.equal(page.events.ids.length, 2);
    assert.deepEqual([page.mayRepeat, page.startsAgain], [true, true]);
  });

  it('starts again when another event has the position it had reached, though more have come', async () => {
    await using service = await openService();
    await append(service, 1, 5);
    const held = await pullAll(service.source('token'));
    await service.store.deleteStream(stream);
    await append(service, 11, 17);
    const again = { ...service.dependencies, metrics: new Registry() };
    const restarted = await startServer(again, service.options);
    try {
      const source = service.source('token', { url: restarted.url });
      const page = await source.pull(held.at(-1)?.checkpoint, signal);
      assert.equal(page.events.ids.length, 7);
      assert.deepEqual([page.mayRepeat, page.startsAgain], [true, true]);
      assert.equal((await source.pull(page.checkpoint, signal)).startsAgain, false);
    } finally {
      await restarted.close(0);
    }
  });

  it('says refused when the credentials are wrong', async () => {
    await using service = await openService();
    const source = service.source('token', { username: 'nobody@example.com' });
    await rejects(source.pull(undefined, signal), 'source_refused', /401/);
  });

  const event = toStoredEvent(inSync.readEvent(sampleEvent(1)).event).json;
  for (const { title, headers, body } of [
    { title: 'no positions', headers: {}, body: `${event}\n` },
    { title: 'a hole', headers: positions(7, 7, 9), body: `${event}\n` },
    { title: 'events from before', headers: positions(5, 5, 9), body: `${event}\n` },
    { title: 'fewer events than positions', headers: positions(6, 7, 9), body: `${event}\n` },
    { title: 'a position beyond the head', headers: positions(6, 6, 5), body: `${event}\n` },
    { title: 'half of a line', headers: positions(6, 6, 9), body: event.slice(0, -5) },
    { title: 'a line without its end', headers: positions(6, 6, 9), body: event },
    { title: 'an event without id', headers: positions(6, 6, 9), body: '{"occurredAtMs":1}\n' },
    {
      title: 'a gap that does not fit',
      headers: { ...positions(9, 9, 9), 'tailrace-gap': 'first=3; last=8' },
      body: `${event}\n`,
    },
    {
      title: 'a gap that cannot be read',
      headers: { ...positions(9, 9, 9), 'tailrace-gap': 'many' },
      body: `${event}\n`,
    },
  ]) {
    it(`refuses a page with ${title}`, async () => {
      const server = createServer((_, response) => {
        response.writeHead(200, { 'content-type': 'application/x-ndjson', ...headers }).end(body);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      try {
        const address = server.address();
        assert.ok(typeof address === 'object' && address !== null);
        const source = sourceOf(`http://127.0.0.1:${address.port}`, {
          username: 'admin@example.com',
          token: { env: 'TOKEN' },
        });
        const checkpoint = JSON.stringify({ version: 1, position: 5, repeating: false });
        await rejects(source.pull(checkpoint, signal), 'source_misbehaved', /./);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    });
  }

  it('needs one complete pair of credentials', () => {
    const url = 'https://siem.example.com';
    for (const credentials of [
      {},
      { username: 'a' },
      { username: 'a', clientSecret: { env: 'X' } },
      { username: 'a', token: { env: 'X' }, clientId: 'b' },
    ]) {
      assert.throws(() => tailraceOptions.parse({ type: 'tailrace', url, ...credentials }));
    }
  });
});

function positions(first: number, last: number, head: number): OutgoingHttpHeaders {
  return {
    'tailrace-first-position': first,
    'tailrace-last-position': last,
    'tailrace-head-position': head,
  };
}

interface RemoteService extends TestService {
  source(credentials: 'token' | 'client', more?: Readonly<Record<string, unknown>>): Source;
}

/** A real export service, and sources that pull from it. */
async function openService(): Promise<RemoteService> {
  const service = await openTestService();
  const tenant = await service.createTenant('acme');
  // Without this every pull would stand in the stream too, as an event of the audit trail.
  const categories = ['Backup And Restore'];
  await service.directory.changeExportSettings('acme', { categories }, { name: 'test' });
  const server = await startServer(
    { ...service.dependencies, metrics: new Registry() },
    service.options,
  );
  return {
    ...service,
    source: (credentials, more = {}) => {
      const pair =
        credentials === 'token'
          ? { username: tenant.email, token: { env: tenant.token } }
          : { clientId: tenant.clientId, clientSecret: { env: tenant.clientSecret } };
      return sourceOf(server.url, { wait: '0s', ...pair, ...more });
    },
    [Symbol.asyncDispose]: async () => {
      await server.close(0);
      await service[Symbol.asyncDispose]();
    },
  };
}

/** Reads secrets from where their reference stands, which only a test may do. */
function sourceOf(url: string, more: Readonly<Record<string, unknown>>, fetch?: Fetch): Source {
  return createTailraceSource(
    'other',
    stream,
    tailraceOptions.parse({ type: 'tailrace', url, ...more }),
    {
      clock: new ManualClock(),
      log: pino({ level: 'silent' }),
      readSecret: (reference) =>
        Promise.resolve(new Secret('env' in reference ? reference.env : '')),
      ...(fetch === undefined ? {} : { fetch }),
    },
  );
}

async function append(
  { store }: TestService,
  first: number,
  last: number,
  atMs?: number,
): Promise<void> {
  const events = Array.from({ length: last - first + 1 }, (_, index) => {
    const { event } = inSync.readEvent(sampleEvent(first + index));
    return toStoredEvent(atMs === undefined ? event : { ...event, occurredAtMs: atMs });
  });
  await store.append({ stream, events });
}

async function storedTexts({ store }: TestService): Promise<string> {
  const { blocks } = await store.readAfter(stream, 0, { events: 1000, bytes: 10_000_000 });
  return blocks.map(({ ndjson }) => ndjson.toString()).join('');
}

function textsOf(pages: readonly SourcePage[]): string {
  return pages.map(({ events }) => Buffer.from(events.ndjson).toString()).join('');
}

async function pullAll(source: Source): Promise<SourcePage[]> {
  const pages: SourcePage[] = [];
  do {
    pages.push(await source.pull(pages.at(-1)?.checkpoint, signal));
  } while (pages.at(-1)?.caughtUp === false);
  return pages;
}

async function rejects(pulling: Promise<unknown>, code: string, message: RegExp): Promise<void> {
  await assert.rejects(pulling, (error) => {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}
