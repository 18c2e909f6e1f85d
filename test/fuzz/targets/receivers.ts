import { Socket } from 'node:net';
import { pino } from 'pino';
import { AppError } from '../../../src/core/errors.ts';
import { Secret } from '../../../src/core/secret.ts';
import { elasticsearchSinkOptions } from '../../../src/sinks/elasticsearch/options.ts';
import { createElasticsearchSink } from '../../../src/sinks/elasticsearch/sink.ts';
import { httpSinkOptions } from '../../../src/sinks/http/options.ts';
import { createHttpSink } from '../../../src/sinks/http/sink.ts';
import { otlpSinkOptions } from '../../../src/sinks/otlp/options.ts';
import { createOtlpSink } from '../../../src/sinks/otlp/sink.ts';
import type { DirectSink, SinkContext } from '../../../src/sinks/sink.ts';
import { splunkHecSinkOptions } from '../../../src/sinks/splunk-hec/options.ts';
import { createSplunkHecSink } from '../../../src/sinks/splunk-hec/sink.ts';
import { RelpResponses } from '../../../src/sinks/syslog/relp-responses.ts';
import { HttpPeer, type PeerAnswer } from '../../../src/testing/http-peer.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { eventAt, sliceFrom } from '../../contract/sink/slices.ts';
import { type FuzzTarget, texts } from '../fuzz-target.ts';

const never = new AbortController().signal;
/** Another one each time: of a slice that comes again, sinks know what became of it. */
const newSlice = () =>
  sliceFrom([1, 2, 3].map((position) => eventAt(position, `line ${position}`)));
const secret = { env: 'TOKEN' };

/** Answers of receivers. An input is a status, a media type and, on the next lines, the body. */
export const receiverTargets: readonly FuzzTarget[] = [
  sinkTarget(
    'elasticsearch',
    (url, context) => {
      const options = elasticsearchSinkOptions.parse({ type: 'elasticsearch', urls: url });
      return createElasticsearchSink('fuzzed', options, 'json', context);
    },
    [
      '200 application/json\n{"errors":false,"items":[{"create":{"status":201}},{"create":{"status":409}},{"create":{"status":201}}]}',
      '200 application/json\n{"errors":true,"items":[{"create":{"status":400,"error":{"type":"a","reason":"b"}}},{"create":{"status":429}},{"create":{"status":403}}]}',
      '413 text/html\n<html>too large</html>',
    ],
  ),
  sinkTarget(
    'splunk-hec',
    (url, context) => {
      const options = splunkHecSinkOptions.parse({
        type: 'splunk-hec',
        url,
        token: secret,
        acknowledgement: true,
        acknowledgementTimeout: '1s',
      });
      return createSplunkHecSink('fuzzed', options, { format: 'cef', hostname: 'h' }, context);
    },
    [
      '200 application/json\n{"text":"Success","code":0,"ackId":1,"acks":{"1":true}}',
      '400 application/json\n{"text":"Invalid data format","code":6,"invalid-event-number":1}',
      '503 application/json\n{"text":"Server is busy","code":9}',
    ],
  ),
  sinkTarget(
    'otlp',
    (url, context) => {
      return createOtlpSink('fuzzed', otlpSinkOptions.parse({ type: 'otlp', url }), context);
    },
    [
      '200 application/json\n{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"no"}}',
      '200 application/json\n{}',
      '400 text/plain\nwrong',
    ],
  ),
  sinkTarget(
    'webhook',
    (url, context) => {
      return createHttpSink('fuzzed', httpSinkOptions.parse({ type: 'http', url }), 'cef', context);
    },
    [
      '204 text/plain\n',
      '422 text/plain\nno',
      '301 text/plain\nelsewhere',
      '429 text/plain\nlater',
    ],
  ),
  {
    name: 'relp',
    seeds: texts(
      '1 rsp 92 200 OK\nrelp_version=0\n2 rsp 6 200 OK\n3 rsp 9 500 error\n',
      '0 serverclose 0\n',
    ),
    tokens: ['1 rsp 6 200 OK\n', ' rsp ', '999999999', '0 serverclose 0\n', ' 131073 ', ' 0\n'],
    read: readRelp,
  },
];

function sinkTarget(
  name: string,
  create: (url: string, context: SinkContext) => DirectSink,
  seeds: readonly string[],
): FuzzTarget {
  let next: PeerAnswer = { status: 200 };
  let opened: Promise<{ readonly peer: HttpPeer; readonly sink: DirectSink }> | undefined;
  const open = async () => {
    const peer = await HttpPeer.start(() => next);
    const sink = create(peer.url, {
      clock: new ManualClock(undefined, { autoAdvance: true }),
      log: pino({ enabled: false }),
      readSecret: async () => new Secret('0000'),
    });
    return { peer, sink };
  };
  return {
    name: `answers-${name}`,
    seeds: texts(...seeds),
    tokens: ['200 ', '400 ', '"status":', '"code":', '"items":[', '"acks":{', '1e400', '"error":{'],
    read: async (input) => {
      opened ??= open();
      const { peer, sink } = await opened;
      next = answerOf(input);
      return withoutAddress(() => sink.deliver(newSlice(), never), peer.url);
    },
    close: async () => {
      const { peer, sink } = (await opened) ?? {};
      await sink?.[Symbol.asyncDispose]();
      await peer?.[Symbol.asyncDispose]();
      opened = undefined;
    },
  };
}

/** The port is another one with every run. */
async function withoutAddress<T>(work: () => Promise<T>, url: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, error.message.replaceAll(url, 'URL'), { cause: error });
  }
}

function answerOf(input: Buffer): PeerAnswer {
  const text = input.toString('latin1');
  const [, status = '200', type = '', body = ''] = /^(\d{3}) ?([^\n]*)\n?([^]*)$/.exec(text) ?? [];
  const contentType = type.replaceAll(/[^ -~]/g, '') || 'text/plain';
  return {
    status: Math.min(599, Math.max(200, Number(status))),
    headers: { 'content-type': contentType },
    body: [204, 304].includes(Number(status)) ? '' : body,
  };
}

/** What a RELP receiver has answered when its bytes, which come in pieces, are all there. */
async function readRelp(input: Buffer): Promise<unknown> {
  const socket = new Socket();
  const gone = new AbortController();
  const errors: string[] = [];
  socket.on('error', (error) => errors.push(error.message));
  const responses = new RelpResponses(socket, gone.signal);
  for (let at = 0; at < input.length && !socket.destroyed; at += 4096) {
    socket.emit('data', input.subarray(at, at + 4096));
  }
  socket.destroy();
  await new Promise(setImmediate);
  gone.abort(new AppError('sink_unavailable', 'gone'));
  const answers = await Promise.allSettled([1, 2, 3].map((number) => responses.to(number)));
  return [errors, answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : 'none'))];
}
