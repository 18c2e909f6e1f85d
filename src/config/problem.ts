import { AppError } from '../core/errors.ts';

/** One thing that is wrong with a configuration file, where a person can find it. */
export interface Problem {
  readonly line: number;
  readonly column: number;
  /** What is wrong, what was expected and what stood there; never a secret. */
  readonly message: string;
}

/** `tailrace.yaml:3:5: unknown key 'sorces'; did you mean 'sources'?` */
export function describeProblem(file: string, problem: Problem): string {
  return `${file}:${problem.line}:${problem.column}: ${problem.message}`;
}

/** All problems of a configuration file at once; the message has one line for each. */
export class ConfigError extends AppError {
  readonly file: string;
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    const count = sorted.length === 1 ? '1 problem' : `${sorted.length} problems`;
    const lines = sorted.map((problem) => `  ${describeProblem(file, problem)}`);
    super('config_invalid', [`${file} has ${count}`, ...lines].join('\n'));
    this.file = file;
    this.problems = sorted;
  }
}
