import type { SettingName } from '../settings.ts';

/** A defect to build into a copy of the program: the simulation must notice it. */
export interface Sabotage {
  /** What the program then does, as docs/RELIABILITY.md lists it. */
  readonly what: string;
  readonly edits: readonly Edit[];
  /** Where only one way through the pipeline is touched. */
  readonly setting?: SettingName;
}

/** Replaces a text that stands once in a file. */
export interface Edit {
  /** Below `src/`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export function edit(file: string, from: string, to: string): Edit {
  return { file, from, to };
}
