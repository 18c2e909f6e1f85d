import { copyWords, hasByte, hasHighBit } from '../../lib/words.ts';

const [space, equals, del] = [0x20, 0x3d, 0x7f];

/** 0 for four bytes that stand for themselves; of others, few are. */
function isSpecial(word: number): number {
  return hasHighBit(word) | hasByte(word, 0x3d3d3d3d) | hasByte(word, 0x7f7f7f7f);
}

/**
 * Writes the text that stands in `from` from `start` to before `end`, and holds neither controls nor
 * backslashes, to `at` as the value of an extension: without outer spaces, and with `equalsSign` for
 * each `=`. Answers where it ends; -1 when it holds anything but printable ASCII, or an `=` for which
 * there is nothing to write.
 */
export function writePlainValue(
  from: DataView,
  start: number,
  end: number,
  to: DataView,
  at: number,
  equalsSign: DataView | undefined,
): number {
  let [index, until] = [start, end];
  while (index < until && from.getUint8(index) === space) index += 1;
  while (index < until && from.getUint8(until - 1) === space) until -= 1;
  let length = at;
  while (index < until) {
    for (; index + 4 <= until; index += 4, length += 4) {
      const word = from.getInt32(index, true);
      if (isSpecial(word) !== 0) break;
      to.setInt32(length, word, true);
    }
    const wordEnd = Math.min(index + 4, until);
    for (; index < wordEnd; index += 1) {
      const byte = from.getUint8(index);
      if (byte >= del) return -1;
      if (byte === equals) {
        if (equalsSign === undefined) return -1;
        length = copyAll(equalsSign, to, length);
      } else {
        to.setUint8(length, byte);
        length += 1;
      }
    }
  }
  return length;
}

/** Copies to `at` and answers where the copy ends. */
export function copyAll(bytes: DataView, to: DataView, at: number): number {
  return copyWords(bytes, 0, bytes.byteLength, to, at);
}
