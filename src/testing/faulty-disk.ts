import { readFileSync, existsSync, rmSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { localDisk, type Disk, type DiskEntry, type DiskFile } from '../lib/disk.ts';

/**
 * What happens at a step: the process is killed before it (`kill`), right after it (`kill after`) or
 * in the middle of it (`tear`), or the step fails with a system error and the process goes on. A
 * write that finds the disk full has written half.
 */
export const faults = ['kill', 'kill after', 'tear', 'ENOSPC', 'EACCES'] as const;
export type Fault = (typeof faults)[number];

interface DiskHooks {
  /** Runs after every step: a watcher that is always quicker than the program. */
  readonly afterStep: () => void;
  /** Ends what would go on trying. */
  readonly afterKill: () => void;
}

export class ProcessKilled extends Error {
  override readonly name = 'ProcessKilled';
}

/**
 * The machine's disk, with one fault at one chosen step. After a kill no step has any effect. What
 * no sync has made durable can be undone, as power loss does (`cutPower`); nothing is synced really.
 */
export class FaultyDisk implements Disk {
  readonly #fault: { readonly step: number; readonly kind: Fault } | undefined;
  readonly #hooks: Partial<DiskHooks>;
  readonly #undurable: Undurable[] = [];
  #steps = 0;
  #killed = false;

  constructor(fault?: { step: number; kind: Fault }, hooks: Partial<DiskHooks> = {}) {
    this.#fault = fault;
    this.#hooks = hooks;
  }

  get steps(): number {
    return this.#steps;
  }

  get isKilled(): boolean {
    return this.#killed;
  }

  /** Counts `act` as a step; `half` is what a torn one does. Other stores of a test use it too. */
  async step<T>(act: () => Promise<T>, half: () => Promise<unknown> = act): Promise<T> {
    if (this.#killed) throw new ProcessKilled();
    this.#steps += 1;
    const kind = this.#steps === this.#fault?.step ? this.#fault.kind : undefined;
    if (kind === 'EACCES') throw systemError(kind);
    if (kind === 'ENOSPC') {
      if (half !== act) await half();
      throw systemError(kind);
    }
    if (kind === 'tear') await half();
    if (kind === 'kill after') await act();
    if (kind !== undefined) this.#kill();
    const result = await act();
    this.#hooks.afterStep?.();
    return result;
  }

  /** Undoes, newest first, what was not synced when the process was killed. */
  cutPower(): void {
    for (const { undo } of this.#undurable.toReversed()) undo();
    this.#undurable.length = 0;
  }

  async open(path: string, wanted: 'new' | 'existing' | 'any', mode?: number): Promise<DiskFile> {
    let opened: DiskFile | undefined;
    try {
      return await this.step(async () => {
        const isNew = !existsSync(path);
        opened = await localDisk.open(path, wanted, mode);
        if (isNew) this.#remember(dirname(path), () => rmSync(path, { force: true }));
        return this.#faultyFile(path, opened);
      });
    } catch (error) {
      await opened?.[Symbol.asyncDispose]();
      throw error;
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await this.step(async () => {
      await localDisk.rename(from, to);
      this.#remember(dirname(to), () => {
        // A watcher that moved the file on did so after the rename: then both are durable.
        if (existsSync(to)) renameSync(to, from);
      });
    });
  }

  async remove(path: string): Promise<void> {
    await this.step(async () => {
      const content = existsSync(path) ? readFileSync(path) : undefined;
      await localDisk.remove(path);
      if (content) this.#remember(dirname(path), () => writeFileSync(path, content));
    });
  }

  async syncDirectory(path: string): Promise<void> {
    await this.step(async () => {
      this.#forget(path);
    });
  }

  async makeDirectory(path: string): Promise<void> {
    await this.step(() => localDisk.makeDirectory(path));
  }

  async *list(path: string): AsyncIterable<string> {
    await this.step(async () => {});
    yield* localDisk.list(path);
  }

  async stat(path: string): Promise<DiskEntry | undefined> {
    return this.step(() => localDisk.stat(path));
  }

  /** Nobody else is there. */
  async lock(): Promise<AsyncDisposable> {
    await this.step(async () => {});
    return { [Symbol.asyncDispose]: async () => {} };
  }

  #faultyFile(path: string, file: DiskFile): DiskFile {
    const changing = <T>(act: () => Promise<T>) => {
      const before = existsSync(path) ? readFileSync(path) : undefined;
      this.#remember(path, () => {
        if (before && existsSync(path)) writeFileSync(path, before);
      });
      return act();
    };
    return {
      write: (bytes, offset) => {
        const write = (length: number) =>
          changing(() => file.write(bytes.subarray(0, length), offset));
        return this.step(
          () => write(bytes.length),
          () => write(Math.ceil(bytes.length / 2)),
        );
      },
      truncate: (size) => this.step(() => changing(() => file.truncate(size))),
      setMode: (mode) => this.step(() => file.setMode(mode)),
      sync: () =>
        this.step(async () => {
          this.#forget(path);
        }),
      read: (offset, length) => this.step(() => file.read(offset, length)),
      sizeBytes: () => this.step(() => file.sizeBytes()),
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    };
  }

  #remember(madeDurableBy: string, undo: () => void): void {
    this.#undurable.push({ madeDurableBy, undo });
  }

  #forget(syncedPath: string): void {
    const left = this.#undurable.filter(({ madeDurableBy }) => madeDurableBy !== syncedPath);
    this.#undurable.splice(0, this.#undurable.length, ...left);
  }

  #kill(): never {
    this.#killed = true;
    this.#hooks.afterStep?.();
    this.#hooks.afterKill?.();
    throw new ProcessKilled();
  }
}

interface Undurable {
  /** The file or directory whose sync makes it durable. */
  readonly madeDurableBy: string;
  readonly undo: () => void;
}

function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected`), { code });
}
