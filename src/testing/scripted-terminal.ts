import { EventEmitter } from 'node:events';
import { Readable, Writable } from 'node:stream';
import type { Terminal } from '../cli/terminal.ts';

/** A terminal without a person: keeps what is written, and sends signals when the test says so. */
export class ScriptedTerminal implements Terminal {
  readonly stdin: Terminal['stdin'];
  readonly stdout = new Recorder();
  readonly stderr = new Recorder();
  readonly environment: NodeJS.ProcessEnv = {};
  readonly workingDirectory: string;
  readonly userName = 'tester';
  readonly signals = new EventEmitter();
  /** What `exit` was called with. */
  readonly exits: number[] = [];

  constructor(workingDirectory: string, input: string | Readable = '') {
    this.workingDirectory = workingDirectory;
    this.stdin =
      typeof input === 'string' ? Readable.from(input === '' ? [] : [Buffer.from(input)]) : input;
  }

  readonly exit = (code: number): void => void this.exits.push(code);
}

/** Everything written so far, as text. */
class Recorder extends Writable {
  text = '';
  /** What every write fails with from now on. */
  failure: Error | undefined;

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.text += chunk.toString();
    this.emit('text');
    done(this.failure);
  }

  /** Resolves once the text matches. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) {
      await new Promise((resolve) => this.once('text', resolve));
    }
  }
}
