/** Time, as the program may know it. Tests use `src/testing/manual-clock.ts`. */
export interface Clock {
  /** Epoch milliseconds UTC; may jump when the machine's clock is set. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start; never runs backwards. */
  monotonicMs(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
