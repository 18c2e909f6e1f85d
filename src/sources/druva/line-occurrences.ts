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
  /** Digests of the lines of the last moment. */
  #lastLines: string[] = [];

  constructor(before: Occurrences | undefined) {
    this.#before = before;
    for (const [digest, count] of Object.entries(before?.counts ?? {})) {
      this.#counts.set(digest, count);
    }
  }

  /** Which one it is of the lines with this digest: 1 for the first. */
  number(digest: string, occurredAtMs: number): number {
    const number = (this.#counts.get(digest) ?? 0) + 1;
    this.#counts.set(digest, number);
    if (occurredAtMs !== this.#lastMs) {
      this.#lastMs = occurredAtMs;
      this.#lastLines = [];
    }
    this.#lastLines.push(digest);
    return number;
  }

  /** What the next page has to know. */
  last(): Occurrences | undefined {
    const atMs = this.#lastMs;
    if (atMs === undefined) return this.#before;
    const earlier = this.#before?.atMs === atMs ? Object.keys(this.#before.counts) : [];
    const digests = [...new Set([...earlier, ...this.#lastLines])].slice(-carriedLinesMax);
    return {
      atMs,
      counts: Object.fromEntries(digests.map((digest) => [digest, this.#counts.get(digest) ?? 1])),
    };
  }
}
