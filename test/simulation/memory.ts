import type { StreamName } from '../../src/core/stream.ts';
import { dropOldest } from '../../src/testing/memory-append.ts';
import type { MemoryStream } from '../../src/testing/memory-storage.ts';
import type { StoreDisk } from './store-disk.ts';

/** Everything that a stream has ever held, what retention has dropped included, without what the disk has lost. */
export class Memory {
  readonly #disk: StoreDisk;
  readonly #stream: StreamName;
  readonly #forgettings: { readonly atMs: number; readonly lines: readonly string[] }[] = [];

  constructor(disk: StoreDisk, stream: StreamName) {
    this.#disk = disk;
    this.#stream = stream;
  }

  /** Stored JSON that retention has dropped, in order. */
  get forgotten(): readonly string[] {
    return this.forgottenBy(Infinity);
  }

  /** Stored JSON that the disk under the store has lost; some of it may have come again. */
  get lost(): readonly string[] {
    return this.#disk.lost.get(this.#stream) ?? [];
  }

  /** Stored JSON of which the store has forgotten, with its disk, that it was delivered. */
  get undelivered(): readonly string[] {
    return this.#disk.undelivered.get(this.#stream) ?? [];
  }

  /** Until when the disk had lost everything, from the first event on; 0 when it never had. */
  get emptyUntilMs(): number {
    return this.#disk.emptyUntilMs.get(this.#stream) ?? 0;
  }

  /** How often the disk has made the store go back. */
  get timesBack(): number {
    return this.#disk.timesBack;
  }

  /** When retention dropped something. */
  get forgettingsMs(): readonly number[] {
    return this.#forgettings.map(({ atMs }) => atMs);
  }

  /** Stored JSON that retention had dropped by then. */
  forgottenBy(timeMs: number): readonly string[] {
    return this.#forgettings.flatMap(({ atMs, lines }) => (atMs <= timeMs ? lines : []));
  }

  get stream(): MemoryStream | undefined {
    return this.#disk.storage.streams.get(this.#stream);
  }

  get isEmpty(): boolean {
    return this.stream === undefined;
  }

  /** Stored JSON in the order of positions, from position 1 on. */
  everyLine(): readonly string[] {
    const left = this.stream?.segments.flatMap(({ events }) => events.map(({ json }) => json));
    return [...this.forgotten, ...(left ?? [])];
  }

  /** Drops all there is, as retention does after an outage that was too long. */
  forget(): number {
    const { stream } = this;
    if (stream === undefined) return 0;
    const lines = stream.segments.flatMap(({ events }) => events.map(({ json }) => json));
    this.#forgettings.push({ atMs: this.#disk.nowMs, lines });
    this.#disk.settle(); // or it would have to be remembered what was forgotten in vain
    return dropOldest(stream, Infinity);
  }
}
