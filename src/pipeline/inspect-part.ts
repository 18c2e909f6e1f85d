import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { crc32 } from 'node:zlib';
import { readLines } from '../lib/read-lines.ts';

const lineFeed = 0x0a;
const excerptUnitsMax = 120;

/** A file, or a part of it, as it stands on the disk. */
export interface Inspection {
  readonly bytes: number;
  readonly sha256: string;
  /** Of the lines, as far as they were asked for; what stands behind the last LF counts as one. */
  readonly lineChecks: Uint8Array;
  readonly lines: number;
  readonly endsWithNewline: boolean;
}

export interface Part {
  readonly path: string;
  readonly offset: number;
  /** To the end of the file when undefined. */
  readonly bytes: number | undefined;
}

/** Reads the part once, a chunk in memory at a time, with checks of the first `linesMax` lines. */
export async function inspectPart(
  { path, offset, bytes }: Part,
  linesMax: number,
  signal: AbortSignal,
): Promise<Inspection> {
  const hash = createHash('sha256');
  const checks = Buffer.alloc(linesMax);
  let size = 0;
  let lines = 0;
  let check = 0;
  let endsWithNewline = true;
  const endLine = () => {
    if (lines < linesMax) checks[lines] = check & 0xff;
    lines += 1;
    check = 0;
  };
  for await (const chunk of chunksOf({ path, offset, bytes }, signal)) {
    hash.update(chunk);
    size += chunk.length;
    let begin = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, begin)) {
      check = crc32(chunk.subarray(begin, end), check);
      endLine();
      begin = end + 1;
    }
    check = crc32(chunk.subarray(begin), check);
    endsWithNewline = begin === chunk.length;
  }
  if (!endsWithNewline) endLine();
  const lineChecks = checks.subarray(0, Math.min(lines, linesMax));
  return { bytes: size, sha256: hash.digest('hex'), lineChecks, lines, endsWithNewline };
}

async function* chunksOf({ path, offset, bytes }: Part, signal: AbortSignal) {
  if (bytes === 0) return;
  const end = bytes === undefined ? Number.POSITIVE_INFINITY : offset + bytes - 1;
  const input = createReadStream(path, { start: offset, end, highWaterMark: 256 * 1024, signal });
  yield* input as AsyncIterable<Buffer>;
}

/** A line of the part, 1 being the first; undefined behind its end. */
export async function lineAt(
  { path, offset }: Part,
  line: number,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  let left = line;
  for await (const { bytes } of readLines(path, { fromBytes: offset }, signal)) {
    left -= 1;
    if (left === 0) return Buffer.from(bytes);
  }
  return undefined;
}

/** How a line begins, for a person to recognise it. */
export function excerpt(line: Buffer | undefined): string {
  if (!line) return 'the end of the file';
  const text = line.subarray(0, excerptUnitsMax * 4).toString();
  return JSON.stringify(
    text.length > excerptUnitsMax ? `${text.slice(0, excerptUnitsMax)}…` : text,
  );
}
