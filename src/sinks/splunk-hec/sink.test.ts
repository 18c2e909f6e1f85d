import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import type { z } from 'zod';
import { sinkContract } from '../../../test/contract/sink.ts';
import { acme, eventAt, globex, sliceFrom } from '../../../test/contract/sink/slices.ts';
import { systemClock } from '../../cli/system-clock.ts';
import type { Clock } from '../../core/clock.ts';
import { Secret } from '../../core/secret.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { SplunkHecPeer } from '../../testing/splunk-hec-peer.ts';
import { until } from '../../testing/until.ts';
import { splunkHecSinkOptions } from './options.ts';
import { responseCodes } from './response-codes.ts';
import { createSplunkHecSink } from './sink.ts';

const never = new AbortController().signal;
const token = '00000000-0000-4000-8000-000000000001';
const poison = 'this line is refused';
const three = sliceFrom([1, 2, 3].map((at) => eventAt(at, `CEF:0|line ${at}`)));

type Given = Partial<z.input<typeof splunkHecSinkOptions>>;

function newSink(url: string, given: Given = {}, clock: Clock = systemClock) {
  const options = splunkHecSinkOptions.parse({
    type: 'splunk-hec',
    url,
    token: { env: 'HEC_TOKEN' },
    requestTimeout: '30s',
    ...given,
  });
  return createSplunkHecSink(
    'splunk',
    options,
    { format: 'cef', hostname: 'siem.example.com' },
    {
      clock,
      log: pino({ enabled: false }),
      readSecret: async () => new Secret(token),
    },
  );
}

for (const acknowledges of [false, true]) {
  sinkContract(`splunk-hec sink ${acknowledges ? 'with' : 'without'} acknowledgement`, async () => {
    const hec = await SplunkHecPeer.start({ token, poison, acknowledges });
    return {
      newSink: () => newSink(hec.peer.url, { acknowledgement: acknowledges }),
      lines: () => hec.taken.map(({ event }) => event),
      pause: () => hec.peer.pause(),
      resume: () => hec.peer.resume(),
      kill: () => hec.peer.kill(),
      restart: () => hec.peer.restart(),
      refuse: async () => hec.disable(),
      poison,
      wireBatchEvents: 1000,
      [Symbol.asyncDispose]: () => hec[Symbol.asyncDispose](),
    };
  });
}

it('sends time, place and identity with each event, compressed', async () => {
  await using hec = await SplunkHecPeer.start({ token });
  await using sink = newSink(hec.peer.url, { index: 'security' });
  const line = `CEF:0|${'long '.repeat(500)}`;
  await sink.deliver(sliceFrom([eventAt(7, line)], acme), never);
  assert.deepEqual(hec.taken[0], {
    time: Date.UTC(2026, 10, 21) / 1000 + 0.007,
    host: 'siem.example.com',
    source: 'acme/insync',
    sourcetype: 'cef',
    index: 'security',
    event: line,
    fields: { tailrace_id: 'e-7', tailrace_stream: 'acme/insync' },
  });
  assert.equal(hec.requests[0]?.headers['content-encoding'], 'gzip');
});

it('sends bare lines to the raw endpoint', async () => {
  await using hec = await SplunkHecPeer.start({ token });
  await using sink = newSink(hec.peer.url, { endpoint: 'raw', index: 'security' });
  await sink.deliver(three, never);
  assert.deepEqual(
    hec.rawLines,
    three.events.map(({ line }) => line),
  );
  const query = Object.fromEntries(hec.requests[0]?.url.searchParams ?? []);
  assert.equal(query['source'], 'acme/insync');
  assert.equal(query['index'], 'security');
  assert.match(query['channel'] ?? '', /^[0-9a-f-]{36}$/);
});

describe('splunk-hec sink, code by code', () => {
  for (const [code, [meaning, words]] of Object.entries(responseCodes)) {
    if (meaning === 'taken') continue;
    it(`takes ${code} (${words}) for ${meaning}`, async () => {
      await using hec = await SplunkHecPeer.start({ token });
      await using sink = newSink(hec.peer.url);
      hec.nextCodes.push(Number(code));
      const delivered = sink.deliver(three, never);
      if (meaning === 'poisoned') {
        assert.deepEqual(await delivered, { rejected: [] }); // alone, none of them is refused
        assert.equal(hec.requests.length, 3);
      } else {
        const expected = meaning === 'retry' ? 'sink_unavailable' : 'sink_refused';
        await assert.rejects(delivered, { code: expected });
        await sink.deliver(three, never);
      }
      assert.deepEqual(
        hec.taken.map(({ event }) => event),
        three.events.map(({ line }) => line),
      );
    });
  }

  it('halves what is too large', async () => {
    await using hec = await SplunkHecPeer.start({ token });
    await using sink = newSink(hec.peer.url);
    hec.nextCodes.push(413, 413);
    assert.deepEqual(await sink.deliver(three, never), { rejected: [] });
    assert.equal(hec.taken.length, 3);
  });

  it('rejects the one event that is too large alone', async () => {
    await using hec = await SplunkHecPeer.start({ token });
    await using sink = newSink(hec.peer.url);
    hec.nextCodes.push(413);
    const one = sliceFrom([eventAt(9, 'CEF:0|huge')]);
    const { rejected } = await sink.deliver(one, never);
    assert.deepEqual(rejected, [{ position: 9, reason: 'Splunk takes no request of this size' }]);
  });

  it('passes on how long it is asked to wait', async () => {
    await using hec = await SplunkHecPeer.start({ token });
    await using sink = newSink(hec.peer.url);
    hec.nextCodes.push(9);
    await assert.rejects(sink.deliver(three, never), { message: /answered 503.*Server is busy/ });
  });

  it('asks an operator for an index that does not exist', async () => {
    await using hec = await SplunkHecPeer.start({ token, indexes: ['main'] });
    await using sink = newSink(hec.peer.url, { index: 'secrity' });
    await assert.rejects(sink.deliver(three, never), { code: 'sink_refused', message: /index/ });
  });
});

it('sends a batch again that is not acknowledged in time', async () => {
  await using hec = await SplunkHecPeer.start({ token, acknowledges: true });
  const clock = new ManualClock(0, { autoAdvance: true });
  const given = { acknowledgement: true, acknowledgementTimeout: '10s' } as const;
  await using sink = newSink(hec.peer.url, given, clock);
  hec.indexes = false;
  await assert.rejects(sink.deliver(three, never), {
    code: 'sink_unavailable',
    message: /acknowledged nothing for 10 s/,
  });
  hec.indexes = true;
  assert.deepEqual(await sink.deliver(three, never), { rejected: [] });
});

function around(line: string) {
  const lines = ['CEF:0|first', line, 'CEF:0|last'];
  return sliceFrom(lines.map((text, index) => eventAt(index + 1, text)));
}

describe('a collector that is started again, and numbers its acknowledgements anew,', () => {
  const given = { acknowledgement: true, acknowledgementTimeout: '10s' } as const;

  it('acknowledges one stream’s batch to that stream alone', async () => {
    await using hec = await SplunkHecPeer.start({ token, acknowledges: true });
    const clock = new ManualClock();
    await using sink = newSink(hec.peer.url, given, clock);
    hec.indexes = false;
    const lost = sink.deliver(three, never);
    lost.catch(() => {});
    await until(() => clock.sleeps.length === 1);
    hec.forgetChannels();
    const kept = sink.deliver(sliceFrom([eventAt(1, 'CEF:0|other')], globex), never);
    await until(() => clock.sleeps.length === 2);
    hec.indexes = true;
    clock.advance(10_000);
    assert.deepEqual(await kept, { rejected: [] });
    await assert.rejects(lost, { code: 'sink_unavailable', message: /acknowledged nothing/ });
  });

  it('acknowledges every part of a batch, whatever its number', async () => {
    const taken: unknown[] = [];
    await using hec = await SplunkHecPeer.start({
      token,
      acknowledges: true,
      poison,
      onTaken: ({ event }) => {
        taken.push(event);
        hec.forgetChannels();
      },
    });
    await using sink = newSink(hec.peer.url, given);
    const { rejected } = await sink.deliver(around(poison), never);
    assert.deepEqual(
      rejected.map(({ position }) => position),
      [2],
    );
    assert.deepEqual(taken, ['CEF:0|first', 'CEF:0|last']);
  });

  it('gets again only what it has not acknowledged', async () => {
    const taken: unknown[] = [];
    await using hec = await SplunkHecPeer.start({
      token,
      acknowledges: true,
      poison,
      onTaken: ({ event }) => {
        taken.push(event);
        hec.indexes = taken.length !== 2;
      },
    });
    const clock = new ManualClock(0, { autoAdvance: true });
    await using sink = newSink(hec.peer.url, given, clock);
    const slice = around(poison);
    await assert.rejects(sink.deliver(slice, never), { message: /acknowledged nothing/ });
    assert.equal((await sink.deliver(slice, never)).rejected.length, 1);
    assert.deepEqual(taken, ['CEF:0|first', 'CEF:0|last', 'CEF:0|last']);
  });
});

it('tells neither token nor query in an error', async () => {
  await using hec = await SplunkHecPeer.start({ token: 'another' });
  await using sink = newSink(hec.peer.url);
  await assert.rejects(sink.deliver(three, never), (error: Error) => {
    assert.match(error.message, /the token is not known/);
    assert.ok(!error.message.includes(token));
    return true;
  });
});

it('refuses to send its token to another machine in clear', () => {
  assert.throws(() => newSink('http://splunk.example.com:8088'), { code: 'config_invalid' });
});
