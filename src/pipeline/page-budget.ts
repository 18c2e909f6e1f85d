import type { Position } from '../core/stream.ts';
import type { SliceLimits } from '../sinks/sink.ts';
import { unlessAborted } from '../lib/unless-aborted.ts';

/** Of stored JSON, for all streams of one sink together; four slices' worth if that is more. */
const pagesHeldBytes = 32 * 1024 ** 2;

/**
 * What all streams of one sink may hold together of what they read and did not deliver yet. Without
 * it, a sink that comes back after a day would read the backlog of every stream at once.
 */
export class PageBudget {
  readonly #bytesMax: number;
  #bytes = 0;
  readonly #waiting = new Set<() => void>();

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** For slices of that size: one is filled while another is delivered. */
  static forSlices({ sizeBytes }: Pick<SliceLimits, 'sizeBytes'>): PageBudget {
    return new PageBudget(Math.max(pagesHeldBytes, 4 * sizeBytes));
  }

  /** False where others wait, or as much is held as may be. */
  tryTake(bytes: number): boolean {
    if (this.#waiting.size > 0 || this.#bytes >= this.#bytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Resolves when there is room, in the order of asking. Rejects with the reason of `signal`. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.tryTake(bytes)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    try {
      await unlessAborted(promise, signal);
    } catch (error) {
      // Its turn may have come in the same moment.
      if (!this.#waiting.delete(resolve)) this.#pass();
      throw error;
    }
    this.#bytes += bytes;
    this.#pass();
  }

  /** Negative for more that is held. */
  give(bytes: number): void {
    this.#bytes -= bytes;
    this.#pass();
  }

  /** Lets the first one go on, which lets the next. */
  #pass(): void {
    if (this.#bytes >= this.#bytesMax) return;
    const [first] = this.#waiting;
    if (first === undefined) return;
    this.#waiting.delete(first);
    first();
  }
}

interface HeldPage {
  readonly lastPosition: Position;
  readonly bytes: number;
}

/** The part of a budget that one stream holds. */
export class HeldPages implements Disposable {
  readonly #budget: PageBudget;
  readonly #pageBytesMax: number;
  #pages: HeldPage[] = [];
  /** Pages that are being read. */
  #expected = 0;
  #isDisposed = false;

  constructor(budget: PageBudget, pageBytesMax: number) {
    this.#budget = budget;
    this.#pageBytesMax = pageBytesMax;
  }

  /** Whether a page may be read now. */
  tryExpect(): boolean {
    const isGranted = this.#budget.tryTake(this.#pageBytesMax);
    if (isGranted) this.#expected += 1;
    return isGranted;
  }

  /** Resolves when a page may be read. Rejects with the reason of `signal`. */
  async expect(signal: AbortSignal): Promise<void> {
    await this.#budget.take(this.#pageBytesMax, signal);
    this.#expected += 1;
  }

  /** A page has come whose events end with `lastPosition`. */
  came(lastPosition: Position, bytes: number): void {
    this.#expected -= 1;
    if (bytes > 0) this.#pages.push({ lastPosition, bytes });
    this.#budget.give(this.#pageBytesMax - bytes);
  }

  /** Everything up to `position` is delivered or left out. */
  deliveredTo(position: Position): void {
    if (this.#isDisposed) return;
    const left = this.#pages.findIndex(({ lastPosition }) => lastPosition > position);
    const done = this.#pages.splice(0, left === -1 ? this.#pages.length : left);
    for (const { bytes } of done) this.#budget.give(bytes);
  }

  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.deliveredTo(Number.POSITIVE_INFINITY);
    this.#isDisposed = true;
    this.#budget.give(this.#expected * this.#pageBytesMax);
  }
}
