import type { Occurrences } from './checkpoint.ts';

/** Bounds the checkpoint; more lines of one second than this are told apart within one page only. */
const carriedLinesMax = 2000;
/** Of the seconds before: lines of one second may come with others in between. */
const carriedEarlierMax = 100;

/**
 * Numbers identical lines. Lines bring no identity, and two events of the same second may well read
 * the same: they are two events. Their number is part of their identity, and since it counts from
 * the first line of that second, across pages, it comes out the same when they are pulled again.
 */
export class LineOccurrences {
  readonly #before: Occurrences | undefined;
  readonly #seen: Set<string>;
  /** Of those that came more than once, how often. */
  readonly #repeated: Map<string, number>;
  #lastMs: number | undefined;
  /** Ids of the page's lines, and from where on they are of the last moment. */
  readonly #lines: string[] = [];
  #lastStart = 0;

  constructor(before: Occurrences | undefined) {
    this.#before = before;
    this.#seen = new Set(before?.lines.split(' '));
    this.#repeated = new Map(Object.entries(before?.repeated ?? {}));
  }

  /** The id of the first line with this one; of the second it is `id-2`. */
  numberedId(id: string, occurredAtMs: number): string {
    const number = this.#count(id);
    if (occurredAtMs !== this.#lastMs) {
      this.#lastMs = occurredAtMs;
      this.#lastStart = this.#lines.length;
    }
    this.#lines.push(id);
    return number === 1 ? id : `${id}-${number}`;
  }

  #count(id: string): number {
    const seen = this.#seen.size;
    this.#seen.add(id);
    if (this.#seen.size > seen) return 1;
    const number = (this.#repeated.get(id) ?? 1) + 1;
    this.#repeated.set(id, number);
    return number;
  }

  /** What the next page has to know. */
  last(): Occurrences | undefined {
    const atMs = this.#lastMs;
    if (atMs === undefined) return this.#before;
    const before = this.#before?.lines.split(' ') ?? [];
    const isSame = this.#before?.atMs === atMs;
    const last = new Set([...(isSame ? before : []), ...this.#lines.slice(this.#lastStart)]);
    const ofPage = this.#lines.slice(0, this.#lastStart).slice(-carriedEarlierMax);
    const earlier = new Set([...(isSame ? [] : before), ...ofPage]).difference(last);
    const ids = [...[...earlier].slice(-carriedEarlierMax), ...[...last].slice(-carriedLinesMax)];
    const repeated: Record<string, number> = {};
    for (const id of ids) {
      const count = this.#repeated.get(id);
      if (count !== undefined) repeated[id] = count;
    }
    return { atMs, lines: ids.join(' '), repeated };
  }
}
