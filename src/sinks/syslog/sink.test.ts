import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import type { z } from 'zod';
import { sinkContract, type SinkReceiver } from '../../../test/contract/sink.ts';
import {
  acme,
  linesOf,
  sliceFrom,
  eventAt,
  sliceOf,
  someTurns,
} from '../../../test/contract/sink/slices.ts';
import type { StreamName } from '../../core/stream.ts';
import { Secret } from '../../core/secret.ts';
import { systemClock } from '../../cli/system-clock.ts';
import {
  DatagramReceiver,
  SyslogReceiver,
  unframeLines,
  unframeOctets,
  unframeRelp,
} from '../../testing/syslog-receiver.ts';
import { portOf } from '../../testing/port-of.ts';
import { limitDeliveries } from '../deliveries-at-once.ts';
import { syslogSinkOptions } from './options.ts';
import { createSyslogSink } from './sink.ts';

const never = new AbortController().signal;
const plainLines = { format: 'json', hostname: 'siem.example.com', facility: 23 } as const;
const poison = 'this line is refused';
/** What builds slices wants to know how lines look. */
const anyText = {};

const fixture = (file: string) => fileURLToPath(new URL(`fixtures/${file}`, import.meta.url));
const serverTls = {
  cert: readFileSync(fixture('server.crt.pem')),
  key: readFileSync(fixture('server.key.pem')),
  ca: readFileSync(fixture('authority.crt.pem')),
  requestCert: true,
};
const clientTls = clientCertificate('client');

function clientCertificate(name: string) {
  return {
    ca: fixture('authority.crt.pem'),
    clientCertificate: {
      certificate: fixture(`${name}.crt.pem`),
      key: { file: fixture(`${name}.key.pem`) },
    },
  };
}

type Given = Omit<z.input<typeof syslogSinkOptions>, 'type' | 'endpoints'>;

function newSink(endpoints: string | readonly string[], given: Given) {
  const options = syslogSinkOptions.parse({
    type: 'syslog',
    endpoints: typeof endpoints === 'string' ? endpoints : [...endpoints],
    header: 'none',
    timeout: '10s',
    ...given,
  });
  return createSyslogSink('siem', options, plainLines, {
    clock: systemClock,
    log: pino({ enabled: false }),
    readSecret: async (reference) =>
      new Secret('file' in reference ? readFileSync(reference.file, 'utf8') : ''),
  });
}

const connections: Readonly<
  Record<string, { readonly start: () => Promise<SyslogReceiver>; readonly given: Given }>
> = {
  tcp: { start: () => SyslogReceiver.start(unframeOctets), given: { transport: 'tcp' } },
  'tcp with newlines': {
    start: () => SyslogReceiver.start(unframeLines),
    given: { transport: 'tcp', framing: 'newline' },
  },
  tls: {
    start: () => SyslogReceiver.start(unframeOctets, serverTls),
    given: { transport: 'tls', tls: clientTls },
  },
  relp: { start: () => SyslogReceiver.start(unframeRelp(poison)), given: { transport: 'relp' } },
  'relp-tls': {
    start: () => SyslogReceiver.start(unframeRelp(poison), serverTls),
    given: { transport: 'relp-tls', tls: clientTls },
  },
};

for (const [name, { start, given }] of Object.entries(connections)) {
  sinkContract(`syslog sink over ${name}`, async (): Promise<SinkReceiver> => {
    const receiver = await start();
    return Object.assign(receiver, {
      newSink: () => newSink(receiver.endpoint, given),
      wireBatchEvents: 5000,
      ...(given.transport.startsWith('relp') && { poison }),
    });
  });
}

/** Of those that say nothing of a client certificate, which would tell. */
const silent: Readonly<Record<string, { readonly tls?: TlsOptions; readonly given: Given }>> = {
  tcp: { given: { transport: 'tcp' } },
  tls: {
    tls: { ...serverTls, requestCert: false },
    given: { transport: 'tls', tls: { ca: clientTls.ca } },
  },
};

for (const [name, { tls, given }] of Object.entries(silent)) {
  describe(`syslog sink over ${name} that a receiver does not want`, () => {
    it('calls nothing delivered to a receiver that closes what it has just accepted', async () => {
      await using receiver = await SyslogReceiver.start(unframeOctets, tls);
      await receiver.turnAway();
      await using sink = newSink(receiver.endpoint, given);
      for (const last of [1, 20, 2000]) {
        const delivered = sink.deliver(sliceOf(anyText, 1, last), never);
        await assert.rejects(delivered, { code: 'sink_unavailable' });
      }
    });

    it('goes to the next endpoint when one closes what it has just accepted', async () => {
      await using first = await SyslogReceiver.start(unframeOctets, tls);
      await using second = await SyslogReceiver.start(unframeOctets, tls);
      await first.turnAway();
      await using sink = newSink([first.endpoint, second.endpoint], given);
      const slice = sliceOf(anyText, 1, 20);
      await assert.rejects(sink.deliver(slice, never), { code: 'sink_unavailable' });
      await sink.deliver(slice, never);
      assert.deepEqual(second.lines(), linesOf(slice));
    });
  });
}

it('keeps few connections to a syslog receiver at once', async () => {
  // Goal: what receivers allow by default. Method: many slices for one that reads nothing yet.
  await using receiver = await SyslogReceiver.start(unframeOctets);
  await receiver.pause();
  await using sink = limitDeliveries(newSink(receiver.endpoint, { transport: 'tcp' }));
  const streams = Array.from({ length: 30 }, (_, at): StreamName => `tenant-${at}/insync`);
  const deliveries = streams.map((stream) => sink.deliver(sliceOf(anyText, 1, 2, stream), never));
  while (receiver.connections < 8) await someTurns();
  await someTurns();
  assert.equal(receiver.connections, 8);
  await receiver.resume();
  await Promise.all(deliveries);
  assert.equal(receiver.lines().length, 60);
});

describe('syslog sink over udp', () => {
  it('sends every line as a datagram of its own', async () => {
    await using receiver = await DatagramReceiver.start();
    await using sink = newSink(receiver.endpoint, { transport: 'udp', datagramsPerSecond: 20_000 });
    const slice = sliceOf(anyText, 1, 500);
    await sink.deliver(slice, never);
    await receiver.untilLines(500);
    assert.deepEqual(receiver.lines(), linesOf(slice));
  });

  it('says so when nobody listens, as soon as the network tells', async () => {
    const receiver = await DatagramReceiver.start();
    const { endpoint } = receiver;
    await receiver.kill();
    await using sink = newSink(endpoint, { transport: 'udp' });
    const slice = sliceOf(anyText, 1, 2000);
    const message = /nothing listens on this port/;
    await assert.rejects(sink.deliver(slice, never), { code: 'sink_unavailable', message });
  });
});

describe('syslog sink over tls', () => {
  it('refuses a receiver whose authority it does not know', async () => {
    await using receiver = await SyslogReceiver.start(unframeOctets, serverTls);
    await using sink = newSink(receiver.endpoint, {
      transport: 'tls',
      tls: { ...clientTls, ca: fixture('stranger.crt.pem') },
    });
    const delivered = sink.deliver(sliceOf(anyText, 1, 1), never);
    await assert.rejects(delivered, { code: 'sink_refused', message: /authority/ });
    assert.deepEqual(receiver.lines(), []);
  });

  it('refuses a receiver with another name', async () => {
    await using receiver = await SyslogReceiver.start(unframeOctets, serverTls);
    await using sink = newSink(receiver.endpoint, {
      transport: 'tls',
      tls: { ...clientTls, serverName: 'other.example.com' },
    });
    const delivered = sink.deliver(sliceOf(anyText, 1, 1), never);
    await assert.rejects(delivered, { code: 'sink_refused', message: /another host name/ });
  });

  it('calls nothing delivered when the receiver refuses its certificate', async () => {
    // Under TLS 1.3 the handshake succeeds first and the connection breaks after it.
    await using receiver = await SyslogReceiver.start(unframeOctets, serverTls);
    await using sink = newSink(receiver.endpoint, {
      transport: 'tls',
      tls: clientCertificate('stranger-client'),
    });
    const delivered = sink.deliver(sliceOf(anyText, 1, 3), never);
    await assert.rejects(delivered, /certificate/);
    assert.deepEqual(receiver.lines(), []);
  });

  it('does not speak with what knows older versions only', async () => {
    const old = { ...serverTls, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
    await using receiver = await SyslogReceiver.start(unframeOctets, old);
    await using sink = newSink(receiver.endpoint, {
      transport: 'tls',
      tls: { ...clientTls, minVersion: 'TLSv1.3' },
    });
    const delivered = sink.deliver(sliceOf(anyText, 1, 1), never);
    await assert.rejects(delivered, { code: 'sink_refused', message: /no TLS version/ });
  });
});

describe('syslog sink with several endpoints', () => {
  it('fails over to the next, and stays there', async () => {
    await using first = await SyslogReceiver.start(unframeOctets);
    await using second = await SyslogReceiver.start(unframeOctets);
    await using sink = newSink([first.endpoint, second.endpoint], { transport: 'tcp' });
    await sink.deliver(sliceOf(anyText, 1, 2), never);
    await first.kill();
    const slice = sliceOf(anyText, 3, 4);
    await assert.rejects(sink.deliver(slice, never), { code: 'sink_unavailable' });
    await sink.deliver(slice, never);
    await first.restart();
    await sink.deliver(sliceOf(anyText, 5, 6), never);
    assert.equal(first.lines().length, 2);
    assert.equal(second.lines().length, 4);
  });

  it('spreads batches over all', async () => {
    await using first = await SyslogReceiver.start(unframeOctets);
    await using second = await SyslogReceiver.start(unframeOctets);
    const endpoints = [first.endpoint, second.endpoint];
    await using sink = newSink(endpoints, { transport: 'tcp', several: 'spread' });
    for (const at of [1, 2, 3, 4]) await sink.deliver(sliceOf(anyText, at, at), never);
    assert.equal(first.lines().length, 2);
    assert.equal(second.lines().length, 2);
  });
});

it('closes its socket when the network does not let it send', async () => {
  // To everybody is what no socket may send to that has not asked for it.
  await using sink = newSink('255.255.255.255:514', { transport: 'udp' });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const delivered = sink.deliver(sliceOf(anyText, 1, 1), never);
    await assert.rejects(delivered, { code: 'sink_unavailable' });
  }
  await someTurns(); // in which they are closed
  const sockets = process.getActiveResourcesInfo().filter((kind) => kind === 'UDPWrap');
  assert.deepEqual(sockets, []);
});

for (const [transport, word] of [
  ['tcp', '.'],
  ['relp', '0 hint 0\n'],
] as const) {
  it(`gives up a receiver that only chats over ${transport}`, async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const chat = setInterval(() => socket.write(word), 10);
      socket.resume();
      socket.on('error', () => {});
      socket.on('close', () => clearInterval(chat));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await using sink = newSink(`127.0.0.1:${portOf(server)}`, { transport, timeout: '200ms' });
    const delivered = sink.deliver(sliceOf(anyText, 1, 3), never);
    await assert.rejects(delivered, { message: /did nothing for 0.2 s/ });
    server.close();
  });
}

it('gives up a receiver that does nothing', async () => {
  await using receiver = await SyslogReceiver.start(unframeOctets);
  await receiver.pause();
  await using sink = newSink(receiver.endpoint, { transport: 'tcp', timeout: '100ms' });
  const delivered = sink.deliver(sliceOf(anyText, 1, 3), never);
  await assert.rejects(delivered, { code: 'sink_unavailable', message: /did nothing for 0.1 s/ });
});

it('cuts what is too long where one can see it', async () => {
  await using receiver = await SyslogReceiver.start(unframeOctets);
  await using sink = newSink(receiver.endpoint, { transport: 'tcp', messageSizeMax: '480B' });
  await sink.deliver(sliceFrom([eventAt(1, 'Ω'.repeat(500))], acme), never);
  const [line = ''] = receiver.lines();
  assert.ok(Buffer.byteLength(line) <= 480);
  assert.match(line, /^Ω{220,} \[truncated, was 1000 bytes\]$/);
});
