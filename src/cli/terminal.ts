import { userInfo } from 'node:os';
import type { Readable, Writable } from 'node:stream';

/** All that a command knows of the world around the process; tests give their own. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly environment: NodeJS.ProcessEnv;
  /** What relative paths on the command line are relative to. */
  readonly workingDirectory: string;
  /** Who runs the command, for the audit trail. */
  readonly userName: string;
  readonly signals: Signals;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
}

export type Screen = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Where SIGINT, SIGTERM and SIGHUP arrive, and errors that nobody caught. */
export interface Signals {
  on(signal: NodeJS.Signals | 'uncaughtException', listener: (error: unknown) => void): unknown;
  off(signal: NodeJS.Signals | 'uncaughtException', listener: (error: unknown) => void): unknown;
}

export function processTerminal(): Terminal {
  // Whoever reads a pipe may stop reading. A write that matters learns of it by itself; without a
  // listener it would end the process.
  process.stdout.on('error', () => {});
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    workingDirectory: process.cwd(),
    userName: userName(),
    signals: process,
    exit: (code) => process.exit(code),
  };
}

/** Whether nobody reads any more what is written, as behind `| head`. */
export function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`; // an id without an entry, as in containers
  }
}

/** True when a person looks at it: not a pipe, a file or a dumb terminal. */
export function isInteractive(screen: Screen, environment: NodeJS.ProcessEnv): boolean {
  return screen.isTTY === true && environment['TERM'] !== 'dumb' && !environment['CI'];
}
