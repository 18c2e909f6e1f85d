import { createReadStream } from 'node:fs';

const lineFeed = 0x0a;

export interface RawLine {
  /** Without its LF. Valid until the next line is asked for. */
  readonly bytes: Buffer;
  /** False for what stands behind the last LF. */
  readonly isWhole: boolean;
}

/**
 * The lines of a file from an offset on, a few chunks in memory at a time. A line longer than
 * `lineBytesMax` comes in several pieces that are not whole.
 */
export async function* readLines(
  path: string,
  { fromBytes = 0, lineBytesMax = 64 * 1024 * 1024 }: { fromBytes?: number; lineBytesMax?: number },
  signal?: AbortSignal,
): AsyncGenerator<RawLine> {
  let pieces: Buffer[] = [];
  let piecesBytes = 0;
  const input = createReadStream(path, { start: fromBytes, highWaterMark: 256 * 1024, signal });
  for await (const chunk of input as AsyncIterable<Buffer>) {
    let begin = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, begin)) {
      yield { bytes: joined(pieces, chunk.subarray(begin, end)), isWhole: true };
      pieces = [];
      piecesBytes = 0;
      begin = end + 1;
    }
    const rest = chunk.subarray(begin);
    pieces.push(rest);
    piecesBytes += rest.length;
    if (piecesBytes > lineBytesMax) {
      yield { bytes: Buffer.concat(pieces), isWhole: false };
      pieces = [];
      piecesBytes = 0;
    }
  }
  if (piecesBytes > 0) yield { bytes: Buffer.concat(pieces), isWhole: false };
}

function joined(pieces: readonly Buffer[], last: Buffer): Buffer {
  return pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
}
