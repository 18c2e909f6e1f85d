import { releaseMemory } from './release-memory.ts';

/**
 * Bytes that come in pieces, put together as they come: gathered and joined at the end, all of them
 * would be in memory twice.
 */
export class GrowingBytes {
  #memory: Buffer<ArrayBuffer>;
  #length = 0;

  constructor(expectedBytes: number) {
    this.#memory = Buffer.allocUnsafeSlow(expectedBytes);
  }

  get length(): number {
    return this.#length;
  }

  add(chunk: Uint8Array): void {
    const needed = this.#length + chunk.length;
    if (needed > this.#memory.length) this.#grow(needed);
    this.#memory.set(chunk, this.#length);
    this.#length = needed;
  }

  /** What was added, in memory of its own that may be larger. */
  finish(): Buffer<ArrayBuffer> {
    return this.#memory.subarray(0, this.#length);
  }

  /** Gives the memory back, also that of what `finish` answered. */
  release(): void {
    releaseMemory(this.#memory);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#memory.length * 2));
    this.#memory.copy(larger, 0, 0, this.#length);
    releaseMemory(this.#memory);
    this.#memory = larger;
  }
}
