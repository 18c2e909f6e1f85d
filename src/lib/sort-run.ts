/** What items are sorted by: the group, in the order of its UTF-16 code units, then the rank. */
export interface SortKey {
  readonly group: string;
  readonly rank: number;
}

/** An item with its text as UTF-8. */
export interface SortedItem extends SortKey {
  readonly bytes: Buffer;
}

/** Beside its text: four numbers, and its place in the order. */
const itemBytes = 40;
const firstSlabBytes = 4096;

/**
 * Items in memory, in a few long arrays rather than in an object each: what lives for a while and in
 * great number would make the garbage collector let the heap grow.
 */
export class SortRun {
  #slab = Buffer.alloc(0);
  #used = 0;
  #groupBytes = 0;
  readonly #groupNumbers = new Map<string, number>();
  readonly #groups: number[] = [];
  readonly #ranks: number[] = [];
  readonly #starts: number[] = [];

  get length(): number {
    return this.#ranks.length;
  }

  /** What the items take, whatever room there is for more. */
  get sizeBytes(): number {
    return this.#used + this.length * itemBytes + this.#groupBytes;
  }

  add(group: string, rank: number, text: string): void {
    // A UTF-16 code unit takes three bytes at most.
    const needed = this.#used + text.length * 3;
    if (needed > this.#slab.byteLength) this.#grow(needed);
    this.#groups.push(this.#numberOf(group));
    this.#ranks.push(rank);
    this.#starts.push(this.#used);
    this.#used += this.#slab.write(text, this.#used);
  }

  /** Items with the same key come in the order in which they were added; valid until `clear`. */
  *sorted(): Iterable<SortedItem> {
    const groups = [...this.#groupNumbers.keys()];
    for (const index of this.#order(groups)) {
      const start = this.#starts[index] ?? 0;
      yield {
        group: groups[this.#groups[index] ?? 0] ?? '',
        rank: this.#ranks[index] ?? 0,
        bytes: this.#slab.subarray(start, this.#starts[index + 1] ?? this.#used),
      };
    }
  }

  /** Empty again; the memory is kept for the next items. */
  clear(): void {
    this.#used = 0;
    this.#groupBytes = 0;
    this.#groupNumbers.clear();
    for (const numbers of [this.#groups, this.#ranks, this.#starts]) numbers.length = 0;
  }

  #order(groups: readonly string[]): Uint32Array {
    const places: number[] = [];
    for (const [place, group] of groups.toSorted(compareText).entries()) {
      places[this.#groupNumbers.get(group) ?? 0] = place;
    }
    const placeOf = (index: number): number => places[this.#groups[index] ?? 0] ?? 0;
    const rankOf = (index: number): number => this.#ranks[index] ?? 0;
    return Uint32Array.from({ length: this.length }, (_, index) => index).toSorted(
      (one, other) => placeOf(one) - placeOf(other) || rankOf(one) - rankOf(other) || one - other,
    );
  }

  #numberOf(group: string): number {
    const known = this.#groupNumbers.get(group);
    if (known !== undefined) return known;
    const number = this.#groupNumbers.size;
    this.#groupNumbers.set(group, number);
    this.#groupBytes += group.length * 2 + itemBytes;
    return number;
  }

  #grow(needed: number): void {
    const size = Math.max(needed, firstSlabBytes, Math.ceil(this.#slab.byteLength * 1.5));
    const larger = Buffer.allocUnsafeSlow(size);
    this.#slab.copy(larger, 0, 0, this.#used);
    this.#slab = larger;
  }
}

export function compareKeys(one: SortKey, other: SortKey): number {
  return compareText(one.group, other.group) || one.rank - other.rank;
}

function compareText(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
