import { foldCase } from './wanted-events.ts';

/** The characters of a word that JSON may write as a backslash and one more. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const shortlyEscaped = /["\\/\u0000-\u001f]/;

/** The Kelvin sign, which becomes a k, and İ, which becomes an i and a dot: folded as Latin-1. */
const becomesAscii = ['\u{212A}', '\u0130'].map((character) =>
  Buffer.from(character).toString('latin1').toLowerCase(),
);

/** What stands in a line of JSON that has one of the words in an escaped writing. */
export function escapeIn(words: readonly string[]): string {
  return words.some((word) => shortlyEscaped.test(word)) ? '\\' : '\\u';
}

/**
 * Finds the lines of a block in which all words may stand: in the values of a line of JSON every word
 * stands as it is, or with an escape in it.
 */
export class FoldedLines {
  readonly #words: readonly string[];
  readonly #escape: string;
  readonly #isAscii: boolean;

  constructor(words: readonly string[]) {
    this.#words = words;
    this.#isAscii = words.every((word) => !/[^ -~]/.test(word));
    this.#escape = escapeIn(words);
  }

  /** For each line 1 when it may hold the words. */
  candidates(ndjson: Buffer, lineCount: number): Uint8Array {
    const found = new Uint8Array(lineCount);
    const text = this.#folded(ndjson);
    const needles = [this.#escape, ...this.#words];
    // Where each one stands next, at or behind the line that is looked at.
    const next = needles.map((needle) => text.indexOf(needle));
    if (!this.#isPossible(next)) return found;
    let start = 0;
    for (let line = 0; line < lineCount; line += 1) {
      const end = text.indexOf('\n', start);
      for (const [index, needle] of needles.entries()) {
        const at = next[index] ?? -1;
        if (at !== -1 && at < start) next[index] = text.indexOf(needle, start);
      }
      const [escapeAt = -1, ...wordsAt] = next;
      const isHere = (at: number): boolean => at !== -1 && at < end;
      found[line] = isHere(escapeAt) || wordsAt.every(isHere) ? 1 : 0;
      start = end + 1;
    }
    return found;
  }

  /** ASCII words are looked for in bytes taken for Latin-1: folding that costs a tenth. */
  #folded(ndjson: Buffer): string {
    if (!this.#isAscii) return foldCase(ndjson.toString());
    const text = ndjson.toString('latin1').toLowerCase();
    return becomesAscii.some((bytes) => text.includes(bytes)) ? foldCase(ndjson.toString()) : text;
  }

  /** False when neither an escape nor all of the words are left. */
  #isPossible([escapeAt, ...wordsAt]: readonly number[]): boolean {
    return escapeAt !== -1 || wordsAt.every((at) => at !== -1);
  }
}
