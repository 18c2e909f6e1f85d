import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The program as it stands in the sources. */
export const sourceMain = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
const run = promisify(execFile);

/** Runs one command of the program to its end and gives its `--json` answer. Rejects on exit ≠ 0. */
export async function tailraceJson(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await run(process.execPath, [sourceMain, ...args, '--json']);
  const answer: Record<string, unknown> = JSON.parse(stdout);
  return answer;
}

/** Runs one command to its end, whatever its exit code. */
export async function tailrace(
  ...args: readonly string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [sourceMain, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

/**
 * `tailrace run` as a process of its own that can be killed and started again. What it logs is kept
 * for the test's failure message.
 */
export class TailraceProcess implements AsyncDisposable {
  readonly #configFile: string;
  readonly #main: string;
  readonly #environment: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  #log = '';

  /** Runs `main`: the program that `TAILRACE_MAIN` names, if it does, or the sources. */
  constructor(
    configFile: string,
    main = process.env['TAILRACE_MAIN'] ?? sourceMain,
    environment = process.env,
  ) {
    this.#configFile = configFile;
    this.#main = main;
    this.#environment = environment;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the process does not run');
    return pid;
  }

  /** False before it is started and after it has ended, by itself or not. */
  get isRunning(): boolean {
    const child = this.#child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** The last 4,000 characters it has logged. */
  get log(): string {
    return this.#log.slice(-4000);
  }

  start(): void {
    const child = spawn(process.execPath, [this.#main, 'run', '--config', this.#configFile], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#log = (this.#log + text).slice(-40_000);
      });
    }
    this.#child = child;
  }

  /** Ends it at whatever instruction it has reached. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Lets it finish what is under way. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }
}

/** Below those that Linux and others give to connections, and to whoever asks for any port. */
const [fixedPortMin, fixedPortMax] = [10_000, 32_767];
const portsTriedMax = 100;

/**
 * A TCP port of 127.0.0.1 that was free a moment ago, for a server that must come back on it. Nobody
 * gets it meanwhile who did not ask for this very one.
 */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < portsTriedMax; tried += 1) {
    const port = randomInt(fixedPortMin, fixedPortMax + 1);
    // oxlint-disable-next-line no-await-in-loop -- one after the other, until one is free
    if (await isFree(port)) return port;
  }
  throw new Error(`none of ${portsTriedMax} ports was free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false; // in use
  }
  server.close();
  await once(server, 'close');
  return true;
}
