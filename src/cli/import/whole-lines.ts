import { AppError } from '../../core/errors.ts';

const lineFeed = 0x0a;
const chunkBytes = 512 * 1024;
/** A chunk without a line end in it is not NDJSON. */
const lineBytesMax = 16 * 1024 ** 2;

/** Cuts bytes into chunks that end with a line, about 512 KiB each; the last may lack its LF. */
export async function* wholeLines(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let piecesBytes = 0;
  for await (const piece of input) {
    pieces.push(piece);
    piecesBytes += piece.length;
    if (piecesBytes < chunkBytes) continue;
    const bytes = Buffer.concat(pieces);
    const end = bytes.lastIndexOf(lineFeed) + 1;
    if (end > 0) yield bytes.subarray(0, end);
    const rest = bytes.subarray(end);
    if (rest.length > lineBytesMax) {
      throw new AppError('too_large', `a line is longer than ${lineBytesMax} bytes`);
    }
    pieces = [rest];
    piecesBytes = rest.length;
  }
  if (piecesBytes > 0) yield Buffer.concat(pieces);
}

export function countLines(chunk: Buffer): number {
  let lines = 0;
  for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, at + 1)) lines++;
  return chunk.at(-1) === lineFeed ? lines : lines + 1;
}
