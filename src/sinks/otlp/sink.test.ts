import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import type { z } from 'zod';
import { sinkContract } from '../../../test/contract/sink.ts';
import { acme, eventAt, sliceFrom } from '../../../test/contract/sink/slices.ts';
import { Secret } from '../../core/secret.ts';
import { rememberSecret } from '../../lib/known-secrets.ts';
import { HttpPeer, type PeerRequest } from '../../testing/http-peer.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { otlpSinkOptions } from './options.ts';
import { createOtlpSink } from './sink.ts';

const never = new AbortController().signal;
const poison = 'this line is refused';
const nowMs = Date.UTC(2026, 10, 21, 12);
const three = sliceFrom([1, 2, 3].map((at) => eventAt(at, `CEF:0|line ${at}`)));

interface Request {
  readonly resourceLogs: readonly {
    readonly resource: unknown;
    readonly scopeLogs: readonly {
      readonly logRecords: readonly { readonly body: { readonly stringValue: string } }[];
    }[];
  }[];
}

function newSink(url: string, given: Partial<z.input<typeof otlpSinkOptions>> = {}) {
  const options = otlpSinkOptions.parse({ type: 'otlp', url, requestTimeout: '30s', ...given });
  return createOtlpSink('otel', options, {
    clock: new ManualClock(nowMs),
    log: pino({ enabled: false }),
    readSecret: async () => new Secret('secret'),
  });
}

function text(key: string, stringValue: string) {
  return { key, value: { stringValue } };
}

function recordsOf({ body }: PeerRequest) {
  const request: Request = JSON.parse(body);
  return request.resourceLogs.flatMap(({ scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) => logRecords),
  );
}

sinkContract('otlp sink', async () => {
  const lines: string[] = [];
  let isRefusing = false;
  const peer = await HttpPeer.start((request) => {
    if (isRefusing) return { status: 401 };
    const sent = recordsOf(request).map(({ body }) => body.stringValue);
    if (sent.includes(poison)) return { status: 400 };
    lines.push(...sent);
    return { status: 200, body: '{}' };
  });
  return {
    newSink: () => newSink(peer.url),
    lines: () => lines,
    pause: () => peer.pause(),
    resume: () => peer.resume(),
    kill: () => peer.kill(),
    restart: () => peer.restart(),
    refuse: async () => void (isRefusing = true),
    poison,
    wireBatchEvents: 1000,
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
});

describe('otlp sink', () => {
  it('writes log records as the protocol has them', async () => {
    const requests: PeerRequest[] = [];
    await using peer = await HttpPeer.start((request) => {
      requests.push(request);
      return { status: 200, body: '{}' };
    });
    await using sink = newSink(peer.url);
    await sink.deliver(sliceFrom([eventAt(7, 'CEF:0|seven')], acme), never);
    const [request] = requests;
    assert.equal(request?.url.pathname, '/v1/logs');
    const body: Request = JSON.parse(request.body);
    assert.deepEqual(body, {
      resourceLogs: [
        {
          resource: {
            attributes: [
              text('service.name', 'inSync'),
              text('service.namespace', 'Druva'),
              text('tailrace.tenant', 'acme'),
              text('tailrace.stream', 'acme/insync'),
            ],
          },
          scopeLogs: [
            {
              scope: { name: 'tailrace' },
              logRecords: [
                {
                  timeUnixNano: '1795219200007000000',
                  observedTimeUnixNano: '1795262400000000000',
                  severityNumber: 13,
                  severityText: 'WARN',
                  eventName: 'Backup',
                  body: { stringValue: 'CEF:0|seven' },
                  attributes: [text('log.record.uid', 'e-7')],
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it('finds what a partial success has refused, and says why without a credential', async () => {
    rememberSecret('#key##');
    const taken: string[] = [];
    await using peer = await HttpPeer.start((request) => {
      const sent = recordsOf(request).map(({ body }) => body.stringValue);
      taken.push(...sent.filter((line) => line !== poison));
      const rejected = sent.filter((line) => line === poison).length;
      const partialSuccess = {
        rejectedLogRecords: `${rejected}`,
        errorMessage: 'too strange: #key##',
      };
      return { status: 200, body: rejected === 0 ? '{}' : JSON.stringify({ partialSuccess }) };
    });
    await using sink = newSink(peer.url);
    const events = [...three.events, eventAt(4, poison), eventAt(5, 'CEF:0|line 5')];
    const { rejected } = await sink.deliver(sliceFrom(events), never);
    assert.deepEqual(rejected, [
      { position: 4, reason: 'the receiver refuses it: too strange: …' },
    ]);
    assert.equal(new Set(taken).size, 4);
  });

  for (const status of [201, 202, 204]) {
    it(`takes ${status} for a success`, async () => {
      await using peer = await HttpPeer.start(() => ({ status }));
      await using sink = newSink(peer.url);
      assert.deepEqual(await sink.deliver(three, never), { rejected: [] });
    });
  }

  for (const body of [
    '',
    '{}',
    'OK',
    'null',
    '{"partialSuccess":null}',
    '{"partialSuccess":{"rejectedLogRecords":"0","errorMessage":"slow down, please"}}',
    '{"partialSuccess":{"rejectedLogRecords":null,"errorMessage":null}}',
  ]) {
    it(`takes 200 with ‘${body}’ for a success`, async () => {
      await using peer = await HttpPeer.start(() => ({ status: 200, body }));
      await using sink = newSink(peer.url);
      assert.deepEqual(await sink.deliver(three, never), { rejected: [] });
    });
  }

  for (const body of [
    '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":null}}',
    '{"partialSuccess":{"rejectedLogRecords":1}}',
    '{"partial_success":{"rejected_log_records":"1","error_message":7}}',
  ]) {
    it(`finds what ‘${body}’ refuses`, async () => {
      await using peer = await HttpPeer.start(() => ({ status: 202, body }));
      await using sink = newSink(peer.url);
      const { rejected } = await sink.deliver(three, never);
      assert.deepEqual(
        rejected.map(({ position }) => position),
        [1, 2, 3],
      );
    });
  }

  for (const body of [
    '{"partialSuccess":{"rejectedLogRecords":"all"}}',
    '{"partialSuccess":{"rejectedLog',
    '<!doctype html><title>Sign in</title>',
  ]) {
    it(`calls an operator for ‘${body}’`, async () => {
      await using peer = await HttpPeer.start(() => ({ status: 200, body }));
      await using sink = newSink(peer.url);
      const delivered = sink.deliver(three, never);
      await assert.rejects(delivered, { code: 'sink_refused', message: /answered 200/ });
    });
  }

  for (const [status, code] of [
    [429, 'sink_unavailable'],
    [502, 'sink_unavailable'],
    [503, 'sink_unavailable'],
    [504, 'sink_unavailable'],
    [401, 'sink_refused'],
    [403, 'sink_refused'],
    [404, 'sink_refused'],
  ] as const) {
    it(`takes ${status} for ${code}`, async () => {
      await using peer = await HttpPeer.start(() => ({ status }));
      await using sink = newSink(peer.url);
      await assert.rejects(sink.deliver(three, never), { code });
    });
  }
});
