import { RunCursor, RunFile } from './run-file.ts';
import type { RunExtent } from './run-file.ts';
import { SortRun, compareKeys } from './sort-run.ts';
import type { SortItem } from './sort-run.ts';

export interface ExternalSortOptions {
  /** Of items in memory, while they are added and while they are read; what is beyond goes to disk. */
  readonly memoryBytes: number;
  /** Where the file with them is, if there are that many. */
  readonly directory: string;
  /** Called before so many bytes go to disk; what it throws ends the sort. */
  readonly beforeSpill?: (bytes: number) => void;
}

const pieceBytesMin = 4096;
const pieceBytesMax = 256 * 1024;

/**
 * Puts any number of items into order by group and rank, stably, in memory that does not depend on
 * their number: sorted runs go to a file and are merged from there.
 */
export class ExternalSort implements AsyncDisposable {
  readonly #options: ExternalSortOptions;
  readonly #extents: RunExtent[] = [];
  readonly #run = new SortRun();
  #file: RunFile | undefined;
  #length = 0;

  constructor(options: ExternalSortOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#length;
  }

  /** What it holds in memory at the moment; once it has spilled, the most that it may. */
  get memoryBytes(): number {
    return this.isSpilled ? this.#options.memoryBytes : this.#run.sizeBytes;
  }

  get isSpilled(): boolean {
    return this.#file !== undefined;
  }

  /** Rejects with the disk's errors, and with what `beforeSpill` throws. */
  async add(items: Iterable<SortItem>): Promise<void> {
    for (const item of items) {
      this.#run.add(item);
      this.#length += 1;
      if (this.#run.sizeBytes >= this.#options.memoryBytes) await this.#spill();
    }
  }

  /** Nothing is added any more. Rejects as `add` does, so that `sorted` rejects for reading only. */
  async finish(): Promise<void> {
    if (this.isSpilled && this.#run.length > 0) await this.#spill();
  }

  /** After `finish`, once. An item's bytes are valid until the next item. */
  async *sorted(): AsyncIterable<SortItem> {
    if (this.#file === undefined) {
      yield* this.#run.sorted();
      return;
    }
    this.#run.release();
    yield* merged(this.#cursors(this.#file));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]();
  }

  async #spill(): Promise<void> {
    const { beforeSpill, directory } = this.#options;
    beforeSpill?.(this.#run.sizeBytes);
    this.#file ??= await RunFile.create(directory);
    this.#extents.push(await this.#file.append(this.#run.sorted()));
    this.#run.clear();
  }

  #cursors(file: RunFile): RunCursor[] {
    const share = Math.floor(this.#options.memoryBytes / this.#extents.length);
    const pieceBytes = Math.max(pieceBytesMin, Math.min(pieceBytesMax, share));
    return this.#extents.map((extent, number) => new RunCursor(number, file, extent, pieceBytes));
  }
}

/** The smallest item of all runs, again and again, by a binary heap of the runs. */
async function* merged(cursors: readonly RunCursor[]): AsyncIterable<SortItem> {
  const heap: RunCursor[] = [];
  for (const cursor of cursors) {
    if (!(await cursor.advance())) continue;
    heap.push(cursor);
  }
  for (let index = heap.length >> 1; index >= 0; index -= 1) siftDown(heap, index);
  for (let [first] = heap; first !== undefined; [first] = heap) {
    yield first;
    if (!first.step() && !(await first.advance())) {
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return;
      if (last !== first) heap[0] = last;
    }
    siftDown(heap, 0);
  }
}

function siftDown(heap: RunCursor[], from: number): void {
  const moved = heap[from];
  if (moved === undefined) return;
  let index = from;
  for (;;) {
    let child = 2 * index + 1;
    let smaller = heap[child];
    const right = heap[child + 1];
    if (smaller !== undefined && right !== undefined && comesBefore(right, smaller)) {
      child += 1;
      smaller = right;
    }
    if (smaller === undefined || !comesBefore(smaller, moved)) break;
    heap[index] = smaller;
    index = child;
  }
  heap[index] = moved;
}

function comesBefore(one: RunCursor, other: RunCursor): boolean {
  const order = compareKeys(one, other);
  return order < 0 || (order === 0 && one.number < other.number);
}
