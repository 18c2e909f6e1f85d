import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { errorMessage } from '../core/errors.ts';
import {
  lineDigest,
  manifestEntrySchema,
  manifestStart,
  type ManifestEntry,
} from '../core/manifest.ts';
import { readLines, type RawLine } from '../lib/read-lines.ts';
import { excerpt, inspectPart, lineAt, type Inspection, type Part } from './inspect-part.ts';
import { lineDifference, type LineDifference } from './line-difference.ts';
import type { Problem, ProblemKind } from './verification.ts';
import type { VerificationTally } from './verification-tally.ts';

/** Checks one manifest, entry by entry, and the files it lists. */
export class ManifestCheck {
  /** Endings of the listed files, with their dots. */
  readonly extensions = new Set<string>();
  readonly #path: string;
  readonly #directory: string;
  readonly #allowTaken: boolean;
  readonly #tally: VerificationTally;
  readonly #lastPositions = new Map<string, number>();
  /** Where the last part of each file that is appended to ends. */
  readonly #partEnds = new Map<string, number>();
  #readBytes = 0;
  #lineNumber = 0;
  #lastDigest = manifestStart;
  #isTorn = false;

  constructor(path: string, directory: string, allowTaken: boolean, tally: VerificationTally) {
    this.#path = path;
    this.#directory = directory;
    this.#allowTaken = allowTaken;
    this.#tally = tally;
  }

  get readBytes(): number {
    return this.#readBytes;
  }

  /** Checks what has been written to the manifest since the last call; yields the files' names. */
  async *readOn(signal: AbortSignal): AsyncGenerator<string> {
    this.#isTorn = false;
    for await (const line of readLines(this.#path, { fromBytes: this.#readBytes }, signal)) {
      this.#isTorn = !line.isWhole;
      if (!line.isWhole) return;
      const entry = this.#checkEntry(line);
      this.#readBytes += line.bytes.length + 1;
      if (!entry) continue;
      yield entry.file;
      await this.#checkFile(entry, signal);
    }
  }

  /** Called once, at the end. */
  async finish(): Promise<void> {
    if (this.#isTorn) {
      const found = 'a line without its newline';
      this.#addProblem('manifest_torn', this.#lineNumber + 1, 'whole entries', found);
    }
    for (const [file, end] of this.#partEnds) {
      const path = join(this.#directory, file);
      const found = await stat(path).catch(() => undefined);
      if (found && found.size > end) {
        this.#addFileProblem('line_added', path, `${end} bytes`, `${found.size} bytes`);
      }
    }
  }

  /** Undefined when the line is not an entry. */
  #checkEntry({ bytes }: RawLine): ManifestEntry | undefined {
    this.#lineNumber += 1;
    const entry = parseEntry(bytes);
    const previous = this.#lastDigest;
    this.#lastDigest = lineDigest(bytes);
    if (!entry) {
      this.#addProblem('entry_invalid', this.#lineNumber, 'an entry', 'something else');
      return undefined;
    }
    if (entry.previous !== previous) {
      this.#addProblem(
        'entry_detached',
        this.#lineNumber,
        `an entry behind the one with digest ${previous.slice(0, 12)}`,
        `one behind ${entry.previous.slice(0, 12)}: entries before it were removed, moved or altered`,
      );
    }
    this.#checkPositions(entry);
    this.#tally.addEntry(entry);
    this.extensions.add(extname(entry.file));
    return entry;
  }

  #checkPositions(entry: ManifestEntry): void {
    const { stream, firstPosition, lastPosition, events, leftOut = 0, gaps = [], extra } = entry;
    const line = this.#lineNumber;
    const start = extra === undefined ? 0 : firstPosition - 1;
    const wanted = (this.#lastPositions.get(stream) ?? start) + 1;
    this.#lastPositions.set(stream, lastPosition);
    if (firstPosition !== wanted) {
      const kind = firstPosition > wanted ? 'positions_missing' : 'positions_repeated';
      this.#addProblem(kind, line, `${stream} from position ${wanted}`, `from ${firstPosition}`);
    }
    const lost = gaps.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    const positions = lastPosition - firstPosition + 1;
    if (positions !== events + lost + leftOut) {
      const expected = `${positions} events between its positions`;
      const found = `${events} events, ${lost} lost and ${leftOut} left out`;
      this.#addProblem('entry_invalid', line, expected, found);
    }
  }

  async #checkFile(entry: ManifestEntry, signal: AbortSignal): Promise<void> {
    const path = join(this.#directory, entry.file);
    if (entry.offset !== undefined) this.#checkOffset(entry, entry.offset, path);
    const part: Part = {
      path,
      offset: entry.offset ?? 0,
      bytes: entry.offset === undefined ? undefined : entry.bytes,
    };
    const linesMax = entry.events + (entry.gaps?.length ?? 0) + 100_000;
    try {
      const inspection = await inspectPart(part, linesMax, signal);
      this.#tally.addBytes(inspection.bytes);
      if (inspection.sha256 !== entry.sha256) await this.#locate(entry, part, inspection, signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#addUnreadable(entry, path, error);
    }
  }

  #checkOffset({ file, bytes }: ManifestEntry, offset: number, path: string): void {
    const end = this.#partEnds.get(file) ?? 0;
    if (offset !== end) {
      const problem = ['lines from', `${end} bytes on`, `from ${offset} bytes on`] as const;
      this.#addFileProblem('content_altered', path, `${problem[0]} ${problem[1]}`, problem[2]);
    }
    this.#partEnds.set(file, offset + bytes);
  }

  #addUnreadable(entry: ManifestEntry, path: string, error: unknown): void {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isMissing) {
      this.#addFileProblem('file_unreadable', path, 'a file', errorMessage(error));
      return;
    }
    this.#tally.addTaken(entry);
    if (this.#allowTaken) return;
    const { firstPosition, lastPosition, stream } = entry;
    const expected = `${stream} ${firstPosition} to ${lastPosition}, ${entry.bytes} bytes`;
    this.#addFileProblem('file_missing', path, expected, 'no such file');
  }

  /** Names the first line that is not as it was published. */
  async #locate(
    entry: ManifestEntry,
    part: Part,
    inspection: Inspection,
    signal: AbortSignal,
  ): Promise<void> {
    const { path } = part;
    const expectedChecks = Buffer.from(entry.lineChecks, 'base64');
    const { lineChecks, endsWithNewline, lines, bytes } = inspection;
    const difference = lineDifference(expectedChecks, lineChecks, endsWithNewline);
    if (!difference) {
      const expected = `${entry.bytes} bytes with SHA-256 ${entry.sha256.slice(0, 12)}…`;
      const found = `${bytes} bytes with ${inspection.sha256.slice(0, 12)}…`;
      this.#addFileProblem('content_altered', path, expected, found);
      return;
    }
    const { count } = difference;
    const kind = await confirmedKind(part, difference, signal);
    const line = (await linesBefore(part, signal)) + difference.line;
    const first = await lineAt(part, difference.line, signal);
    const expected = `${expectedChecks.length} lines as published (${entry.bytes} bytes)`;
    const found = `${lines} lines (${bytes} bytes), ${count} from here on not as published; line ${line} is ${excerpt(first)}`;
    this.#tally.addProblem({ kind, file: path, line, expected, found });
  }

  #addProblem(kind: ProblemKind, line: number, expected: string, found: string): void {
    this.#tally.addProblem({ kind, file: this.#path, line, expected, found });
  }

  #addFileProblem(kind: ProblemKind, file: string, expected: string, found: string): void {
    const problem: Problem = { kind, file, line: undefined, expected, found };
    this.#tally.addProblem(problem);
  }
}

/** Equal check bytes of two lines may be a coincidence; equal bytes are not. */
async function confirmedKind(part: Part, difference: LineDifference, signal: AbortSignal) {
  const { kind, line, count } = difference;
  if (kind !== 'line_doubled') return kind;
  const repeated = await lineAt(part, line, signal);
  const original = await lineAt(part, line - count, signal);
  return repeated && original?.equals(repeated) ? kind : 'line_added';
}

/** How many lines of the file stand before the part. */
async function linesBefore({ path, offset }: Part, signal: AbortSignal): Promise<number> {
  if (offset === 0) return 0;
  return (await inspectPart({ path, offset: 0, bytes: offset }, 0, signal)).lines;
}

function parseEntry(bytes: Buffer): ManifestEntry | undefined {
  try {
    return manifestEntrySchema.parse(JSON.parse(bytes.toString()));
  } catch {
    return undefined;
  }
}
