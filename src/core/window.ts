/** Half-open time range `[fromMs, untilMs)`, epoch milliseconds UTC. */
export interface Window {
  readonly fromMs: number;
  readonly untilMs: number;
}
