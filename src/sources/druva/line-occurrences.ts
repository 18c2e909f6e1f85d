import type { Occurrences } from './checkpoint.ts';

/** Bounds the checkpoint; more lines of one second than this are told apart within one page only. */
const carriedLinesMax = 2000;

/**
 * Numbers identical lines. Lines bring no identity, and two events of the same second may well read
 * the same: they are two events. Their number is part of their identity, and since it counts from
 * the first line of that second, across pages, it comes out the same when they are pulled again.
 */
export class LineOccurrences {
  readonly #before: Occurrences | undefined;
  readonly #counts = new Map<string, number>();
  #lastMs: number | undefined;
  /** Ids of the lines of the last moment. */
  #lastLines: string[] = [];

  constructor(before: Occurrences | undefined) {
    this.#before = before;
    for (const [id, count] of Object.entries(before?.counts ?? {})) {
      this.#counts.set(id, count);
    }
  }

  /** Which one it is of the lines with this id: 1 for the first. */
  number(id: string, occurredAtMs: number): number {
    const number = (this.#counts.get(id) ?? 0) + 1;
    this.#counts.set(id, number);
    if (occurredAtMs !== this.#lastMs) {
      this.#lastMs = occurredAtMs;
      this.#lastLines = [];
    }
    this.#lastLines.push(id);
    return number;
  }

  /** What the next page has to know. */
  last(): Occurrences | undefined {
    const atMs = this.#lastMs;
    if (atMs === undefined) return this.#before;
    const earlier = this.#before?.atMs === atMs ? Object.keys(this.#before.counts) : [];
    const ids = [...new Set([...earlier, ...this.#lastLines])].slice(-carriedLinesMax);
    return {
      atMs,
      counts: Object.fromEntries(ids.map((id) => [id, this.#counts.get(id) ?? 1])),
    };
  }
}
