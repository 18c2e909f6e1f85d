import { fileURLToPath } from 'node:url';
import type { Bench, BenchRow } from '../row.ts';
import { KafkaBroker, kafkaMissing } from '../../test/e2e/kafka-broker.ts';
import { openWireStand, startWireServer, type WireCost } from '../wire-stand.ts';
import { perEvent } from './ingest.ts';

const eventsMax = 200_000;
const ca = fileURLToPath(
  new URL('../../src/sinks/syslog/fixtures/authority.crt.pem', import.meta.url),
);
const token = { env: 'PATH' }; // the receivers ask for none

/** What is configured for a receiver of each kind that listens on a port. */
const sinks: Readonly<Record<string, (port: number) => Readonly<Record<string, unknown>>>> = {
  tcp: (port) => ({ type: 'syslog', transport: 'tcp', endpoints: `127.0.0.1:${port}` }),
  tls: (port) => ({
    type: 'syslog',
    transport: 'tls',
    endpoints: `127.0.0.1:${port}`,
    tls: { ca },
  }),
  relp: (port) => ({ type: 'syslog', transport: 'relp', endpoints: `127.0.0.1:${port}` }),
  'splunk-hec': (port) => ({ type: 'splunk-hec', url: `http://127.0.0.1:${port}`, token }),
  elasticsearch: (port) => ({ type: 'elasticsearch', urls: `http://127.0.0.1:${port}` }),
  http: (port) => ({ type: 'http', url: `http://127.0.0.1:${port}/`, signingKey: token }),
  otlp: (port) => ({ type: 'otlp', url: `http://127.0.0.1:${port}` }),
};

/** Store → receiver over a wire, beside rsyslog that forwards a file with the same lines. */
export const benchSinks: Bench = async (scale) => {
  const events = Math.min(scale.events, eventsMax);
  using stand = await openWireStand(events);
  await using plain = await startWireServer('tcp');
  const rsyslog = await stand.forwardWithRsyslog(plain);
  const rows: BenchRow[] = [];
  const limit = rsyslog && { name: 'rsyslog, file → TCP', value: events / rsyslog.wallSeconds };
  const rowOf = (kind: string, cost: WireCost): BenchRow => ({
    path: `store → ${kind}`,
    value: events / cost.wallSeconds,
    unit: 'events/s',
    ...(limit && { limit }),
    cpuMicrosecondsPerEvent: perEvent(cost.cpuSeconds, events),
    peakRssBytes: cost.peakRssBytes,
  });
  for (const [kind, sink] of Object.entries(sinks)) {
    await using receiver = await startWireServer(kind);
    const options = sink(receiver.port);
    const cost = await stand.deliver({ name: `bench-${kind}`, ...options }, receiver);
    rows.push(rowOf(options['type'] === 'syslog' ? `syslog over ${kind}` : kind, cost));
  }
  if (kafkaMissing === undefined) {
    await using broker = await KafkaBroker.start();
    const sink = {
      name: 'bench-kafka',
      type: 'kafka',
      brokers: broker.plain,
      topic: 'siem',
      createTopics: true,
    };
    const received = () => stand.delivered(sink.name);
    rows.push(rowOf('kafka', await stand.deliver(sink, { received })));
  }
  if (rsyslog === undefined) return rows;
  const cpuMicrosecondsPerEvent = perEvent(rsyslog.cpuSeconds, events);
  const value = events / rsyslog.wallSeconds;
  const note =
    `${events} CEF lines, strict; Tailrace confirms every 1,000 events with the receiver and ` +
    'commits the position, its start included; rsyslog sends and confirms nothing';
  return [
    ...rows,
    { path: 'rsyslog: file → TCP', value, unit: 'events/s', cpuMicrosecondsPerEvent, note },
  ];
};
