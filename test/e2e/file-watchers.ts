import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A real log collector that watches a directory and writes every line it reads to a file. */
export interface Watcher {
  readonly name: string;
  /** Why it cannot be used here; undefined when it can. */
  readonly missing: string | undefined;
  /** `home` is a directory of its own. */
  start(home: string, watched: string): Promise<RunningWatcher>;
}

export interface RunningWatcher extends AsyncDisposable {
  received(): readonly string[];
  /** What it wrote to its terminal, for the failure message. */
  log(): string;
}

const installHint = 'run scripts/install-test-peers.sh';
const rsyslogRoot =
  process.env['TAILRACE_RSYSLOG_ROOT'] ?? join(homedir(), '.cache/tailrace-test/rsyslog');
const rsyslogd = join(rsyslogRoot, 'usr/sbin/rsyslogd');
const hasSyslogNg = spawnSync('syslog-ng', ['--version']).status === 0;

export const watchers: readonly Watcher[] = [
  {
    name: 'rsyslog imfile',
    missing: existsSync(rsyslogd) ? undefined : `package rsyslog is not unpacked; ${installHint}`,
    start: async (home, watched) => {
      const configuration = writeConfiguration(home, rsyslogConfiguration(home, watched));
      const [libraries = ''] = globSync(join(rsyslogRoot, 'usr/lib/*/rsyslog'));
      const options = ['-n', '-f', configuration, '-i', join(home, 'pid'), '-M', libraries];
      return startServer(home, rsyslogd, options, { LD_LIBRARY_PATH: join(libraries, '..') });
    },
  },
  {
    name: 'syslog-ng wildcard-file',
    missing: hasSyslogNg ? undefined : `package syslog-ng-core is not installed; ${installHint}`,
    start: async (home, watched) => {
      const configuration = writeConfiguration(home, syslogNgConfiguration(home, watched));
      const files = ['-R', join(home, 'persist'), '-p', join(home, 'pid'), '-c', join(home, 'ctl')];
      return startServer(home, 'syslog-ng', ['-F', '--no-caps', '-f', configuration, ...files], {});
    },
  },
];

function rsyslogConfiguration(home: string, watched: string): string {
  return `
global(workDirectory="${home}" maxMessageSize="64k")
module(load="imfile" mode="inotify")
template(name="line" type="string" string="%msg%\\n")
input(type="imfile" File="${watched}/*.cef" Tag="siem" ruleset="keep")
ruleset(name="keep") { action(type="omfile" file="${home}/received" template="line") }
`;
}

/** Reads at most 100 files at a time unless it is told otherwise; the rest it would never read. */
function syslogNgConfiguration(home: string, watched: string): string {
  return `@version: 3.38
source siem {
  wildcard-file(base-dir("${watched}") filename-pattern("*.cef") recursive(no)
    follow-freq(0.2) max-files(10000) flags(no-parse) log-msg-size(65536));
};
destination keep { file("${home}/received" template("$MSG\\n")); };
log { source(siem); destination(keep); };
`;
}

function writeConfiguration(home: string, text: string): string {
  mkdirSync(home);
  const path = join(home, 'watcher.conf');
  writeFileSync(path, text);
  return path;
}

function startServer(
  home: string,
  command: string,
  options: readonly string[],
  environment: Readonly<Record<string, string>>,
): RunningWatcher {
  const child = spawn(command, options, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream
      .setEncoding('utf8')
      .on('data', (text: string) => (output = (output + text).slice(-4000)));
  }
  const received = join(home, 'received');
  return {
    received: () =>
      existsSync(received) ? readFileSync(received, 'utf8').split('\n').slice(0, -1) : [],
    log: () => output,
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
