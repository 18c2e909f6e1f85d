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
    for (const id of before?.lines.split(' ') ?? []) {
      this.#counts.set(id, before?.repeated[id] ?? 1);
    }
  }

  /** The id of the first line with this one; of the second it is `id-2`. */
  numberedId(id: string, occurredAtMs: number): string {
    const number = (this.#counts.get(id) ?? 0) + 1;
    this.#counts.set(id, number);
    if (occurredAtMs !== this.#lastMs) {
      this.#lastMs = occurredAtMs;
      this.#lastLines = [];
    }
    this.#lastLines.push(id);
    return number === 1 ? id : `${id}-${number}`;
  }

  /** What the next page has to know. */
  last(): Occurrences | undefined {
    const atMs = this.#lastMs;
    if (atMs === undefined) return this.#before;
    const earlier = this.#before?.atMs === atMs ? this.#before.lines.split(' ') : [];
    const ids = [...new Set([...earlier, ...this.#lastLines])].slice(-carriedLinesMax);
    const repeated: Record<string, number> = {};
    for (const id of ids) {
      const count = this.#counts.get(id) ?? 1;
      if (count > 1) repeated[id] = count;
    }
    return { atMs, lines: ids.join(' '), repeated };
  }
}
