/** Texts that are kept, and how long they may be. */
const slots = 64;
const keptBytesMax = 64;

interface Kept<T> {
  readonly bytes: Buffer;
  readonly value: T;
}

/**
 * What `derive` makes of a text, for texts of which there are few, such as event types. One that is
 * known is found again by its bytes, without a string.
 */
export class RecurringTexts<T> {
  readonly #derive: (text: string) => T;
  readonly #kept: (Kept<T> | undefined)[] = Array.from({ length: slots }, () => undefined);

  constructor(derive: (text: string) => T) {
    this.#derive = derive;
  }

  /** Of the UTF-8 in `bytes` from `start` to before `end`. */
  read(bytes: Buffer, start: number, end: number): T {
    const slot = slotOf(bytes, start, end);
    const kept = this.#kept[slot];
    if (kept !== undefined && isAt(bytes, start, end, kept.bytes)) return kept.value;
    const value = this.#derive(bytes.toString('utf8', start, end));
    if (end - start <= keptBytesMax) {
      this.#kept[slot] = { bytes: Buffer.from(bytes.subarray(start, end)), value };
    }
    return value;
  }
}

/** By length, first and last letters: texts that share a slot push each other out. */
function slotOf(bytes: Buffer, start: number, end: number): number {
  const [first = 0, last = 0, beforeLast = 0] = [bytes[start], bytes[end - 1], bytes[end - 2]];
  return ((end - start) * 7 + first * 5 + last * 3 + beforeLast) % slots;
}

function isAt(bytes: Buffer, start: number, end: number, wanted: Buffer): boolean {
  if (wanted.length !== end - start) return false;
  for (let index = 0; index < wanted.length; index += 1) {
    if (bytes[start + index] !== wanted[index]) return false;
  }
  return true;
}
