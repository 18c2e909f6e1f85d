/**
 * Goal: what the syslog sink calls delivered has reached a real server, whatever happens to it.
 * Method: real rsyslog and syslog-ng write what they receive to a file, which is compared with the
 * events in the store; in the long run the server is killed, stopped and started meanwhile.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/cli/system-clock.ts';
import { seededRandom } from '../../src/feeds/seeded-random.ts';
import type { SinkStatus } from '../../src/pipeline/status.ts';
import { rsyslog, syslogNg, type PeerTransport, type RunningPeer } from './syslog-peers.ts';
import { WireSinkStand, type StandEvent } from './wire-sink-stand.ts';

const seed = Number(process.env['TAILRACE_TEST_SEED'] ?? Date.now() % 1_000_000);
const mustRun = process.env['TAILRACE_TEST_ALL'] === '1';
const never = new AbortController().signal;
const fixtures = fileURLToPath(new URL('../../src/sinks/syslog/fixtures/', import.meta.url));
const patienceMs = 120_000;
/** So many a socket holds, even with a small buffer, for a server that does nothing for a while. */
const datagramsHeld = 100;

let root = '';
before(async () => (root = await mkdtemp(join(tmpdir(), 'tailrace-syslog-sink-'))));
after(() => rm(root, { recursive: true }));

function sinkTo(peer: RunningPeer, transport: PeerTransport, more = ''): string {
  const certificate = `
tls:
  ca: ${fixtures}authority.crt.pem
  clientCertificate:
    certificate: ${fixtures}client.crt.pem
    key: { file: ${fixtures}client.key.pem }`;
  return `name: siem
type: syslog
transport: ${transport}
endpoints: ${peer.endpoint}
format: cef
profile: strict${transport.endsWith('tls') ? certificate : ''}
${more}`;
}

for (const server of [rsyslog, syslogNg]) {
  const skip = mustRun ? false : (server.missing ?? false);
  describe(`syslog sink and ${server.name}`, { skip }, () => {
    for (const transport of server.transports) {
      it(`deliver every event once over ${transport}`, async () => {
        assert.equal(server.missing, undefined);
        await using stand = await WireSinkStand.open(transport === 'udp' ? datagramsHeld : 3000);
        const home = join(root, `${server.name}-${transport}`);
        await using peer = await server.start(home, transport);
        const sink = sinkTo(peer, transport);
        await stand.deliverAll(sink);
        const events = await stand.events(sink);
        await untilReceived(peer, events.length);
        assert.deepEqual(received(peer), expected(events), peer.log());
      });
    }
  });
}

describe(
  'syslog sink and an rsyslog that is killed and stopped',
  {
    skip: mustRun ? false : (rsyslog.missing ?? false),
  },
  () => {
    for (const transport of ['tcp', 'relp'] as const) {
      it(`lose no event over ${transport} (seed ${seed})`, async (test) => {
        await using stand = await WireSinkStand.open(100_000);
        await using peer = await rsyslog.start(join(root, `faults-${transport}`), transport);
        const sink = sinkTo(peer, transport, 'batchEvents: 2000');
        const random = seededRandom(seed);
        const status = await stand.deliverAll(sink, (running) => disturb(peer, running, random));
        const events = await stand.events(sink);
        await untilReceived(peer, events.length);
        const lines = received(peer);
        const repeats = lines.length - new Set(lines).size;
        test.diagnostic(`${repeats} repeats, ${status.retries} retries`);
        assert.ok(status.retries > 0, 'nothing was disturbed');
        const wanted = expected(events);
        const isWanted = new Set(wanted);
        const came = [...new Set(lines)];
        assert.deepEqual(
          came.filter((line) => isWanted.has(line)),
          wanted,
          peer.log(),
        );
        // A server that is killed while it writes leaves half a line, behind which it goes on.
        const torn = came.filter((line) => !isWanted.has(line));
        assert.ok(torn.length <= killsMax, torn.join('\n'));
      });
    }
  },
);

/** Of the rounds of `disturb`, all but one. */
const killsMax = 3;

/** Kills or stops the server a few times while something is still to be delivered. */
async function disturb(
  peer: RunningPeer,
  status: SinkStatus,
  random: ReturnType<typeof seededRandom>,
): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    const from = status.position;
    while (status.position === from && status.position < status.headPosition) {
      await systemClock.sleep(5, never);
    }
    await systemClock.sleep(random.integer(0, 30), never);
    if (round % 3 === 2) {
      peer.signal('SIGSTOP');
      await systemClock.sleep(300, never);
      peer.signal('SIGCONT');
    } else {
      await peer.kill();
      await systemClock.sleep(random.integer(0, 300), never);
      await peer.restart();
    }
  }
}

/** The server writes a message a little after the sink knows that it was read. */
async function untilReceived(peer: RunningPeer, count: number): Promise<void> {
  const endAt = performance.now() + patienceMs;
  while (new Set(received(peer)).size < count && performance.now() < endAt) {
    await systemClock.sleep(50, never);
  }
  await systemClock.sleep(200, never); // in which repeats would come
}

function received(peer: RunningPeer): readonly string[] {
  return peer.received().map(({ id, text }) => `${id} ${text}`);
}

function expected(events: readonly StandEvent[]): readonly string[] {
  return events.map(({ id, line }) => `${id} ${line.slice(line.indexOf('CEF:'))}`);
}
