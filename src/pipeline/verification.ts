import { AppError } from '../core/errors.ts';

/** What can be wrong with a directory of published files. */
export const problemKinds = {
  file_missing: 'a published file is not there',
  file_unknown: 'a file stands there that was not published',
  file_unreadable: 'a published file cannot be read',
  file_truncated: 'a file ends early',
  line_missing: 'a line was removed',
  line_doubled: 'a line stands there twice',
  line_added: 'a line was put in',
  lines_reordered: 'lines changed places',
  line_altered: 'a line was changed',
  content_altered: 'the content was changed, where cannot be told',
  positions_missing: 'the manifest skips positions',
  positions_repeated: 'the manifest lists positions twice',
  entry_invalid: 'a line of the manifest is not an entry',
  entry_detached: 'an entry does not follow the one before it',
  manifest_torn: 'the manifest ends within an entry',
} as const satisfies Record<string, string>;
export type ProblemKind = keyof typeof problemKinds;

export interface Problem {
  readonly kind: ProblemKind;
  /** Path of the file or manifest. */
  readonly file: string;
  /** In that file; 1 is the first. Undefined when it concerns the whole file. */
  readonly line: number | undefined;
  readonly expected: string;
  readonly found: string;
}

export interface Verification {
  /** Entries of all manifests: files, or parts of files that are appended to. */
  readonly entries: number;
  /** Listed in the manifests, taken ones included. */
  readonly events: number;
  readonly gaps: number;
  /** Positions that the gaps stand for. */
  readonly lostEvents: number;
  /** Events that the sink's filters left out. */
  readonly leftOutEvents: number;
  /** What was written beside the delivery, by replays and tests: not counted above. */
  readonly extra: { readonly entries: number; readonly events: number };
  /** Read and compared. */
  readonly bytes: number;
  /** Listed files that are not there any more: how many, and the first of them. */
  readonly taken: {
    readonly entries: number;
    readonly events: number;
    readonly files: readonly string[];
  };
  /** All of them counted, the first ones listed. */
  readonly problemCount: number;
  readonly problems: readonly Problem[];
}

/** The problems as one error for who only wants to know that and where; undefined without any. */
export function verificationFailure({
  problems,
  problemCount,
}: Verification): AppError | undefined {
  const [first] = problems;
  if (!first) return undefined;
  const more = problemCount > 1 ? ` (and ${problemCount - 1} more)` : '';
  return new AppError('verification_failed', `${describeProblem(first)}${more}`);
}

/** `/var/siem/a.cef:17: a line was changed: expected …, found …` */
export function describeProblem({ kind, file, line, expected, found }: Problem): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return `${place}: ${problemKinds[kind]}: expected ${expected}, found ${found}`;
}
