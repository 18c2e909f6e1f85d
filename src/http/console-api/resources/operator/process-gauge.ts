import type { Clock } from '../../../../core/clock.ts';

/** Processor time is measured over at least so long: shorter looks say little. */
const spanMsMin = 1000;

/** How much of one processor this process uses, between two looks at it. */
export class ProcessGauge {
  readonly #clock: Clock;
  readonly #cpuMs: () => number;
  #sinceMs: number;
  #cpuAtSinceMs: number;
  #share = 0;

  /** `cpuMs` is the processor time that the process has had. */
  constructor(clock: Clock, cpuMs: () => number = processCpuMs) {
    this.#clock = clock;
    this.#cpuMs = cpuMs;
    this.#sinceMs = clock.monotonicMs();
    this.#cpuAtSinceMs = cpuMs();
  }

  /** 1 is one processor; what it was since the look before, if that is not too short ago. */
  cpuShare(): number {
    const nowMs = this.#clock.monotonicMs();
    const spanMs = nowMs - this.#sinceMs;
    if (spanMs < spanMsMin) return this.#share;
    const cpuMs = this.#cpuMs();
    this.#share = (cpuMs - this.#cpuAtSinceMs) / spanMs;
    this.#sinceMs = nowMs;
    this.#cpuAtSinceMs = cpuMs;
    return this.#share;
  }
}

function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
