/** Receivers of every kind that speaks HTTP, and everything that each of them may do wrong. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { SinkStatus } from '../../src/pipeline/status.ts';
import { responseCodes } from '../../src/sinks/splunk-hec/response-codes.ts';
import { ElasticsearchPeer } from '../../src/testing/elasticsearch-peer.ts';
import { HttpPeer, type PeerAnswer, type PeerRequest } from '../../src/testing/http-peer.ts';
import { SplunkHecPeer } from '../../src/testing/splunk-hec-peer.ts';
import type { DeliveryLedger } from './delivery-ledger.ts';

/** An event that holds this text is refused by every receiver for good. */
export const poison = 'this event is refused';
/** What the sinks' references to secrets say, as environment. */
export const faultSecrets = { WIRE_FAULTS_TOKEN: '00000000-0000-4000-8000-000000000001' } as const;
export const batchEvents = 500;

const token = faultSecrets.WIRE_FAULTS_TOKEN;
const requestTimeoutMs = 1500;
const slowAnswerMs = 15;
const slowEvents = 4 * batchEvents;

const secret = '{ env: WIRE_FAULTS_TOKEN }';

/** An entry of `sinks` with these options beside the common ones. */
function sinkEntry(options: readonly string[]): string {
  return [
    ...options,
    'format: cef',
    'profile: strict',
    `batchEvents: ${batchEvents}`,
    `requestTimeout: ${requestTimeoutMs}ms`,
  ].join('\n');
}

/** Something that goes wrong in the middle of a stream; resolves when it is over or under way. */
export interface Fault {
  readonly name: string;
  readonly strike: (running: Running) => Promise<void>;
}

export interface Running {
  readonly ledger: DeliveryLedger;
  readonly statuses: readonly SinkStatus[];
}

export interface FaultyReceiver extends AsyncDisposable {
  readonly peer: HttpPeer;
  /** The entry of `sinks`. */
  readonly sink: string;
  readonly faults: readonly Fault[];
  /** Events that it recognised by their identity and did not take again; they are in no ledger. */
  readonly recognised?: () => number;
  /** Answers that were asked for and have not been given. */
  readonly unanswered: () => number;
}

export interface ReceiverKind {
  readonly name: string;
  /** By how many places an event may come too late: items of one batch are taken apart from each other. */
  readonly disorder?: number;
  readonly open: (ledger: DeliveryLedger) => Promise<FaultyReceiver>;
}

/** What a proxy, a balancer or an overloaded receiver may answer to anything. */
const strayAnswers: readonly PeerAnswer[] = [
  { status: 413 },
  { status: 408 },
  { status: 429, headers: { 'retry-after': '1' } },
  { status: 500, body: '{"error":"out of memory"}' },
  { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>bad gateway</html>' },
  { status: 503, headers: { 'retry-after': '2' } },
  { status: 504 },
  { status: 401 },
  { status: 403 },
  { status: 404 },
  { status: 302, headers: { location: 'https://other.example.com/' } },
];

export const receiverKinds: readonly ReceiverKind[] = [
  hecKind('splunk-hec', false),
  hecKind('splunk-hec with acknowledgement', true),
  { name: 'elasticsearch', disorder: batchEvents, open: openElasticsearch },
  { name: 'http', open: openWebhook },
  { name: 'otlp', open: openOtlp },
];

function hecKind(name: string, acknowledges: boolean): ReceiverKind {
  return { name, open: (ledger) => openHec(ledger, acknowledges) };
}

async function openHec(ledger: DeliveryLedger, acknowledges: boolean): Promise<FaultyReceiver> {
  const hec = await SplunkHecPeer.start({
    token,
    poison,
    acknowledges,
    onTaken: ({ event, fields }) =>
      ledger.take(fields['tailrace_stream'], fields['tailrace_id'], event),
  });
  const codes = Object.entries(responseCodes).flatMap(([code, [meaning]]) =>
    meaning === 'taken' ? [] : [Number(code)],
  );
  const coded = codes.map((code) =>
    answered(`code ${code}`, async () => void hec.nextCodes.push(code)),
  );
  const silence: Fault = {
    name: 'no acknowledgement in time',
    strike: async ({ statuses }) => {
      hec.indexes = false;
      await retried(statuses);
      hec.indexes = true;
    },
  };
  const acknowledgement = acknowledges
    ? ['acknowledgement: true', 'acknowledgementTimeout: 1s']
    : [];
  const target = ['name: splunk', 'type: splunk-hec', `url: ${hec.peer.url}`, `token: ${secret}`];
  return {
    peer: hec.peer,
    sink: sinkEntry([...target, ...acknowledgement]),
    faults: [...connectionFaults(hec.peer), ...coded, ...(acknowledges ? [silence] : [])],
    unanswered: () => hec.nextCodes.length + hec.peer.nextAnswers.length,
    [Symbol.asyncDispose]: () => hec[Symbol.asyncDispose](),
  };
}

const documentSchema = z.object({
  message: z.string(),
  tailrace: z.object({ id: z.string(), stream: z.string() }),
});

async function openElasticsearch(ledger: DeliveryLedger): Promise<FaultyReceiver> {
  const node = await ElasticsearchPeer.start({
    authorization: `ApiKey ${token}`,
    poison,
    onTaken: (document) => {
      const { message, tailrace } = documentSchema.parse(document);
      ledger.take(tailrace.stream, tailrace.id, message);
    },
  });
  const items = [429, 500, 503, 401, 403, 404].map((status) =>
    answered(`items with ${status}`, async () => void node.nextItems.push(status, status, status)),
  );
  return {
    peer: node.peer,
    sink: sinkEntry([
      'name: elastic',
      'type: elasticsearch',
      `urls: ${node.peer.url}`,
      `apiKey: ${secret}`,
    ]),
    faults: [...connectionFaults(node.peer), ...items],
    recognised: () => node.repeats,
    unanswered: () => node.nextItems.length + node.peer.nextAnswers.length,
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  };
}

async function openWebhook(ledger: DeliveryLedger): Promise<FaultyReceiver> {
  const peer = await HttpPeer.start(({ body, headers }) => {
    if (body.includes(poison)) return { status: 422, body: '{"error":"no such field"}' };
    for (const line of body.split('\n').slice(0, -1)) {
      ledger.take(String(headers['tailrace-stream']), /externalId=(\S+)/.exec(line)?.[1], line);
    }
    return { status: 204 };
  });
  const statuses = [400, 422].map((status) =>
    answered(`status ${status}`, async () => void peer.nextAnswers.push({ status })),
  );
  return {
    peer,
    sink: sinkEntry([
      'name: webhook',
      'type: http',
      `url: ${peer.url}/events`,
      `signingKey: ${secret}`,
    ]),
    faults: [...connectionFaults(peer), ...statuses],
    unanswered: () => peer.nextAnswers.length,
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

interface LogsRequest {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeLogs: readonly {
      readonly logRecords: readonly {
        readonly body: { readonly stringValue: string };
        readonly attributes: readonly Attribute[];
      }[];
    }[];
  }[];
}
interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}

async function openOtlp(ledger: DeliveryLedger): Promise<FaultyReceiver> {
  const peer = await HttpPeer.start((request) => takeLogs(request, ledger));
  const status400 = answered('status 400', async () => void peer.nextAnswers.push({ status: 400 }));
  return {
    peer,
    sink: sinkEntry(['name: otel', 'type: otlp', `url: ${peer.url}`]),
    faults: [...connectionFaults(peer), status400],
    unanswered: () => peer.nextAnswers.length,
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

/** Takes what is not poisoned and says how many it refused, as the specification has it. */
function takeLogs({ body }: PeerRequest, ledger: DeliveryLedger): PeerAnswer {
  const { resourceLogs }: LogsRequest = JSON.parse(body);
  let rejected = 0;
  for (const { resource, scopeLogs } of resourceLogs) {
    const stream = valueOf('tailrace.stream', resource.attributes);
    for (const { body: record, attributes } of scopeLogs.flatMap(({ logRecords }) => logRecords)) {
      const line = record.stringValue;
      if (line.includes(poison)) rejected += 1;
      else ledger.take(stream, valueOf('log.record.uid', attributes), line);
    }
  }
  if (rejected === 0) return { status: 200, body: '{}' };
  const partialSuccess = { rejectedLogRecords: String(rejected), errorMessage: 'too strange' };
  return { status: 200, body: JSON.stringify({ partialSuccess }) };
}

function valueOf(name: string, attributes: readonly Attribute[]): string | undefined {
  return attributes.find(({ key }) => key === name)?.value.stringValue;
}

/** What may befall any receiver over HTTP. */
function connectionFaults(peer: HttpPeer): readonly Fault[] {
  return [
    {
      name: 'killed and started again',
      strike: async ({ statuses }) => {
        await peer.kill();
        await retried(statuses);
        await peer.restart();
      },
    },
    {
      name: 'paused',
      strike: async () => {
        await peer.pause();
        await delay(requestTimeoutMs / 10);
        await peer.resume();
      },
    },
    {
      name: 'paused for longer than a request may take',
      strike: async ({ statuses }) => {
        await peer.pause();
        await retried(statuses);
        await peer.resume();
      },
    },
    {
      name: 'slow',
      strike: async ({ ledger }) => {
        peer.answerDelayMs = slowAnswerMs;
        await ledger.reached(ledger.first + slowEvents);
        peer.answerDelayMs = 0;
      },
    },
    {
      name: 'answers that are lost',
      strike: async () => void (peer.answersLost = 3),
    },
    ...strayAnswers.map((answer) =>
      answered(`answer ${answer.status}`, async () => void peer.nextAnswers.push(answer)),
    ),
  ];
}

function answered(name: string, strike: () => Promise<void>): Fault {
  return { name, strike };
}

/** Until one of the sink's attempts has failed once more. */
export async function retried(statuses: readonly SinkStatus[]): Promise<void> {
  const retries = () => statuses.reduce((sum, status) => sum + status.retries, 0);
  const before = retries();
  while (retries() === before) await delay(5);
}
