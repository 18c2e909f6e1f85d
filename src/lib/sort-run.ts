import { releaseMemory } from './release-memory.ts';

/** What items are sorted by: the group, in the order of its UTF-16 code units, then the rank. */
export interface SortKey {
  readonly group: string;
  readonly rank: number;
}

/** An item and where its text stands, as UTF-8, in bytes of somebody else. */
export interface SortItem extends SortKey {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Beside its text: four numbers, and its place in the order. */
const itemBytes = 40;
const firstSlabBytes = 4096;
const firstItems = 64;

/**
 * Items in memory, in a few long arrays rather than in an object each: what lives for a while and in
 * great number would make the garbage collector let the heap grow.
 */
export class SortRun {
  #slab = Buffer.alloc(0);
  #used = 0;
  #groupBytes = 0;
  readonly #groupNumbers = new Map<string, number>();
  #groups = new Uint32Array(firstItems);
  #ranks = new Float64Array(firstItems);
  #ends = new Float64Array(firstItems);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What the items take, whatever room there is for more. */
  get sizeBytes(): number {
    return this.#used + this.length * itemBytes + this.#groupBytes;
  }

  /** Copies the text. */
  add({ group, rank, bytes, start, end }: SortItem): void {
    const needed = this.#used + end - start;
    if (needed > this.#slab.byteLength) this.#growSlab(needed);
    if (this.#length === this.#ranks.length) this.#growNumbers();
    this.#used += bytes.copy(this.#slab, this.#used, start, end);
    this.#groups[this.#length] = this.#numberOf(group);
    this.#ranks[this.#length] = rank;
    this.#ends[this.#length] = this.#used;
    this.#length += 1;
  }

  /** Items with the same key come in the order in which they were added; valid until `clear`. */
  *sorted(): Iterable<SortItem> {
    const groups = [...this.#groupNumbers.keys()];
    for (const index of this.#order(groups)) {
      yield {
        group: groups[this.#groups[index] ?? 0] ?? '',
        rank: this.#ranks[index] ?? 0,
        bytes: this.#slab,
        start: this.#ends[index - 1] ?? 0,
        end: this.#ends[index] ?? 0,
      };
    }
  }

  /** Empty again; the memory is kept for the next items. */
  clear(): void {
    this.#used = 0;
    this.#groupBytes = 0;
    this.#groupNumbers.clear();
    this.#length = 0;
  }

  /** Empty again, and nearly without memory. */
  release(): void {
    this.clear();
    releaseMemory(this.#slab);
    this.#slab = Buffer.alloc(0);
  }

  #order(groups: readonly string[]): Uint32Array {
    const places: number[] = [];
    for (const [place, group] of groups.toSorted(compareText).entries()) {
      places[this.#groupNumbers.get(group) ?? 0] = place;
    }
    const placeOf = (index: number): number => places[this.#groups[index] ?? 0] ?? 0;
    const rankOf = (index: number): number => this.#ranks[index] ?? 0;
    const order = new Uint32Array(this.#length);
    for (let index = 0; index < order.length; index += 1) order[index] = index;
    // oxlint-disable-next-line unicorn/no-array-sort -- of its own; a copy of it would be garbage
    return order.sort(
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

  #growSlab(needed: number): void {
    const size = Math.max(needed, firstSlabBytes, Math.ceil(this.#slab.byteLength * 1.5));
    const larger = Buffer.allocUnsafeSlow(size);
    this.#slab.copy(larger, 0, 0, this.#used);
    releaseMemory(this.#slab);
    this.#slab = larger;
  }

  #growNumbers(): void {
    const size = this.#length * 2;
    const groups = new Uint32Array(size);
    const ranks = new Float64Array(size);
    const ends = new Float64Array(size);
    groups.set(this.#groups);
    ranks.set(this.#ranks);
    ends.set(this.#ends);
    [this.#groups, this.#ranks, this.#ends] = [groups, ranks, ends];
  }
}

export function compareKeys(one: SortKey, other: SortKey): number {
  return compareText(one.group, other.group) || one.rank - other.rank;
}

function compareText(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
