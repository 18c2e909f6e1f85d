import { firstByte, hasByte, hasLess } from './words.ts';

const [backslash, quote, slash] = [0x5c, 0x22, 0x2f];

/**
 * Four bytes of the inside of a JSON string: not 0 if one of them ends a run of plain text, which are
 * `"`, `\\` and controls, which JSON forbids there.
 */
function mayEndText(word: number): number {
  return hasLess(word, 0x20202020) | hasByte(word, 0x22222222) | hasByte(word, 0x5c5c5c5c);
}

/** The first byte from `from` on that ends a run of plain text; where `words` end when none does. */
export function endOfPlainText(words: DataView, from: number): number {
  const end = words.byteLength;
  let at = from;
  for (; at + 4 <= end; at += 4) {
    const found = mayEndText(words.getInt32(at, true));
    if (found !== 0) return at + firstByte(found);
  }
  while (at < end && !endsText(words.getUint8(at))) at += 1;
  return at;
}

function endsText(byte: number): boolean {
  return byte < 0x20 || byte === quote || byte === backslash;
}

/**
 * Copies the inside of a JSON string, from `start` to before `end`, to `at` without the backslashes
 * that escape `"`, `\` and `/`. Answers where the copy ends; -1 when it meets any other escape.
 */
export function copyUnescaped(
  bytes: Buffer,
  start: number,
  end: number,
  to: Buffer,
  at: number,
): number {
  let from = start;
  let length = at;
  for (;;) {
    const backslashAt = bytes.indexOf(backslash, from);
    if (backslashAt === -1 || backslashAt >= end) return length + bytes.copy(to, length, from, end);
    length += bytes.copy(to, length, from, backslashAt);
    const escaped = bytes[backslashAt + 1];
    if (escaped !== backslash && escaped !== quote && escaped !== slash) return -1;
    to[length] = escaped;
    length += 1;
    from = backslashAt + 2;
  }
}
