import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What a writer said that was acknowledged. */
export interface Acknowledgement {
  readonly writer: string;
  readonly firstPosition: number;
  readonly lastPosition: number;
  /** Of its first event, counted from 1. */
  readonly firstNumber: number;
}

const program = fileURLToPath(new URL('./appending-process.ts', import.meta.url));

/** `appending-process.ts` at work, with what it has acknowledged so far. */
export class AppendingNode {
  readonly acknowledged: Acknowledgement[] = [];
  readonly #child: ChildProcess;
  #errors = '';
  #waiters: (() => void)[] = [];

  constructor(place: string, writer: string) {
    const child = spawn(process.execPath, [program, place, writer], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stderr.on('data', (bytes: Buffer) => (this.#errors += bytes.toString()));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [name = '', ...numbers] = line.split(' ');
      const [firstPosition = 0, lastPosition = 0, firstNumber = 0] = numbers.map(Number);
      this.acknowledged.push({ writer: name, firstPosition, lastPosition, firstNumber });
      this.#wake();
    });
    child.on('exit', () => this.#wake());
  }

  /** Resolves when so many appends more were acknowledged. Rejects when the process has ended. */
  async acknowledgesMore(count: number): Promise<void> {
    const wanted = this.acknowledged.length + count;
    while (this.acknowledged.length < wanted) {
      if (this.#child.exitCode !== null) throw new Error(`a node has ended: ${this.#errors}`);
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null) throw new Error(`a node has ended: ${this.#errors}`);
    this.#child.kill('SIGKILL');
    await once(this.#child, 'close');
  }

  #wake(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }
}
