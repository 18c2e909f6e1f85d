/** What items are sorted by: the group, in the order of its UTF-16 code units, then the rank. */
export interface SortKey {
  readonly group: string;
  readonly rank: number;
}

/** An item with its text as UTF-8. */
export interface SortedItem extends SortKey {
  readonly bytes: Buffer;
}

interface Entry extends SortKey {
  readonly slab: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Beside its text: the entry, and what a heap and an array keep for it. */
const entryBytes = 120;
const firstSlabBytes = 4096;
const slabBytesMax = 256 * 1024;

/** Items in memory: their texts stand one behind another in a few pieces of it. */
export class SortRun {
  #slab = Buffer.alloc(0);
  #used = 0;
  #sizeBytes = 0;
  readonly #entries: Entry[] = [];

  get length(): number {
    return this.#entries.length;
  }

  /** What the items take, whatever room there is for more. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  add(group: string, rank: number, text: string): void {
    // A UTF-16 code unit takes three bytes at most.
    const needed = text.length * 3;
    if (this.#used + needed > this.#slab.byteLength) this.#newSlab(needed);
    const start = this.#used;
    this.#used += this.#slab.write(text, start);
    this.#sizeBytes += this.#used - start + entryBytes + group.length * 2;
    this.#entries.push({ group, rank, slab: this.#slab, start, end: this.#used });
  }

  /** Items with the same key come in the order in which they were added. */
  *sorted(): Iterable<SortedItem> {
    for (const { group, rank, slab, start, end } of this.#entries.toSorted(compareKeys)) {
      yield { group, rank, bytes: slab.subarray(start, end) };
    }
  }

  #newSlab(needed: number): void {
    const usual = Math.min(slabBytesMax, Math.max(firstSlabBytes, this.#slab.byteLength * 2));
    this.#slab = Buffer.allocUnsafeSlow(Math.max(needed, usual));
    this.#used = 0;
  }
}

export function compareKeys(one: SortKey, other: SortKey): number {
  if (one.group !== other.group) return one.group < other.group ? -1 : 1;
  return one.rank - other.rank;
}
