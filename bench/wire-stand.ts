/** A store full of events, and receivers that they are sent to. */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDataStore } from '../src/cli/open-data.ts';
import { systemClock } from '../src/cli/system-clock.ts';
import { toStoredEvent } from '../src/core/event.ts';
import { compileEncoder } from '../src/encode/compile-encoder.ts';
import { inSync } from '../src/feeds/insync.ts';
import { TailraceProcess } from '../src/testing/tailrace-process.ts';
import { eventTexts } from './events.ts';
import { costOf, peakRssBytes } from './measure.ts';
import type { Cost } from './measure.ts';
import { writeConfig } from './service-stand.ts';

const waitMs = 300_000;
const batchEvents = 1000;
const rsyslogRoot =
  process.env['TAILRACE_RSYSLOG_ROOT'] ?? join(homedir(), '.cache/tailrace-test/rsyslog');
const [rsyslogModules = ''] = globSync(join(rsyslogRoot, 'usr/lib/*/rsyslog'));

/** A receiver in a process of its own. */
export interface WireServer extends AsyncDisposable {
  readonly port: number;
  /** Resolves when it has received so many events. */
  received(events: number): Promise<void>;
}

interface Report {
  readonly port?: number;
  readonly events?: number;
}

export async function startWireServer(kind: string): Promise<WireServer> {
  const child = fork(fileURLToPath(new URL('wire-server.ts', import.meta.url)), [kind]);
  const last: { port?: number; events?: number } = {};
  child.on('message', (report: Report) => Object.assign(last, report));
  await once(child, 'message');
  return {
    port: last.port ?? 0,
    received: async (events) => {
      const patience = AbortSignal.timeout(waitMs);
      while ((last.events ?? 0) < events) await once(child, 'message', { signal: patience });
    },
    async [Symbol.asyncDispose]() {
      const closed = once(child, 'close');
      child.kill();
      await closed;
    },
  };
}

export interface WireCost extends Cost {
  readonly peakRssBytes: number | undefined;
}

export interface WireStand extends Disposable {
  /** What it costs a collector to send everything to a sink, its start included. */
  deliver(
    sink: Readonly<Record<string, unknown>>,
    receiver: Pick<WireServer, 'received'>,
  ): Promise<WireCost>;
  /** Resolves when everything is delivered to the sink of this name, by the store's word. */
  delivered(name: string): Promise<void>;
  /** The same for rsyslog, which reads a file with the same lines; undefined where it is missing. */
  forwardWithRsyslog(receiver: WireServer): Promise<Cost | undefined>;
}

export async function openWireStand(events: number): Promise<WireStand> {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-bench-'));
  const texts = eventTexts(events, { ascii: true });
  const all = texts.map((text) => inSync.readEvent(JSON.parse(text)).event);
  const data = join(root, 'data');
  {
    await using store = await openDataStore({ directory: data });
    for (let at = 0; at < events; at += batchEvents) {
      const batch = all.slice(at, at + batchEvents).map(toStoredEvent);
      await store.append({ stream: 'acme/insync', events: batch });
    }
  }
  const encode = compileEncoder(inSync, {
    format: 'cef',
    profile: 'strict',
    hostname: 'collector.example.com',
    facility: 23,
  });
  const lines = join(root, 'lines');
  writeFileSync(lines, all.map((event) => `${encode(event)}\n`).join(''));
  return {
    deliver: async (sink, receiver) => {
      const entry = { name: String(sink['name']), format: 'cef', profile: 'strict', ...sink };
      const collector = new TailraceProcess(
        writeConfig(root, entry.name, {
          dataDirectory: data,
          monitor: { listen: '127.0.0.1:0' },
          sinks: [entry],
        }),
      );
      try {
        collector.start();
        const cost = await costOf(collector.pid, () => receiver.received(events));
        return { ...cost, peakRssBytes: peakRssBytes(collector.pid) };
      } finally {
        await collector.kill();
      }
    },
    delivered: async (name) => {
      const patience = AbortSignal.timeout(waitMs);
      await using store = await openDataStore({ directory: data });
      while ((await store.delivery(name, 'acme/insync')).position < events) {
        patience.throwIfAborted();
        await systemClock.sleep(50, patience);
      }
    },
    forwardWithRsyslog: (receiver) => forward(root, lines, receiver, events),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

async function forward(
  root: string,
  lines: string,
  receiver: WireServer,
  events: number,
): Promise<Cost | undefined> {
  if (!existsSync(join(rsyslogModules, 'imfile.so'))) return undefined;
  const file = join(root, 'rsyslog.conf');
  writeFileSync(
    file,
    `global(workDirectory="${root}" maxMessageSize="64k")
module(load="imfile")
input(type="imfile" file="${lines}" tag="tailrace" ruleset="forward")
ruleset(name="forward") {
  action(type="omfwd" target="127.0.0.1" port="${receiver.port}" protocol="tcp"
    TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format")
}
`,
  );
  const options = ['-n', '-f', file, '-i', join(root, 'rsyslog.pid'), '-M', rsyslogModules];
  const child = spawn(join(rsyslogRoot, 'usr/sbin/rsyslogd'), options, {
    env: { ...process.env, LD_LIBRARY_PATH: join(rsyslogModules, '..') },
    stdio: 'ignore',
  });
  const exit = once(child, 'exit');
  try {
    return await costOf(child.pid ?? 0, () => receiver.received(events));
  } finally {
    child.kill('SIGKILL');
    await exit;
  }
}
