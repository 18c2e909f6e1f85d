const lf = 0x0a;

/** Where each of `count` lines ends, behind its LF. */
export function lineEnds(ndjson: Buffer, count: number): Uint32Array {
  const ends = new Uint32Array(count);
  let end = 0;
  for (let line = 0; line < count; line++) {
    end = ndjson.indexOf(lf, end) + 1;
    ends[line] = end;
  }
  return ends;
}

/** Lines `from` to before `until`, without copying. */
export function lineRange(ndjson: Buffer, ends: Uint32Array, from: number, until: number): Buffer {
  return ndjson.subarray(from === 0 ? 0 : ends[from - 1], until === 0 ? 0 : ends[until - 1]);
}

/** A copy of the chosen lines, which are in rising order; runs of neighbours are copied at once. */
export function pickLines(
  ndjson: Buffer,
  ends: Uint32Array,
  lines: readonly number[] | Uint32Array,
): Buffer {
  const runs: Buffer[] = [];
  for (let index = 0; index < lines.length;) {
    const from = lines[index] ?? 0;
    let until = from;
    while (lines[index] === until) {
      until++;
      index++;
    }
    runs.push(lineRange(ndjson, ends, from, until));
  }
  return Buffer.concat(runs);
}

/** How many of the first bytes hold whole lines and are at most `bytesMax`; one line at least. */
export function wholeLinesBytes(ndjson: Buffer, bytesMax: number): number {
  if (ndjson.length <= bytesMax) return ndjson.length;
  const end = bytesMax > 0 ? ndjson.lastIndexOf(lf, bytesMax - 1) + 1 : 0;
  return end > 0 ? end : ndjson.indexOf(lf) + 1;
}

/** How many lines there are. */
export function countLines(ndjson: Buffer): number {
  let count = 0;
  for (let at = ndjson.indexOf(lf); at >= 0; at = ndjson.indexOf(lf, at + 1)) count++;
  return count;
}
