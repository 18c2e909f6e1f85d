import type { EncodedEvent, StagedSlice } from '../sinks/sink.ts';
import type { EncodedLine, SliceContent } from './slice-draft.ts';

const chunkBytes = 512 * 1024;
const lineFeed = 0x0a;
/** UTF-8 needs at most three bytes for one UTF-16 unit. */
const bytesPerUnitMax = 3;

/** Lines as bytes, for staged sinks. */
export class SliceBytes implements SliceContent<Pick<StagedSlice, 'chunks'>> {
  #chunks: Uint8Array[] = [];
  #current = Buffer.alloc(0);
  #used = 0;

  add({ line }: EncodedEvent): number {
    const neededBytes = line.length * bytesPerUnitMax + 1;
    if (this.#used + neededBytes > this.#current.length) this.#beginChunk(neededBytes);
    const lineBytes = this.#current.write(line, this.#used);
    this.#used += lineBytes;
    this.#current[this.#used] = lineFeed;
    this.#used += 1;
    return lineBytes + 1;
  }

  addLine({ bytes, lengthBytes }: EncodedLine): number {
    if (this.#used + lengthBytes + 1 > this.#current.length) this.#beginChunk(lengthBytes + 1);
    this.#used += bytes.copy(this.#current, this.#used, 0, lengthBytes);
    this.#current[this.#used] = lineFeed;
    this.#used += 1;
    return lengthBytes + 1;
  }

  /** The memory of each chunk is given away. */
  take(): Pick<StagedSlice, 'chunks'> {
    this.#beginChunk(0);
    const chunks = this.#chunks;
    this.#chunks = [];
    return { chunks };
  }

  #beginChunk(neededBytes: number): void {
    if (this.#used > 0) this.#chunks.push(this.#current.subarray(0, this.#used));
    const sizeBytes = neededBytes === 0 ? 0 : Math.max(chunkBytes, neededBytes);
    this.#current = Buffer.allocUnsafeSlow(sizeBytes);
    this.#used = 0;
  }
}
