import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import type { z } from 'zod';
import { sinkContract } from '../../../test/contract/sink.ts';
import { eventAt, sliceFrom } from '../../../test/contract/sink/slices.ts';
import { systemClock } from '../../cli/system-clock.ts';
import { Secret } from '../../core/secret.ts';
import type { Format } from '../../encode/encoder.ts';
import { HttpPeer, type PeerAnswer, type PeerRequest } from '../../testing/http-peer.ts';
import { httpSinkOptions } from './options.ts';
import { createHttpSink } from './sink.ts';

const never = new AbortController().signal;
const poison = 'this line is refused';
const secret = 'a-secret-that-nobody-knows';
const three = sliceFrom([1, 2, 3].map((at) => eventAt(at, `CEF:0|line ${at}`)));

type Given = Partial<z.input<typeof httpSinkOptions>>;

function newSink(url: string, given: Given = {}, format: Format = 'cef') {
  const options = httpSinkOptions.parse({ type: 'http', url, requestTimeout: '30s', ...given });
  return createHttpSink('webhook', options, format, {
    clock: systemClock,
    log: pino({ enabled: false }),
    readSecret: async () => new Secret(secret),
  });
}

for (const body of ['lines', 'json-array', 'single'] as const) {
  sinkContract(`http sink that sends ${body}`, async () => {
    const lines: string[] = [];
    let status = 200;
    const peer = await HttpPeer.start((request): PeerAnswer => {
      if (status !== 200) return { status };
      const sent = linesOf(request, body);
      if (sent.includes(poison)) return { status: 422, body: '{"error":"no such field"}' };
      lines.push(...sent);
      return { status: 204 };
    });
    return {
      newSink: () => newSink(peer.url, { body }),
      lines: () => lines,
      pause: () => peer.pause(),
      resume: () => peer.resume(),
      kill: () => peer.kill(),
      restart: () => peer.restart(),
      refuse: async () => void (status = 401),
      poison,
      wireBatchEvents: body === 'single' ? 20 : 1000,
      [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
    };
  });
}

function linesOf({ body }: PeerRequest, kind: 'lines' | 'json-array' | 'single'): string[] {
  if (kind === 'single') return [body];
  if (kind === 'lines') return body.split('\n').slice(0, -1);
  const items: string[] = JSON.parse(body);
  return items;
}

function fixture(name: string): URL {
  return new URL(`../syslog/fixtures/${name}.pem`, import.meta.url);
}

describe('http sink', () => {
  it('signs what it sends, and names its events', async () => {
    const requests: PeerRequest[] = [];
    await using peer = await HttpPeer.start((request) => {
      requests.push(request);
      return { status: 200 };
    });
    const signingKey = { env: 'WEBHOOK_KEY' };
    await using sink = newSink(`${peer.url}/hook?source=siem`, { signingKey, compression: true });
    const long = sliceFrom([...three.events, eventAt(4, 'long '.repeat(1000))]);
    await sink.deliver(long, never);
    const [request] = requests;
    assert.equal(request?.url.search, '?source=siem');
    assert.equal(request.headers['content-encoding'], 'gzip');
    assert.equal(request.headers['tailrace-stream'], 'acme/insync');
    assert.equal(request.headers['tailrace-positions'], '1-4');
    const given = String(request.headers['tailrace-signature']);
    const [, seconds = '', mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(given) ?? [];
    assert.equal(
      mac,
      createHmac('sha256', secret).update(`${seconds}.${request.body}`).digest('hex'),
    );
    assert.ok(Math.abs(Number(seconds) * 1000 - Date.now()) < 60_000);
  });

  it('sends each event alone with its id', async () => {
    const ids: unknown[] = [];
    await using peer = await HttpPeer.start(({ headers, body }) => {
      ids.push([headers['tailrace-id'], headers['content-type'], body]);
      return { status: 200 };
    });
    await using sink = newSink(peer.url, { body: 'single' }, 'json');
    await sink.deliver(sliceFrom([eventAt(1, '{"a":1}'), eventAt(2, '{"a":2}')]), never);
    assert.deepEqual(ids, [
      ['e-1', 'application/json', '{"a":1}'],
      ['e-2', 'application/json', '{"a":2}'],
    ]);
  });

  it('goes on behind what a receiver has taken that then asks it to wait', async () => {
    const taken: string[] = [];
    await using peer = await HttpPeer.start(({ body }) => {
      // Every third request is one too many.
      if (requests++ % 3 === 2) return { status: 429 };
      taken.push(body);
      return { status: 200 };
    });
    let requests = 0;
    await using sink = newSink(peer.url, { body: 'single' });
    const slice = sliceFrom([1, 2, 3, 4, 5].map((at) => eventAt(at, `CEF:0|line ${at}`)));
    await assert.rejects(sink.deliver(slice, never), { code: 'sink_unavailable' });
    await assert.rejects(sink.deliver(slice, never), { code: 'sink_unavailable' });
    await sink.deliver(slice, never);
    assert.deepEqual(
      taken,
      slice.events.map(({ line }) => line),
    );
  });

  it('sends configured headers, a credential among them', async () => {
    const seen: (string | undefined)[] = [];
    await using peer = await HttpPeer.start(({ headers }) => {
      seen.push(headers.authorization);
      return { status: 200 };
    });
    await using sink = newSink(peer.url, { headers: { Authorization: { env: 'TOKEN' } } });
    await sink.deliver(three, never);
    assert.deepEqual(seen, [secret]);
  });

  it('follows no redirect, which would carry events to another place', async () => {
    await using peer = await HttpPeer.start(() => ({
      status: 307,
      headers: { location: 'http://192.0.2.1/elsewhere' },
    }));
    await using sink = newSink(peer.url);
    await assert.rejects(sink.deliver(three, never), { code: 'sink_refused', message: /307/ });
  });

  it('passes on how long it is asked to wait', async () => {
    await using peer = await HttpPeer.start(() => ({
      status: 503,
      headers: { 'retry-after': '17' },
    }));
    await using sink = newSink(peer.url);
    await assert.rejects(sink.deliver(three, never), {
      code: 'sink_unavailable',
      retryAfterMs: 17_000,
    });
  });

  it('does not send again what was taken with an answer that nobody can read', async () => {
    let requests = 0;
    await using peer = await HttpPeer.start(() => {
      requests += 1;
      return { status: 200, headers: { 'content-encoding': 'deflate' }, body: 'ok' };
    });
    await using sink = newSink(peer.url);
    assert.deepEqual(await sink.deliver(three, never), { rejected: [] });
    assert.equal(requests, 1);
  });

  it('does not tell the credential that an address may hold', async () => {
    await using peer = await HttpPeer.start(() => ({ status: 404 }));
    await using sink = newSink(`${peer.url}/services/T01/Qk3vYz9TtR8wLmN2pXs7UaBc`);
    const message = /127\.0\.0\.1:\d+\/services\/T01\/…: there is nothing at this address/;
    await assert.rejects(sink.deliver(three, never), { code: 'sink_refused', message });
    await peer.kill();
    await assert.rejects(sink.deliver(three, never), (error: Error) => {
      assert.doesNotMatch(error.message, /Qk3vYz9TtR8wLmN2pXs7UaBc/);
      return true;
    });
  });

  it('goes on when the file with the authority of its receiver is corrected', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tailrace-http-sink-'));
    try {
      const ca = join(directory, 'ca.pem');
      const tls = {
        cert: await readFile(fixture('server.crt')),
        key: await readFile(fixture('server.key')),
      };
      await using peer = await HttpPeer.start(() => ({ status: 200 }), tls);
      await using sink = newSink(peer.url, { ca });
      await copyFile(fixture('stranger.crt'), ca);
      await assert.rejects(sink.deliver(three, never), { code: 'sink_refused' });
      await copyFile(fixture('authority.crt'), ca);
      assert.deepEqual(await sink.deliver(three, never), { rejected: [] });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('lets nobody configure the headers that are its own', () => {
    const given = { type: 'http', url: 'https://siem.example.com/', headers: { Host: 'x' } };
    assert.throws(() => httpSinkOptions.parse(given), /set by Tailrace itself/);
  });
});
