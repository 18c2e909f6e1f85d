/** Whether `wanted` stands in `bytes` at `at`. For a few bytes a loop is faster than a call. */
export function isAt(bytes: Buffer, at: number, wanted: Buffer): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    if (bytes[at + index] !== wanted[index]) return false;
  }
  return true;
}
