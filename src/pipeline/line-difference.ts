import type { ProblemKind } from './verification.ts';

/** Where the lines of a file depart from those that were published, and how. */
export interface LineDifference {
  readonly kind: Extract<ProblemKind, `line_${string}` | 'lines_reordered' | 'file_truncated'>;
  /** 1 is the first. */
  readonly line: number;
  /** How many lines are concerned. */
  readonly count: number;
}

/**
 * Compares one check byte per line. Undefined when all agree. A wrong byte goes unseen once in 256,
 * so a single altered line may be named late or not at all; the file's digest still tells that there
 * is one.
 */
export function lineDifference(
  expected: Uint8Array,
  found: Uint8Array,
  endsWithNewline: boolean,
): LineDifference | undefined {
  const index = firstDifference(expected, found);
  const surplus = found.length - expected.length;
  const line = index + 1;
  if (index >= found.length && surplus < 0) {
    return { kind: 'file_truncated', line, count: -surplus };
  }
  if (!endsWithNewline && index === found.length - 1) {
    return { kind: 'file_truncated', line, count: 1 - surplus };
  }
  if (index >= found.length) return undefined;
  if (surplus < 0 && equal(expected.subarray(index - surplus), found.subarray(index))) {
    return { kind: 'line_missing', line, count: -surplus };
  }
  if (surplus > 0 && equal(expected.subarray(index), found.subarray(index + surplus))) {
    const isRepeat = equal(
      found.subarray(Math.max(0, index - surplus), index),
      found.subarray(index, index + surplus),
    );
    return { kind: isRepeat ? 'line_doubled' : 'line_added', line, count: surplus };
  }
  const count = differences(expected, found);
  if (surplus === 0 && count > 1 && equal(expected.toSorted(), found.toSorted())) {
    return { kind: 'lines_reordered', line, count };
  }
  return { kind: 'line_altered', line, count };
}

/** The length of the shorter one when it is how the longer one begins. */
function firstDifference(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) if (left[index] !== right[index]) return index;
  return length;
}

function differences(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  let count = Math.abs(left.length - right.length);
  for (let index = 0; index < length; index += 1) if (left[index] !== right[index]) count += 1;
  return count;
}

function equal(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
