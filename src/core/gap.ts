/** Events known to be missing, with bounds. `undefined` means that nobody can know. */
export interface Gap {
  /** Nothing is missing at or before this moment, epoch milliseconds UTC. */
  readonly fromMs: number | undefined;
  /** Nothing is missing from this moment on. */
  readonly untilMs: number | undefined;
  readonly count: number | undefined;
  /** In a sentence, for a person: why the events can no longer be had. */
  readonly reason: string;
}
