const [backslash, quote, slash] = [0x5c, 0x22, 0x2f];

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
