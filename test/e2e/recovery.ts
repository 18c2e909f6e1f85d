import type { TailraceProcess } from '../../src/testing/tailrace-process.ts';

const lookEveryMs = 10;

/** Something a process does, counted: `count` rises whenever it has done it again. */
export interface Work {
  readonly process: TailraceProcess;
  readonly count: () => number;
}

/**
 * Measures how long after a kill a process, which is started again at once, does its work again: from
 * the signal until an event is acknowledged, or a file published, that was not there before. Killed
 * again before that, it is measured from the last kill.
 */
export class RecoveryWatch implements Disposable {
  readonly recoveriesMs: number[] = [];
  readonly #works: readonly Work[];
  readonly #dead = new Map<Work, { readonly sinceMs: number; readonly count: number }>();
  readonly #timer: NodeJS.Timeout;

  constructor(works: readonly Work[]) {
    this.#works = works;
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  /** To be called when it is dead, with the moment of the signal. */
  killed(process: TailraceProcess, atMs: number): void {
    const work = this.#works.find((candidate) => candidate.process === process);
    if (work !== undefined) this.#dead.set(work, { sinceMs: atMs, count: work.count() });
  }

  get isRecovered(): boolean {
    return this.#dead.size === 0;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const [work, { sinceMs, count }] of this.#dead) {
      if (work.count() <= count) continue;
      this.recoveriesMs.push(performance.now() - sinceMs);
      this.#dead.delete(work);
    }
  }
}

/** `p50 0.61 s, p99 1.42 s (of 40)` */
export function recoveryText(recoveriesMs: readonly number[]): string {
  const sorted = recoveriesMs.toSorted((a, b) => a - b);
  const at = (share: number) => {
    const index = Math.min(sorted.length - 1, Math.floor((sorted.length * share) / 100));
    return `p${share} ${((sorted[index] ?? 0) / 1000).toFixed(2)} s`;
  };
  return sorted.length === 0 ? 'not measured' : `${at(50)}, ${at(99)} (of ${sorted.length})`;
}
