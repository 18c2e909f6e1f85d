/**
 * Bytes in memory four at a time, as 32-bit words. Where JavaScript has to look at every byte, that
 * takes half the time of one by one.
 */

// Numbers stand below as they are: a constant's name would have to be looked up for every word.

/** Not 0 if one of the word's bytes is the one that `fourTimes` repeats. */
export function hasByte(word: number, fourTimes: number): number {
  const difference = word ^ fourTimes;
  return (difference - 0x01010101) & ~difference & 0x80808080;
}

/** Not 0 if one of the word's bytes is less than the one, at most 0x80, that `fourTimes` repeats. */
export function hasLess(word: number, fourTimes: number): number {
  return (word - fourTimes) & ~word & 0x80808080;
}

/** Not 0 if one of the word's bytes is 0x80 or more. */
export function hasHighBit(word: number): number {
  return word & 0x80808080;
}

/** Which byte of a word that the functions above found something in is the first such, from 0. */
export function firstByte(found: number): number {
  return (31 - Math.clz32(found & -found)) >> 3;
}

/** The memory of `bytes`, at the same offsets. */
export function wordsOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The words of `text` in UTF-8. */
export function wordsOfText(text: string): DataView {
  return wordsOf(Buffer.from(text));
}

/** As `wordsOf`, made anew only for other bytes than the last ones. */
export class LastWords {
  #bytes: Uint8Array = new Uint8Array();
  #words = wordsOf(this.#bytes);

  of(bytes: Uint8Array): DataView {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#words = wordsOf(bytes);
    }
    return this.#words;
  }
}

/** Copies to `at` and answers where the copy ends. Up to some length this is faster than a call. */
export function copyWords(
  from: DataView,
  start: number,
  end: number,
  to: DataView,
  at: number,
): number {
  const shift = at - start;
  let index = start;
  for (; index + 4 <= end; index += 4) to.setInt32(index + shift, from.getInt32(index, true), true);
  for (; index < end; index += 1) to.setUint8(index + shift, from.getUint8(index));
  return end + shift;
}

/** A text of four bytes or more, to be looked for amid other bytes. */
export class SoughtText {
  readonly length: number;
  readonly #words: Int32Array;
  /** The last four bytes, most of them in the word before too. */
  readonly #last: number;

  constructor(text: string) {
    const bytes = Buffer.from(text);
    const view = wordsOf(bytes);
    this.length = bytes.length;
    this.#words = Int32Array.from({ length: bytes.length >> 2 }, (_, index) =>
      view.getInt32(index * 4, true),
    );
    this.#last = view.getInt32(bytes.length - 4, true);
  }

  /** Whether it stands in `words` at `at`, all of it before `end`. */
  isAt(words: DataView, at: number, end: number): boolean {
    const sought = this.#words;
    const lastAt = at + this.length - 4;
    if (lastAt + 4 > end || words.getInt32(lastAt, true) !== this.#last) return false;
    for (let index = 0; index < sought.length; index += 1) {
      if (words.getInt32(at + index * 4, true) !== sought[index]) return false;
    }
    return true;
  }
}
