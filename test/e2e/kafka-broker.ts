import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Admin, Reader, readRecordsBatches } from '@platformatic/kafka';
import { systemClock } from '../../src/cli/system-clock.ts';
import { freePort } from '../../src/testing/tailrace-process.ts';
import { Passage } from './kafka-passage.ts';

const jars = process.env['TAILRACE_KAFKA_ROOT'] ?? join(homedir(), '.cache/tailrace-test/kafka');
const fixtures = fileURLToPath(new URL('../../src/sinks/syslog/fixtures/', import.meta.url));
const java = ['/usr/bin/java', join(process.env['JAVA_HOME'] ?? '/nowhere', 'bin/java')].find(
  (path) => existsSync(path),
);
const hasJars = globSync(join(jars, 'kafka_2.13-*.jar')).length > 0;

/** Why there is no broker here; undefined when there is one. */
export const kafkaMissing =
  java === undefined || !hasJars
    ? "Kafka's jars (package maven) or package default-jre-headless are missing; run scripts/install-test-peers.sh"
    : undefined;

/** For the listener with TLS and SASL. */
export const kafkaUser = 'tailrace';
export const kafkaPassword = 'not-a-secret-1';
/** Of a record batch, compressed. */
export const messageBytesMax = 200_000;

export interface TakenRecord {
  readonly key: string;
  readonly line: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly partition: number;
  readonly timestampMs: number;
}

/** A Kafka broker of its own process: one node, on loopback, in a directory that is removed afterwards. */
export class KafkaBroker implements AsyncDisposable {
  /** Plain, to the broker itself. */
  readonly plain: string;
  /** TLS with client certificates, and SASL. */
  readonly secure: string;
  /** Plain, by way of `passage`, which tests can close. */
  readonly passed: string;
  readonly passage: Passage;
  readonly #home: string;
  readonly #plainPort: number;
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(home: string, ports: Ports) {
    this.#home = home;
    this.#plainPort = ports.plain;
    this.plain = `127.0.0.1:${ports.plain}`;
    this.secure = `localhost:${ports.secure}`;
    this.passed = `127.0.0.1:${ports.passage}`;
    this.passage = new Passage(ports.passage, ports.passed);
  }

  static async start(): Promise<KafkaBroker> {
    const home = await mkdtemp(join(tmpdir(), 'tailrace-kafka-'));
    const ports: Ports = {
      plain: await freePort(),
      secure: await freePort(),
      passed: await freePort(),
      passage: await freePort(),
      controller: await freePort(),
    };
    const broker = new KafkaBroker(home, ports);
    try {
      await writeFile(join(home, 'server.properties'), await properties(home, ports));
      const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
        '--add-scram',
        `${mechanism}=[name=${kafkaUser},password=${kafkaPassword}]`,
      ]);
      const cluster = ['-t', 'dGFpbHJhY2UtdGVzdC0wMQ', '-c', join(home, 'server.properties')];
      const format = broker.#java('kafka.tools.StorageTool', 'format', ...cluster, ...scram);
      await once(format, 'exit');
      if (format.exitCode !== 0)
        throw new Error(`the storage was not formatted: ${broker.#output}`);
      await broker.restart();
      await broker.passage.open();
      return broker;
    } catch (error) {
      await broker[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Resolves when the broker answers. */
  async restart(): Promise<void> {
    const child = this.#java('kafka.Kafka', join(this.#home, 'server.properties'));
    this.#child = child;
    const patience = AbortSignal.timeout(60_000);
    while (!(await this.#answers())) {
      if (patience.aborted || child.exitCode !== null) {
        throw new Error(`the broker does not answer: ${this.#output}`);
      }
      await systemClock.sleep(50, patience);
    }
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(name);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** Every record that the broker has written of a topic, by partition and in order. */
  records(topic: string): readonly TakenRecord[] {
    return globSync(join(this.#home, `data/${topic}-*/*.log`))
      .toSorted()
      .flatMap((file) => {
        const partition = Number(/-(\d+)\/\d+\.log$/.exec(file)?.[1]);
        const batches = readRecordsBatches(Reader.from(readFileSync(file)));
        return batches.flatMap(({ records, firstTimestamp }) =>
          records.map(({ key, value, headers, timestampDelta }) => ({
            key: String(key),
            line: String(value),
            headers: Object.fromEntries(
              headers.map(([name, text]) => [String(name), String(text)]),
            ),
            partition,
            timestampMs: Number(firstTimestamp + timestampDelta),
          })),
        );
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.passage.close();
    await this.kill();
    await rm(this.#home, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    const admin = new Admin({
      clientId: 'test',
      bootstrapBrokers: [`127.0.0.1:${this.#plainPort}`],
      retries: 0,
      requestTimeout: 5000,
    });
    try {
      await admin.listTopics();
      return true;
    } catch {
      return false;
    } finally {
      await admin.close();
    }
  }

  #java(...command: readonly string[]): ChildProcess {
    // Starts in half the time that a broker for work needs.
    const small = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    const child = spawn(java ?? 'java', [...small, '-cp', join(jars, '*'), ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-4000);
      });
    }
    return child;
  }
}

interface Ports {
  readonly plain: number;
  readonly secure: number;
  readonly passed: number;
  readonly passage: number;
  readonly controller: number;
}

async function properties(home: string, ports: Ports): Promise<string> {
  const [certificate, key] = await Promise.all(
    ['server.crt.pem', 'server.key.pem'].map((name) => readFile(join(fixtures, name), 'utf8')),
  );
  await writeFile(join(home, 'server.pem'), `${key}${certificate}`);
  const plainUsers = `username="${kafkaUser}" password="${kafkaPassword}" user_${kafkaUser}="${kafkaPassword}"`;
  return `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${ports.controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAIN
listeners=PLAIN://127.0.0.1:${ports.plain},PASSED://127.0.0.1:${ports.passed},SECURE://127.0.0.1:${ports.secure},CONTROLLER://127.0.0.1:${ports.controller}
advertised.listeners=PLAIN://127.0.0.1:${ports.plain},PASSED://127.0.0.1:${ports.passage},SECURE://localhost:${ports.secure}
listener.security.protocol.map=PLAIN:PLAINTEXT,PASSED:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.secure.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required ${plainUsers};
listener.name.secure.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secure.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.secure.ssl.keystore.type=PEM
listener.name.secure.ssl.keystore.location=${home}/server.pem
listener.name.secure.ssl.truststore.type=PEM
listener.name.secure.ssl.truststore.location=${fixtures}authority.crt.pem
listener.name.secure.ssl.client.auth=required
log.dirs=${home}/data
num.partitions=3
message.max.bytes=${messageBytesMax}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
`;
}
