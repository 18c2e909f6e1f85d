import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import type { z } from 'zod';
import { sinkContract } from '../../../test/contract/sink.ts';
import { acme, eventAt, globex, sliceFrom } from '../../../test/contract/sink/slices.ts';
import { systemClock } from '../../cli/system-clock.ts';
import { Secret } from '../../core/secret.ts';
import type { Format } from '../../encode/encoder.ts';
import { ElasticsearchPeer } from '../../testing/elasticsearch-peer.ts';
import { elasticsearchSinkOptions } from './options.ts';
import { createElasticsearchSink } from './sink.ts';

const never = new AbortController().signal;
const key = 'a2V5OnNlY3JldA==';
const authorization = `ApiKey ${key}`;
const poison = 'this line is refused';
const three = sliceFrom([1, 2, 3].map((at) => eventAt(at, `CEF:0|line ${at}`)));

type Given = Partial<z.input<typeof elasticsearchSinkOptions>>;

function newSink(urls: string | string[], given: Given = {}, format: Format = 'cef') {
  const options = elasticsearchSinkOptions.parse({
    type: 'elasticsearch',
    urls,
    apiKey: { env: 'ELASTIC_KEY' },
    requestTimeout: '30s',
    ...given,
  });
  return createElasticsearchSink('elastic', options, format, {
    clock: systemClock,
    log: pino({ enabled: false }),
    readSecret: async () => new Secret(key),
  });
}

sinkContract('elasticsearch sink', async () => {
  const node = await ElasticsearchPeer.start({ authorization, poison, documentsMax: 1000 });
  return {
    newSink: () => newSink(node.peer.url),
    lines: () => [...node.documents.values()].map(({ message }) => String(message)),
    pause: () => node.peer.pause(),
    resume: () => node.peer.resume(),
    kill: () => node.peer.kill(),
    restart: () => node.peer.restart(),
    refuse: async () => node.close(),
    poison,
    wireBatchEvents: 1000,
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  };
});

describe('elasticsearch sink', () => {
  it('stores a document with time, origin and text, in the data stream of the stream', async () => {
    await using node = await ElasticsearchPeer.start({ authorization });
    await using sink = newSink(node.peer.url);
    await sink.deliver(sliceFrom([eventAt(7, 'CEF:0|seven')], acme), never);
    const [[path, document] = []] = [...node.documents];
    assert.match(path ?? '', /^logs-tailrace\.insync-acme\/[\w-]{43}$/);
    assert.deepEqual(document, {
      '@timestamp': '2026-11-21T00:00:00.007Z',
      message: 'CEF:0|seven',
      tailrace: { id: 'e-7', stream: 'acme/insync' },
    });
  });

  it('keeps a JSON line as an object', async () => {
    await using node = await ElasticsearchPeer.start({ authorization });
    await using sink = newSink(node.peer.url, {}, 'json');
    await sink.deliver(sliceFrom([eventAt(1, '{"eventID":80,"eventType":"Backup"}')]), never);
    const [document] = [...node.documents.values()];
    const event = { eventID: 80, eventType: 'Backup' };
    assert.deepEqual(document?.['tailrace'], { id: 'e-1', stream: 'acme/insync', event });
  });

  it('gives the same event the same id, and events of other streams other ids', async () => {
    await using node = await ElasticsearchPeer.start({ authorization });
    await using sink = newSink(node.peer.url, { index: 'siem' });
    await sink.deliver(three, never);
    await sink.deliver({ ...three }, never); // as after a crash before the position was kept
    assert.equal(node.documents.size, 3);
    await sink.deliver({ ...three, stream: globex }, never);
    assert.equal(node.documents.size, 6);
  });

  it('sends again only what there was no room for', async () => {
    await using node = await ElasticsearchPeer.start({ authorization });
    await using sink = newSink(node.peer.url);
    node.nextItems.push(429);
    await assert.rejects(sink.deliver(three, never), {
      code: 'sink_unavailable',
      message: /had no room for 1 of 3 events/,
    });
    assert.equal(node.documents.size, 2);
    await sink.deliver(three, never);
    assert.equal(node.documents.size, 3);
    assert.equal(node.requests[1]?.body.split('\n').length, 3);
  });

  for (const status of [401, 403, 404]) {
    it(`asks an operator about items that are answered with ${status}`, async () => {
      await using node = await ElasticsearchPeer.start({ authorization });
      await using sink = newSink(node.peer.url);
      node.nextItems.push(status);
      await assert.rejects(sink.deliver(three, never), { code: 'sink_refused', message: /asked/ });
    });
  }

  for (const [status, code] of [
    [400, 'sink_refused'],
    [403, 'sink_refused'],
    [404, 'sink_refused'],
    [429, 'sink_unavailable'],
    [502, 'sink_unavailable'],
  ] as const) {
    it(`takes a whole answer ${status} for ${code}`, async () => {
      await using node = await ElasticsearchPeer.start({ authorization });
      await using sink = newSink(node.peer.url);
      node.nextStatuses.push(status);
      await assert.rejects(sink.deliver(three, never), { code });
      await sink.deliver(three, never);
      assert.equal(node.documents.size, 3);
    });
  }

  it('halves a request that is too large', async () => {
    await using node = await ElasticsearchPeer.start({ authorization, documentsMax: 1 });
    await using sink = newSink(node.peer.url);
    assert.deepEqual(await sink.deliver(three, never), { rejected: [] });
    const [first, second] = node.requests.map(({ body }) => body.split('\n').length);
    assert.deepEqual([first, second], [7, 5]);
  });

  it('asks for no more of an answer than it reads', async () => {
    await using node = await ElasticsearchPeer.start({ authorization });
    await using sink = newSink(node.peer.url);
    await sink.deliver(three, never);
    const wanted = node.requests[0]?.url.searchParams.get('filter_path')?.split(',') ?? [];
    assert.ok(wanted.includes('items.*.status'));
    assert.ok(
      !wanted.some((part) => 'items.create._index'.startsWith(part.replace('*', 'create'))),
    );
  });

  it('goes to the next node when one fails', async () => {
    await using first = await ElasticsearchPeer.start({ authorization });
    await using second = await ElasticsearchPeer.start({ authorization });
    await using sink = newSink([first.peer.url, second.peer.url]);
    await first.peer.kill();
    await assert.rejects(sink.deliver(three, never), { code: 'sink_unavailable' });
    await sink.deliver(three, never);
    assert.equal(second.documents.size, 3);
  });

  it('signs in with user name and password where there is no key', async () => {
    const basic = `Basic ${Buffer.from(`siem:${key}`).toString('base64')}`;
    await using node = await ElasticsearchPeer.start({ authorization: basic });
    const given = { apiKey: undefined, username: 'siem', password: { env: 'ELASTIC_PASSWORD' } };
    await using sink = newSink(node.peer.url, given);
    await sink.deliver(three, never);
    assert.equal(node.documents.size, 3);
  });
});
