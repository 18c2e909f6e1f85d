import type { StreamName } from '../../src/core/stream.ts';
import { dropOldest } from '../../src/testing/memory-append.ts';
import type { MemoryStorage, MemoryStream } from '../../src/testing/memory-storage.ts';

/** Everything that a stream has ever held, what retention has dropped included. */
export class Memory {
  readonly #storage: MemoryStorage;
  readonly #stream: StreamName;
  readonly #forgotten: string[] = [];

  constructor(storage: MemoryStorage, stream: StreamName) {
    this.#storage = storage;
    this.#stream = stream;
  }

  /** Stored JSON that retention has dropped, in order. */
  get forgotten(): readonly string[] {
    return this.#forgotten;
  }

  get stream(): MemoryStream | undefined {
    return this.#storage.streams.get(this.#stream);
  }

  get isEmpty(): boolean {
    return this.stream === undefined;
  }

  /** Stored JSON in the order of positions, from position 1 on. */
  everyLine(): readonly string[] {
    const left = this.stream?.segments.flatMap(({ events }) => events.map(({ json }) => json));
    return [...this.#forgotten, ...(left ?? [])];
  }

  /** Drops all there is, as retention does after an outage that was too long. */
  forget(): number {
    const { stream } = this;
    if (stream === undefined) return 0;
    const lines = stream.segments.flatMap(({ events }) => events.map(({ json }) => json));
    this.#forgotten.push(...lines);
    return dropOldest(stream, Infinity);
  }
}
