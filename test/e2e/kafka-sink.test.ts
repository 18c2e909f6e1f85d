/**
 * The Kafka sink on a real broker. Goal: promise 5, with order kept per stream. Method: one broker in a
 * process of its own; what it has is read from its log files. The contract reaches it by way of a
 * passage that can be blocked and torn down, the long run kills and stops the process itself.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { pino } from 'pino';
import { systemClock } from '../../src/cli/system-clock.ts';
import { AppError } from '../../src/core/errors.ts';
import { Secret } from '../../src/core/secret.ts';
import { seededRandom } from '../../src/feeds/seeded-random.ts';
import type { SinkStatus } from '../../src/pipeline/status.ts';
import { kafkaSinkOptions } from '../../src/sinks/kafka/options.ts';
import { createKafkaSink } from '../../src/sinks/kafka/sink.ts';
import type { DirectSink } from '../../src/sinks/sink.ts';
import { sinkContract } from '../contract/sink.ts';
import { acme, eventAt, globex, linesOf, sliceFrom, sliceOf } from '../contract/sink/slices.ts';
import {
  KafkaBroker,
  kafkaMissing,
  kafkaPassword,
  kafkaUser,
  messageBytesMax,
} from './kafka-broker.ts';
import { WireSinkStand } from './wire-sink-stand.ts';

const seed = Number(process.env['TAILRACE_TEST_SEED'] ?? Date.now() % 1_000_000);
const skip = process.env['TAILRACE_TEST_ALL'] === '1' ? false : (kafkaMissing ?? false);
const never = new AbortController().signal;
const fixtures = fileURLToPath(new URL('../../src/sinks/syslog/fixtures/', import.meta.url));
const log = pino({ level: 'silent' });

let topics = 0;
const newTopic = () => `topic-${(topics += 1)}`;

describe('kafka sink', { skip, timeout: 600_000 }, () => {
  let broker: KafkaBroker;
  before(async () => {
    assert.equal(kafkaMissing, undefined);
    broker = await KafkaBroker.start();
  });
  after(() => broker[Symbol.asyncDispose]());

  function sinkWith(options: object, secret = kafkaPassword): DirectSink {
    const parsed = kafkaSinkOptions.parse({
      type: 'kafka',
      brokers: broker.plain,
      createTopics: true,
      timeout: '5s',
      ...options,
    });
    const readSecret = () => Promise.resolve(new Secret(secret));
    return createKafkaSink('siem', parsed, 'cef', { clock: systemClock, log, readSecret });
  }

  sinkContract('kafka sink and a real broker', async () => {
    const topic = newTopic();
    const { passage } = broker;
    await passage.open();
    const options = { brokers: broker.passed, topic, requestSizeMax: '4KiB' };
    return {
      newSink: () => sinkWith(options),
      lines: () => broker.records(topic).map(({ line }) => line),
      pause: () => Promise.resolve(passage.block()),
      resume: () => Promise.resolve(passage.unblock()),
      kill: () => passage.close(),
      restart: () => passage.open(),
      // Base64 of chance does not get smaller than three quarters of it.
      poison: randomBytes(messageBytesMax).toString('base64'),
      wireBatchEvents: 15,
      [Symbol.asyncDispose]: () => passage.open(),
    };
  });

  describe('on the wire', () => {
    it('writes key and headers, and a stream into one partition', async () => {
      await using sink = sinkWith({ topic: 'of-{tenant}-{feed}', timestamp: 'event' });
      const slices = [
        sliceOf({}, 1, 20, acme),
        sliceOf({}, 1, 20, globex),
        sliceOf({}, 21, 40, acme),
      ];
      for (const slice of slices) await sink.deliver(slice, never);
      const records = broker.records('of-acme-insync');
      assert.deepEqual(
        records.map(({ line }) => line),
        linesOf(...slices.filter(({ stream }) => stream === acme)),
      );
      assert.equal(new Set(records.map(({ partition }) => partition)).size, 1);
      assert.equal(broker.records('of-globex-insync').length, 20);
      const [first] = records;
      assert.deepEqual(first?.headers, {
        'content-type': 'text/plain; charset=utf-8',
        'tailrace-stream': 'acme/insync',
        'tailrace-id': 'e-1',
      });
      assert.equal(first.key, 'acme/insync/e-1');
      assert.equal(first.timestampMs, slices[0]?.events[0]?.occurredAtMs);
    });

    for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
      it(`is understood with compression ${compression}`, async () => {
        const topic = newTopic();
        await using sink = sinkWith({ topic, compression, key: 'tenant' });
        const slice = sliceOf({}, 1, 500);
        assert.deepEqual(await sink.deliver(slice, never), { rejected: [] });
        const records = broker.records(topic);
        assert.deepEqual(
          records.map(({ line }) => line),
          linesOf(slice),
        );
        assert.equal(records[0]?.key, 'acme');
      });
    }

    it('sends under the same identities again what was not confirmed', async () => {
      const topic = newTopic();
      await using sink = sinkWith({ topic, brokers: broker.passed });
      const { first, second, delivered } = await withoutAnswer(broker, sink, topic);
      await broker.passage.close();
      await assert.rejects(delivered, { code: 'sink_unavailable' });
      await broker.passage.open();
      await sink.deliver(second, never);
      const records = broker.records(topic);
      assert.deepEqual(
        records.map(({ line }) => line),
        linesOf(first, second, second),
      );
      assert.equal(
        new Set(records.map(({ key, headers }) => `${key} ${headers['tailrace-id']}`)).size,
        20,
      );
    });

    it('writes nothing twice when only the connection broke', async () => {
      // The client asks again under the same sequence numbers, by which the broker knows the batch.
      const topic = newTopic();
      await using sink = sinkWith({ topic, brokers: broker.passed });
      const { first, second, delivered } = await withoutAnswer(broker, sink, topic);
      broker.passage.breakOff();
      assert.deepEqual(await delivered, { rejected: [] });
      assert.deepEqual(
        broker.records(topic).map(({ line }) => line),
        linesOf(first, second),
      );
    });

    it('says what size was refused', async () => {
      await using sink = sinkWith({ topic: newTopic() });
      const line = randomBytes(messageBytesMax).toString('base64');
      const { rejected } = await sink.deliver(sliceFrom([eventAt(1, line)]), never);
      assert.match(rejected[0]?.reason ?? '', /max\.message\.bytes.*MESSAGE_TOO_LARGE/);
    });
  });

  describe('with TLS and SASL', () => {
    const client = {
      ca: `${fixtures}authority.crt.pem`,
      clientCertificate: {
        certificate: `${fixtures}client.crt.pem`,
        key: { file: `${fixtures}client.key.pem` },
      },
    };

    /** The fixtures' key is read from its file, the password is given. */
    function secureSink(options: object, password = kafkaPassword): DirectSink {
      const parsed = kafkaSinkOptions.parse({
        type: 'kafka',
        brokers: broker.secure,
        createTopics: true,
        timeout: '5s',
        topic: 'secure',
        tls: client,
        sasl: { mechanism: 'plain', username: kafkaUser, password: { env: 'PASSWORD' } },
        ...options,
      });
      const readSecret = async (reference: object) =>
        'file' in reference && typeof reference.file === 'string'
          ? new Secret(await readFile(reference.file, 'utf8'))
          : new Secret(password);
      return createKafkaSink('siem', parsed, 'cef', { clock: systemClock, log, readSecret });
    }

    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512']) {
      const sasl = { mechanism, username: kafkaUser, password: { env: 'PASSWORD' } };

      it(`delivers after ${mechanism}`, async () => {
        const topic = newTopic();
        await using sink = secureSink({ topic, sasl });
        const slice = sliceOf({}, 1, 10);
        await sink.deliver(slice, never);
        assert.deepEqual(
          broker.records(topic).map(({ line }) => line),
          linesOf(slice),
        );
      });

      it(`calls an operator for a wrong password in ${mechanism}, and does not show it`, async () => {
        await using sink = secureSink({ sasl }, 'wrong-password-7');
        await assert.rejects(sink.probe(sliceOf({}, 1, 1), never), (error) => {
          assert.ok(error instanceof AppError);
          assert.equal(error.code, 'sink_refused');
          assert.match(error.message, /wrong user name or password/);
          assert.doesNotMatch(inspect(error, { depth: 10 }), /wrong-password-7/);
          return true;
        });
      });
    }

    const faults: readonly (readonly [title: string, options: object, expected: RegExp])[] = [
      [
        'an unknown authority',
        { tls: { ...client, ca: `${fixtures}stranger.crt.pem` } },
        /authority/,
      ],
      [
        'another name',
        { tls: { ...client, serverName: 'other.example.com' } },
        /another host name/,
      ],
    ];
    for (const [title, options, expected] of faults) {
      it(`calls an operator for a certificate of ${title}`, async () => {
        await using sink = secureSink(options);
        const refused = { name: 'AppError', code: 'sink_refused', message: expected };
        await assert.rejects(sink.probe(sliceOf({}, 1, 1), never), refused);
      });
    }

    it('says that a topic is missing', async () => {
      await using sink = secureSink({ topic: 'nobody-made-it', createTopics: false });
      const refused = { code: 'sink_refused', message: /the topic does not exist/ };
      await assert.rejects(sink.probe(sliceOf({}, 1, 1), never), refused);
    });
  });

  it(`loses nothing of 100,000 events while the broker is killed and stopped (seed ${seed})`, async (test) => {
    await using stand = await WireSinkStand.open(100_000);
    const sink = `
name: siem
type: kafka
brokers: ${broker.plain}
topic: kill-{tenant}
createTopics: true
format: cef
profile: strict
timeout: 5s
batchEvents: 2000`;
    const random = seededRandom(seed);
    const status = await stand.deliverAll(sink, (running) => disturb(broker, running, random));
    const events = await stand.events(sink);
    const records = broker.records('kill-acme');
    const found = records.map(({ headers, line }) => `${headers['tailrace-id']} ${line}`);
    const distinct = [...new Set(found)];
    test.diagnostic(`${found.length - distinct.length} repeats, ${status.retries} retries`);
    assert.ok(status.retries > 0, 'nothing was disturbed');
    assert.equal(new Set(records.map(({ partition }) => partition)).size, 1);
    // Repeats come with the same identity and line, and the rest in the order of the stream.
    assert.equal(distinct.length, events.length);
    assert.ok(
      distinct.every((text, index) => text === `${events[index]?.id} ${events[index]?.line}`),
    );
  });
});

/** Stops the broker for a moment, kills it, and stops it again, each time while it is taking events. */
async function disturb(
  broker: KafkaBroker,
  status: SinkStatus,
  random: ReturnType<typeof seededRandom>,
): Promise<void> {
  for (const fault of ['stop', 'kill', 'stop'] as const) {
    const from = status.position;
    while (status.position === from && status.position < status.headPosition) {
      await systemClock.sleep(5, never);
    }
    await systemClock.sleep(random.integer(0, 30), never);
    if (fault === 'stop') {
      broker.signal('SIGSTOP');
      await systemClock.sleep(random.integer(200, 600), never);
      broker.signal('SIGCONT');
    } else {
      await broker.kill();
      await broker.restart();
    }
  }
}

/** Delivers two slices, the second without an answer; resolves when the broker has written both. */
async function withoutAnswer(broker: KafkaBroker, sink: DirectSink, topic: string) {
  const [first, second] = [sliceOf({}, 1, 10), sliceOf({}, 11, 20)];
  await sink.deliver(first, never);
  broker.passage.blockAnswers();
  const delivered = sink.deliver(second, never);
  delivered.catch(() => {});
  while (broker.records(topic).length < 20) await systemClock.sleep(5, never);
  return { first, second, delivered };
}
