import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/cli/system-clock.ts';
import { freePort } from '../../src/testing/tailrace-process.ts';

export type PeerTransport = 'udp' | 'tcp' | 'tls' | 'relp' | 'relp-tls';

/** A real syslog server that writes what it receives to a file, a line each: `ID MESSAGE`. */
export interface SyslogPeer {
  readonly name: string;
  /** Why it cannot be used here; undefined when it can. */
  readonly missing: string | undefined;
  readonly transports: readonly PeerTransport[];
  /** `home` is a directory of its own. */
  start(home: string, transport: PeerTransport): Promise<RunningPeer>;
}

const fixtures = fileURLToPath(new URL('../../src/sinks/syslog/fixtures/', import.meta.url));
const installHint = 'run scripts/install-test-peers.sh';
const rsyslogRoot =
  process.env['TAILRACE_RSYSLOG_ROOT'] ?? join(homedir(), '.cache/tailrace-test/rsyslog');
const rsyslogd = join(rsyslogRoot, 'usr/sbin/rsyslogd');
const [rsyslogModules = ''] = globSync(join(rsyslogRoot, 'usr/lib/*/rsyslog'));
const hasSyslogNg = spawnSync('syslog-ng', ['--version']).status === 0;

export const rsyslog: SyslogPeer = {
  name: 'rsyslog',
  missing: existsSync(join(rsyslogModules, 'imrelp.so'))
    ? undefined
    : `packages rsyslog, rsyslog-gnutls and rsyslog-relp are not unpacked; ${installHint}`,
  transports: ['udp', 'tcp', 'tls', 'relp', 'relp-tls'],
  start: (home, transport) =>
    startPeer(home, transport, (port) => ({
      command: rsyslogd,
      configuration: rsyslogConfiguration(home, transport, port),
      options: (file) => ['-n', '-f', file, '-i', join(home, 'pid'), '-M', rsyslogModules],
      environment: { LD_LIBRARY_PATH: join(rsyslogModules, '..') },
    })),
};

export const syslogNg: SyslogPeer = {
  name: 'syslog-ng',
  missing: hasSyslogNg ? undefined : `package syslog-ng-core is not installed; ${installHint}`,
  transports: ['udp', 'tcp', 'tls'],
  start: (home, transport) =>
    startPeer(home, transport, (port) => ({
      command: 'syslog-ng',
      configuration: syslogNgConfiguration(home, transport, port),
      options: (file) => {
        const files = ['-R', join(home, 'persist'), '-p', join(home, 'pid'), '-c', join(home, 'c')];
        return ['-F', '--no-caps', '-f', file, ...files];
      },
      environment: {},
    })),
};

interface PeerProgram {
  readonly command: string;
  readonly configuration: string;
  readonly options: (file: string) => readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The queue is direct: a message is written before the next is read, so that what a killed server had
 * read is what it has kept.
 */
function rsyslogConfiguration(home: string, transport: PeerTransport, port: number): string {
  const certificates = `
  defaultNetstreamDriverCAFile="${fixtures}authority.crt.pem"
  defaultNetstreamDriverCertFile="${fixtures}server.crt.pem"
  defaultNetstreamDriverKeyFile="${fixtures}server.key.pem"`;
  const tlsDriver =
    'streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="x509/certvalid"';
  const address = `address="127.0.0.1" port="${port}" ruleset="keep"`;
  const relpTls = `tls="on" tls.authMode="certvalid" tls.caCert="${fixtures}authority.crt.pem"
  tls.myCert="${fixtures}server.crt.pem" tls.myPrivKey="${fixtures}server.key.pem"`;
  const inputs = {
    udp: `module(load="imudp")\ninput(type="imudp" ${address} rcvbufSize="4m")`,
    tcp: `module(load="imtcp")\ninput(type="imtcp" ${address})`,
    tls: `module(load="imtcp" ${tlsDriver})\ninput(type="imtcp" ${address})`,
    relp: `module(load="imrelp")\ninput(type="imrelp" ${address})`,
    'relp-tls': `module(load="imrelp")\ninput(type="imrelp" ${address} ${relpTls})`,
  };
  return `
global(workDirectory="${home}" maxMessageSize="64k"${transport === 'tls' ? certificates : ''})
main_queue(queue.type="direct")
template(name="line" type="string" string="%structured-data% %msg%\\n")
ruleset(name="keep") { action(type="omfile" file="${home}/received" template="line") }
${inputs[transport]}
`;
}

function syslogNgConfiguration(home: string, transport: PeerTransport, port: number): string {
  const tls = `tls(key-file("${fixtures}server.key.pem") cert-file("${fixtures}server.crt.pem")
    ca-file("${fixtures}authority.crt.pem") peer-verify(required-trusted))`;
  return `@version: 3.38
options { log-msg-size(65536); };
source siem {
  syslog(ip("127.0.0.1") port(${port}) transport("${transport}") so-rcvbuf(4194304)
    ${transport === 'tls' ? tls : ''} ${transport === 'udp' ? '' : 'log-iw-size(10000)'});
};
destination keep { file("${home}/received" template("id=\\"\${.SDATA.tailrace@32473.id}\\" $MSG\\n")); };
log { source(siem); destination(keep); flags(flow-control); };
`;
}

async function startPeer(
  home: string,
  transport: PeerTransport,
  programAt: (port: number) => PeerProgram,
): Promise<RunningPeer> {
  mkdirSync(home);
  const port = await freePort();
  const program = programAt(port);
  const file = join(home, 'peer.conf');
  writeFileSync(file, program.configuration);
  const peer = new RunningPeer(home, port, transport, program, file);
  await peer.restart();
  return peer;
}

export class RunningPeer {
  readonly endpoint: string;
  readonly #port: number;
  readonly #transport: PeerTransport;
  readonly #program: PeerProgram;
  readonly #file: string;
  readonly #received: string;
  #child: ChildProcess | undefined;
  #output = '';

  constructor(
    home: string,
    port: number,
    transport: PeerTransport,
    program: PeerProgram,
    file: string,
  ) {
    this.#port = port;
    this.#transport = transport;
    this.#program = program;
    this.#file = file;
    this.#received = join(home, 'received');
    this.endpoint = `127.0.0.1:${port}`;
  }

  /** Identity and text of every message that it has written, in order. */
  received(): readonly { readonly id: string; readonly text: string }[] {
    if (!existsSync(this.#received)) return [];
    const lines = readFileSync(this.#received, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => {
      const [, id = '', text = ''] = /id="([^"]*)"[^\]]*?\]? (CEF:.*)$/.exec(line) ?? [];
      return { id, text };
    });
  }

  /** What it wrote to its terminal, for the failure message. */
  log(): string {
    return this.#output;
  }

  async restart(): Promise<void> {
    const { command, options, environment } = this.#program;
    this.#child = spawn(command, options(this.#file), {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-4000);
      });
    }
    const isThere = this.#transport === 'udp' ? isBound : accepts;
    const patience = AbortSignal.timeout(20_000);
    while (!(await isThere(this.#port))) {
      if (patience.aborted) throw new Error(`${command} does not listen: ${this.#output}`);
      await systemClock.sleep(20, patience);
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Of a UDP port; the kernel's table has it in hexadecimal. */
async function isBound(port: number): Promise<boolean> {
  const hexadecimal = port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync('/proc/net/udp', 'utf8').includes(`:${hexadecimal} `);
}
