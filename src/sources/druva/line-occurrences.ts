import type { Occurrences } from './checkpoint.ts';

/** Bounds the checkpoint; more lines of one second than this are told apart within one page only. */
const carriedLinesMax = 2000;
/** Of the moments before: lines of one second may come with others in between. */
const carriedEarlierMax = 100;
/**
 * Those come close together. Of what is older than this, the same line is more likely to be the same
 * event, from a service that repeats without saying so.
 */
const carriedBackMs = 2000;

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
  /** Of the page's lines. */
  readonly #ids: string[] = [];
  readonly #timesMs: number[] = [];

  constructor(before: Occurrences | undefined) {
    this.#before = before;
    this.#seen = new Set(before?.lines.split(' '));
    this.#repeated = new Map(Object.entries(before?.repeated ?? {}));
  }

  /** The id of the first line with this one; of the second it is `id-2`. */
  numberedId(id: string, occurredAtMs: number): string {
    const number = this.#count(id);
    this.#ids.push(id);
    this.#timesMs.push(occurredAtMs);
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
    const atMs = this.#timesMs.at(-1);
    if (atMs === undefined) return this.#before;
    const recent = [...this.#recent(atMs - carriedBackMs)];
    const earlier = recent.filter(([, timeMs]) => timeMs !== atMs).slice(-carriedEarlierMax);
    const last = recent.filter(([, timeMs]) => timeMs === atMs).slice(-carriedLinesMax);
    const ids = [...earlier, ...last].map(([id]) => id);
    const repeated: Record<string, number> = {};
    for (const id of ids) {
      const count = this.#repeated.get(id);
      if (count !== undefined) repeated[id] = count;
    }
    const earlierMs = earlier.map(([, timeMs]) => timeMs);
    return { atMs, lines: ids.join(' '), ...(earlierMs.length > 0 && { earlierMs }), repeated };
  }

  /** Times by id, of the lines from `fromMs` on that came with this page or were carried to it. */
  #recent(fromMs: number): ReadonlyMap<string, number> {
    const recent = new Map<string, number>();
    const { atMs = 0, lines, earlierMs } = this.#before ?? {};
    for (const [index, id] of (lines?.split(' ') ?? []).entries()) {
      const timeMs = earlierMs?.[index] ?? atMs;
      if (timeMs >= fromMs) recent.set(id, timeMs);
    }
    for (const [index, id] of this.#ids.entries()) {
      const timeMs = this.#timesMs[index] ?? fromMs;
      if (timeMs >= fromMs) recent.set(id, timeMs);
    }
    return recent;
  }
}
