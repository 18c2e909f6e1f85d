import { dirname } from 'node:path';
import type { Disk, DiskEntry, DiskFile } from '../../src/lib/disk.ts';
import { MemoryDisk, systemError } from '../../src/testing/memory-disk.ts';
import type { Life, World } from './machine.ts';

const badTimeMs = [1000, 60_000] as const;

/** A machine's disk, with the good and the bad times it has; outlives every process. */
export class SimulatedDisk {
  readonly files = new MemoryDisk();
  /** True once power was lost while something was not durable that a sync had reported as such. */
  hasBrokenItsWord = false;
  powerLosses = 0;
  /** Called after every step: a watcher that is quicker than the program. */
  afterStep: () => void = () => {};
  readonly #world: World;
  readonly #locks = new Map<string, Life>();
  readonly #lies = new Set<number | string>();
  #fullUntilMs = 0;
  #readOnlyUntilMs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  losePower(): void {
    const random = this.#world.chaos.details('power loss');
    this.powerLosses += 1;
    if (this.#lies.size > 0) this.hasBrokenItsWord = true;
    this.#lies.clear();
    // A third of the time everything is lost, a third of the time nothing.
    const mood = random.pick(['all', 'none', 'some'] as const);
    this.files.losePower((whole) => {
      if (mood === 'some') return random.integer(0, whole);
      return mood === 'all' ? whole : 0;
    });
    this.afterStep();
  }

  /** The disk as a process has it. */
  mountedBy(life: Life): Disk {
    const step = <T>(what: string, act: () => T, half?: () => void) =>
      this.#step(life, what, act, half);
    return {
      open: async (path, wanted) => {
        const number = await step(`open ${wanted} ${path}`, () => {
          const isNew = this.files.stat(path) === undefined;
          if (isNew && wanted !== 'existing') this.#assertRoom(path);
          if (wanted !== 'existing') this.#assertWritable(path);
          return this.files.open(path, wanted);
        });
        return this.#openFile(number, path, step);
      },
      rename: (from, to) =>
        step(`rename ${from} to ${to}`, () => {
          this.#assertWritable(to);
          this.files.rename(from, to);
        }),
      remove: (path) =>
        step(`remove ${path}`, () => {
          if (this.files.stat(path) !== undefined) this.#assertWritable(path);
          this.files.remove(path);
        }),
      makeDirectory: (path) =>
        step(`make directory ${path}`, () => {
          if (this.files.stat(path) === undefined) this.#assertRoom(path);
          this.files.makeDirectory(path);
        }),
      syncDirectory: (path) => step(`sync directory ${path}`, () => this.#syncDirectory(path)),
      list: (path) => this.#list(step, path),
      stat: (path): Promise<DiskEntry | undefined> =>
        step(`stat ${path}`, () => this.files.stat(path)),
      lock: (path) => step(`lock ${path}`, () => this.#lock(life, path)),
    };
  }

  #openFile(number: number, path: string, step: Step): DiskFile {
    const write = (bytes: Uint8Array, offset: number) => {
      this.#assertWritable(path);
      if (this.#isFull()) {
        this.files.write(number, bytes.subarray(0, bytes.length >> 1), offset);
        throw systemError('ENOSPC', path);
      }
      this.files.write(number, bytes, offset);
    };
    return {
      write: (bytes, offset) => {
        const half = () => {
          this.files.write(number, bytes.subarray(0, Math.ceil(bytes.length / 2)), offset);
        };
        return step(`write ${bytes.length} at ${offset} ${path}`, () => write(bytes, offset), half);
      },
      read: (offset, length) => step(`read ${path}`, () => this.files.read(number, offset, length)),
      truncate: (size) =>
        step(`truncate to ${size} ${path}`, () => {
          this.#assertWritable(path);
          this.files.truncate(number, size);
        }),
      sizeBytes: () => step(`size ${path}`, () => this.files.sizeBytes(number)),
      setMode: () => step(`set mode ${path}`, () => {}),
      sync: () => step(`sync ${path}`, () => this.#sync(number, path)),
      [Symbol.asyncDispose]: async () => {},
    };
  }

  async #step<T>(life: Life, what: string, act: () => T, half?: () => void): Promise<T> {
    const { chaos, scheduler } = this.#world;
    const random = chaos.details('disk');
    const untilMs = scheduler.nowMs + random.integer(...badTimeMs);
    if (chaos.happens('disk full', what)) this.#fullUntilMs = untilMs;
    if (chaos.happens('read-only disk', what)) this.#readOnlyUntilMs = untilMs;
    const slow = chaos.happens('slow disk', what) ? { latencyMs: random.integer(200, 30_000) } : {};
    const changing = half === undefined ? {} : { half };
    const result = await life.step(what, act, { ...slow, ...changing });
    this.afterStep();
    return result;
  }

  async *#list(step: Step, path: string): AsyncIterable<string> {
    yield* await step(`list ${path}`, () => this.files.list(path));
  }

  #lock(life: Life, path: string): AsyncDisposable | undefined {
    const holder = this.#locks.get(path);
    if (holder !== undefined && holder !== life && !holder.isOver) return undefined;
    if (this.files.stat(path) === undefined) this.#assertRoom(path);
    this.files.open(path, 'any');
    this.#locks.set(path, life);
    return {
      [Symbol.asyncDispose]: async () => {
        if (this.#locks.get(path) === life) this.#locks.delete(path);
      },
    };
  }

  #sync(number: number, path: string): void {
    const { chaos } = this.#world;
    if (chaos.happens('sync fails', path)) throw systemError('EIO', path);
    if (chaos.happens('sync lies', path)) {
      this.#lies.add(number);
      return;
    }
    this.#lies.delete(number);
    this.files.sync(number);
  }

  #syncDirectory(path: string): void {
    const { chaos } = this.#world;
    if (chaos.happens('sync fails', path)) throw systemError('EIO', path);
    if (chaos.happens('sync lies', path)) {
      this.#lies.add(path);
      return;
    }
    this.#lies.delete(path);
    this.files.syncDirectory(path);
  }

  #assertRoom(path: string): void {
    if (this.#isFull()) throw systemError('ENOSPC', path);
    this.#assertWritable(dirname(path));
  }

  #isFull(): boolean {
    return this.#isBad(this.#fullUntilMs);
  }

  #assertWritable(path: string): void {
    if (this.#isBad(this.#readOnlyUntilMs)) throw systemError('EROFS', path);
  }

  #isBad(untilMs: number): boolean {
    const { scheduler, chaos } = this.#world;
    return scheduler.nowMs < untilMs && !chaos.isOver;
  }
}

type Step = <T>(what: string, act: () => T, half?: () => void) => Promise<T>;
