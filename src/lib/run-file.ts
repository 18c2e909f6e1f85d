import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Disk, DiskFile } from './disk.ts';
import type { SortedItem } from './sort-run.ts';

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
  readonly #file: DiskFile;
  #chunk = Buffer.allocUnsafeSlow(writeBytes);
  #filled = 0;
  #end = 0;

  private constructor(file: DiskFile) {
    this.#file = file;
  }

  static async create(disk: Disk, directory: string): Promise<RunFile> {
    const path = join(directory, `.sort-${randomUUID()}.tmp`);
    const file = await disk.open(path, 'new', 0o600);
    try {
      await disk.remove(path);
    } catch (error) {
      await file[Symbol.asyncDispose]();
      throw error;
    }
    return new RunFile(file);
  }

  /** `items` in their order. */
  async append(items: Iterable<SortedItem>): Promise<RunExtent> {
    const start = this.#end;
    for (const { group, rank, bytes } of items) {
      const groupBytes = Buffer.byteLength(group);
      const length = headBytes + groupBytes + bytes.byteLength;
      if (this.#filled + length > this.#chunk.byteLength) await this.#flush(length);
      this.#filled = this.#chunk.writeUInt32LE(groupBytes, this.#filled);
      this.#filled = this.#chunk.writeDoubleLE(rank, this.#filled);
      this.#filled = this.#chunk.writeUInt32LE(bytes.byteLength, this.#filled);
      this.#filled += this.#chunk.write(group, this.#filled);
      this.#filled += bytes.copy(this.#chunk, this.#filled);
    }
    await this.#flush(0);
    return { start, end: this.#end };
  }

  read(offset: number, length: number): Promise<Buffer> {
    return this.#file.read(offset, length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file[Symbol.asyncDispose]();
  }

  /** Writes what has been filled; then there is room for `needed` bytes. */
  async #flush(needed: number): Promise<void> {
    await this.#file.write(this.#chunk.subarray(0, this.#filled), this.#end);
    this.#end += this.#filled;
    this.#filled = 0;
    if (needed > this.#chunk.byteLength) this.#chunk = Buffer.allocUnsafeSlow(needed);
  }
}

/** Walks through one run, a piece of the file in memory at a time. */
export class RunCursor implements SortedItem {
  group = '';
  rank = 0;
  bytes: Buffer = Buffer.alloc(0);
  /** Which run this is: items with the same key come in the order of their runs. */
  readonly number: number;
  readonly #file: RunFile;
  readonly #pieceBytes: number;
  readonly #end: number;
  #offset: number;
  #piece: Buffer = Buffer.alloc(0);
  #at = 0;
  #groupBytes: Buffer = Buffer.alloc(0);

  constructor(number: number, file: RunFile, extent: RunExtent, pieceBytes: number) {
    this.number = number;
    this.#file = file;
    this.#offset = extent.start;
    this.#end = extent.end;
    this.#pieceBytes = pieceBytes;
  }

  /** Moves to the next item if it is in memory; otherwise `advance` has to. */
  step(): boolean {
    const length = this.#nextLength();
    if (length === undefined || this.#at + length > this.#piece.byteLength) return false;
    const groupEnd = this.#at + headBytes + this.#piece.readUInt32LE(this.#at);
    this.rank = this.#piece.readDoubleLE(this.#at + 4);
    this.#setGroup(this.#piece.subarray(this.#at + headBytes, groupEnd));
    this.#at += length;
    this.bytes = this.#piece.subarray(groupEnd, this.#at);
    return true;
  }

  /** Moves to the next item; false behind the last one. */
  async advance(): Promise<boolean> {
    for (;;) {
      if (this.step()) return true;
      const rest = this.#piece.subarray(this.#at);
      const wanted = Math.max(this.#pieceBytes, (this.#nextLength() ?? 0) - rest.byteLength);
      const more = await this.#file.read(this.#offset, Math.min(wanted, this.#end - this.#offset));
      if (more.byteLength === 0) return false;
      this.#offset += more.byteLength;
      this.#piece = Buffer.concat([rest, more]);
      this.#at = 0;
    }
  }

  /** Undefined when not even the item's head is in memory. */
  #nextLength(): number | undefined {
    if (this.#at + headBytes > this.#piece.byteLength) return undefined;
    const groupBytes = this.#piece.readUInt32LE(this.#at);
    return headBytes + groupBytes + this.#piece.readUInt32LE(this.#at + 12);
  }

  /** Most items have the group of the one before. */
  #setGroup(bytes: Buffer): void {
    if (bytes.equals(this.#groupBytes)) return;
    this.#groupBytes = Buffer.from(bytes);
    this.group = bytes.toString();
  }
}
