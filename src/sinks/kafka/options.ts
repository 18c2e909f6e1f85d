import { z } from 'zod';
import { durationMs, sizeBytes } from '../../core/quantity.ts';
import { secretReferenceSchema } from '../../core/secret.ts';
import { certificateOptions } from '../../wire/certificates.ts';
import { batchOptions } from '../batch-options.ts';

const broker = z
  .string()
  .regex(
    /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):\d{1,5}$/,
    'a host and a port, such as kafka.example.com:9092',
  )
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'a port up to 65535');

/** Names with the longest tenant and feed still fit into Kafka's 249 characters. */
const topicLengthMax = 120;

/** How a Kafka sink is configured. */
export const kafkaSinkOptions = z
  .strictObject({
    type: z.literal('kafka'),
    brokers: z
      .union([broker, z.array(broker).min(1).max(32)])
      .transform((value) => (typeof value === 'string' ? [value] : value))
      .describe('`HOST:PORT` of one broker or several; they name the others of the cluster.'),
    topic: z
      .string()
      .max(topicLengthMax)
      .regex(
        /^(?:[A-Za-z0-9._-]|\{tenant\}|\{feed\})+$/,
        'letters, digits, ., _ and -, and {tenant} and {feed} in place of their names',
      )
      .describe('Where events go; `{tenant}` and `{feed}` stand for the names of the stream.'),
    createTopics: z
      .boolean()
      .default(false)
      .describe('Have the brokers create a topic that is missing, as they are set to do it.'),
    key: z
      .enum(['event', 'stream', 'tenant'])
      .default('event')
      .describe(
        'The key of a record. `event`: the identity of the event, `STREAM/ID`, the same whenever it ' +
          'is sent. `stream`, `tenant`: their names. Whatever the key, a stream has one partition.',
      ),
    timestamp: z
      .enum(['sent', 'event'])
      .default('sent')
      .describe(
        'The timestamp of a record: when it was sent, or when the event occurred. Kafka deletes ' +
          'records by it, so that old events of a backfill may be gone before anybody reads them.',
      ),
    compression: z
      .enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
      .default('gzip')
      .describe('How batches are compressed; every consumer must know it.'),
    requestSizeMax: sizeBytes
      .refine((bytes) => bytes >= 1024 && bytes <= 16 * 1024 ** 2, 'must be 1KiB to 16MiB')
      .prefault('900KiB')
      .describe(
        'So many bytes of records go into one request, before compression; a larger record goes ' +
          "alone. At most the topic's `max.message.bytes`.",
      ),
    tls: z
      .strictObject({
        ...certificateOptions,
        serverName: z
          .string()
          .min(1)
          .optional()
          .describe("The name in the brokers' certificates, if it is not their host's."),
        minVersion: z
          .enum(['TLSv1.2', 'TLSv1.3'])
          .default('TLSv1.2')
          .describe('The oldest TLS version that is accepted.'),
      })
      .optional()
      .describe('Connect over TLS; `tls: {}` trusts the usual certification authorities.'),
    sasl: z
      .strictObject({
        mechanism: z
          .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
          .describe('What the brokers ask for.'),
        username: z.string().min(1).max(255),
        password: secretReferenceSchema.describe('Read anew for every connection.'),
      })
      .optional()
      .describe('Sign in with a user name and a password.'),
    allowInsecure: z
      .boolean()
      .default(false)
      .describe('Sign in without TLS, so that the password may be seen on the way.'),
    timeout: durationMs
      .refine((ms) => ms >= 100 && ms <= 600_000, 'must be 100ms to 10m')
      .prefault('30s')
      .describe('How long brokers may take to answer a request.'),
    ...batchOptions,
  })
  .refine(({ sasl, tls, allowInsecure }) => !sasl || tls || allowInsecure, {
    message: 'sends a password, so that tls must be set, or allowInsecure',
    path: ['sasl'],
  });

export type KafkaSinkOptions = z.output<typeof kafkaSinkOptions>;
