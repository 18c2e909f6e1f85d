import type { ConnectionOptions } from 'node:tls';
import type { SASLOptions } from '@platformatic/kafka';
import type { SecretReader } from '../../core/secret.ts';
import { readCertificates } from '../../wire/certificates.ts';
import type { KafkaSinkOptions } from './options.ts';
import type { KafkaProducer } from './record.ts';

/**
 * The client repeats a request itself only so often, under the same sequence numbers, so that brokers
 * write none twice; what still fails is the pipeline's to repeat.
 */
const retries = 2;
const retryDelayMs = 200;
const connectTimeoutMs = 10_000;

/** A producer that connects to nothing yet. Reads certificates; throws `config_unreadable`. */
export async function openProducer(
  options: KafkaSinkOptions,
  readSecret: SecretReader,
): Promise<KafkaProducer> {
  const { Producer, stringSerializers } = await import('@platformatic/kafka');
  const { brokers, compression, timeout, createTopics, tls, sasl } = options;
  return new Producer({
    clientId: 'tailrace',
    bootstrapBrokers: [...brokers],
    serializers: stringSerializers,
    idempotent: true,
    compression,
    autocreateTopics: createTopics,
    retries,
    retryDelay: retryDelayMs,
    timeout,
    requestTimeout: timeout,
    connectTimeout: Math.min(timeout, connectTimeoutMs),
    ...(tls && { tls: await tlsOptions(tls, readSecret) }),
    ...(sasl && { sasl: saslOptions(sasl, readSecret) }),
  });
}

async function tlsOptions(
  { serverName, minVersion, ...certificates }: NonNullable<KafkaSinkOptions['tls']>,
  readSecret: SecretReader,
): Promise<ConnectionOptions> {
  return {
    ...(await readCertificates(certificates, readSecret)),
    minVersion,
    ...(serverName !== undefined && { servername: serverName }),
  };
}

const mechanisms = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
} as const;

function saslOptions(
  { mechanism, username, password }: NonNullable<KafkaSinkOptions['sasl']>,
  readSecret: SecretReader,
): SASLOptions {
  return {
    mechanism: mechanisms[mechanism],
    username,
    password: async () => (await readSecret(password)).reveal(),
  };
}

/** Breaks its connections off, whatever is under way. */
export function abandonProducer(producer: KafkaProducer): void {
  const sockets = Array.from(producer.connections, ([, { socket }]) => socket);
  producer.close().catch(() => {});
  for (const socket of sockets) socket.destroy();
}
