import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { SortItem } from './sort-run.ts';

// An item: length of the group (4 bytes) · rank (8) · length of the text (4) · group · text.
const headBytes = 16;
const writeBytes = 256 * 1024;

/** Where in the file a run stands. */
export interface RunExtent {
  readonly start: number;
  readonly end: number;
}

/**
 * Sorted runs on disk. The file has no name any more once it is open, so that nothing is left of it
 * whatever becomes of the process.
 */
export class RunFile implements AsyncDisposable {
  readonly #file: FileHandle;
  #chunk = Buffer.allocUnsafeSlow(writeBytes);
  #filled = 0;
  #end = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(directory: string): Promise<RunFile> {
    const path = join(directory, `.sort-${randomUUID()}.tmp`);
    const file = await open(path, 'wx+', 0o600);
    try {
      await rm(path);
    } catch (error) {
      await file.close();
      throw error;
    }
    return new RunFile(file);
  }

  /** `items` in their order. */
  async append(items: Iterable<SortItem>): Promise<RunExtent> {
    const runStart = this.#end;
    for (const { group, rank, bytes, start, end } of items) {
      const groupBytes = Buffer.byteLength(group);
      const length = headBytes + groupBytes + end - start;
      if (this.#filled + length > this.#chunk.byteLength) await this.#flush(length);
      this.#filled = this.#chunk.writeUInt32LE(groupBytes, this.#filled);
      this.#filled = this.#chunk.writeDoubleLE(rank, this.#filled);
      this.#filled = this.#chunk.writeUInt32LE(end - start, this.#filled);
      this.#filled += this.#chunk.write(group, this.#filled);
      this.#filled += bytes.copy(this.#chunk, this.#filled, start, end);
    }
    await this.#flush(0);
    return { start: runStart, end: this.#end };
  }

  /** Fills `bytes` with what stands from `offset` on. */
  async read(bytes: Buffer, offset: number): Promise<void> {
    for (let done = 0; done < bytes.byteLength;) {
      const left = bytes.byteLength - done;
      const { bytesRead } = await this.#file.read(bytes, done, left, offset + done);
      if (bytesRead === 0) throw new Error('the file of sorted runs is cut off');
      done += bytesRead;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  /** Writes what has been filled; then there is room for `needed` bytes. */
  async #flush(needed: number): Promise<void> {
    for (let done = 0; done < this.#filled;) {
      const left = this.#filled - done;
      done += (await this.#file.write(this.#chunk, done, left, this.#end + done)).bytesWritten;
    }
    this.#end += this.#filled;
    this.#filled = 0;
    if (needed > this.#chunk.byteLength) this.#chunk = Buffer.allocUnsafeSlow(needed);
  }
}

/** Walks through one run, a piece of the file in memory at a time. */
export class RunCursor implements SortItem {
  group = '';
  rank = 0;
  /** The piece: the next item may come to stand in its place. */
  bytes: Buffer;
  start = 0;
  end = 0;
  /** Which run this is: items with the same key come in the order of their runs. */
  readonly number: number;
  readonly #file: RunFile;
  readonly #runEnd: number;
  /** Where in the file the next piece begins. */
  #offset: number;
  #filled = 0;
  #groupBytes: Buffer = Buffer.alloc(0);

  constructor(number: number, file: RunFile, extent: RunExtent, pieceBytes: number) {
    this.number = number;
    this.bytes = Buffer.allocUnsafeSlow(pieceBytes);
    this.#file = file;
    this.#offset = extent.start;
    this.#runEnd = extent.end;
  }

  /** Moves to the next item if it is in memory; otherwise `advance` has to. */
  step(): boolean {
    const length = this.#nextLength();
    if (length === undefined || this.end + length > this.#filled) return false;
    const groupStart = this.end + headBytes;
    this.rank = this.bytes.readDoubleLE(this.end + 4);
    this.start = groupStart + this.bytes.readUInt32LE(this.end);
    this.end += length;
    this.#setGroup(groupStart);
    return true;
  }

  /** Moves to the next item; false behind the last one. */
  async advance(): Promise<boolean> {
    while (!this.step()) {
      if (this.#offset === this.#runEnd) return false;
      this.#makeRoom(this.#nextLength() ?? 0);
      const end = Math.min(this.bytes.byteLength, this.#filled + this.#runEnd - this.#offset);
      const room = this.bytes.subarray(this.#filled, end);
      await this.#file.read(room, this.#offset);
      this.#filled = end;
      this.#offset += room.byteLength;
    }
    return true;
  }

  /** Moves what is left of the piece to its beginning; an item larger than a piece gets a larger one. */
  #makeRoom(neededBytes: number): void {
    const isLarger = neededBytes > this.bytes.byteLength;
    const piece = isLarger ? Buffer.allocUnsafeSlow(neededBytes) : this.bytes;
    this.#filled = this.bytes.copy(piece, 0, this.end, this.#filled);
    this.bytes = piece;
    this.end = 0;
  }

  /** Undefined when not even the item's head is in memory. */
  #nextLength(): number | undefined {
    if (this.end + headBytes > this.#filled) return undefined;
    const groupBytes = this.bytes.readUInt32LE(this.end);
    return headBytes + groupBytes + this.bytes.readUInt32LE(this.end + 12);
  }

  /** Most items have the group of the one before. */
  #setGroup(start: number): void {
    const known = this.#groupBytes;
    const isSame = this.bytes.compare(known, 0, known.byteLength, start, this.start) === 0;
    if (isSame) return;
    this.#groupBytes = Buffer.from(this.bytes.subarray(start, this.start));
    this.group = this.#groupBytes.toString();
  }
}
