import type { Producer } from '@platformatic/kafka';
import { parseStreamName, type StreamName } from '../../core/stream.ts';
import type { Format } from '../../encode/encoder.ts';
import type { EncodedEvent } from '../sink.ts';
import type { KafkaSinkOptions } from './options.ts';

export type KafkaProducer = Producer<string, string, string, string>;
export type KafkaRecord = Parameters<KafkaProducer['send']>[0]['messages'][number];

/** What all records of a stream have in common. */
export interface StreamRecords {
  readonly topic: string;
  readonly record: (event: EncodedEvent) => KafkaRecord;
}

const text = 'text/plain; charset=utf-8';
const contentTypes: Readonly<Record<Format, string>> = {
  cef: text,
  syslog: text,
  json: 'application/json',
  ecs: 'application/json',
  ocsf: 'application/json',
};

/**
 * `partition` is any number that belongs to the stream; the client takes it modulo the number of
 * partitions, so that a stream has one partition and keeps its order.
 */
export function compileRecords(
  { topic: template, key, timestamp }: Pick<KafkaSinkOptions, 'topic' | 'key' | 'timestamp'>,
  format: Format,
  stream: StreamName,
  partition: number,
): StreamRecords {
  const { tenant, feed } = parseStreamName(stream);
  const topic = template.replaceAll('{tenant}', tenant).replaceAll('{feed}', feed);
  const keyOf = {
    event: ({ id }: EncodedEvent) => `${stream}/${id}`,
    stream: () => stream,
    tenant: () => tenant,
  }[key];
  const common = { 'content-type': contentTypes[format], 'tailrace-stream': stream };
  return {
    topic,
    record: (event) => ({
      topic,
      partition,
      key: keyOf(event),
      value: event.line,
      headers: { ...common, 'tailrace-id': event.id },
      ...(timestamp === 'event' && { timestamp: BigInt(event.occurredAtMs) }),
    }),
  };
}

/** Of a record beside its line and twice its identity: headers, stream, lengths. */
const overheadBytes = 200;

/** The events in groups, in order, each with at most so many bytes of records; a larger one is alone. */
export function inRequests(
  events: readonly EncodedEvent[],
  sizeBytesMax: number,
): readonly (readonly EncodedEvent[])[] {
  const requests: EncodedEvent[][] = [];
  let sizeBytes = Number.POSITIVE_INFINITY;
  for (const event of events) {
    const eventBytes = Buffer.byteLength(event.line) + 2 * event.id.length + overheadBytes;
    if (sizeBytes + eventBytes > sizeBytesMax) {
      requests.push([]);
      sizeBytes = 0;
    }
    requests.at(-1)?.push(event);
    sizeBytes += eventBytes;
  }
  return requests;
}
