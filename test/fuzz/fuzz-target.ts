/** A parser that reads what strangers write. */
export interface FuzzTarget {
  readonly name: string;
  /** Inputs that it takes, to begin with. */
  readonly seeds: readonly Buffer[];
  /** Pieces that mean something to it. */
  readonly tokens: readonly string[];
  /**
   * Reads `input` and gives what came of it, which must be the same whatever was read before. Throws
   * `AppError` for what is refused; an assertion that fails, and every other error, is a finding.
   */
  readonly read: (input: Buffer) => unknown;
  /** Gives back what reading has opened. */
  readonly close?: () => Promise<void>;
}

/** Seeds from texts. */
export function texts(...seeds: readonly string[]): readonly Buffer[] {
  return seeds.map((seed) => Buffer.from(seed));
}
