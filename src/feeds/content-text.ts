import { copyWords, wordsOf } from '../lib/words.ts';
import { type AttributeScanner, tokens } from './attribute-scanner.ts';

const [comma, closeBracket] = [0x2c, 0x5d];
const nullItem = Buffer.from(',null');
const nullWords = wordsOf(nullItem);
const scratchBytesKept = 512 * 1024;

/** The text that an event's identity is the digest of, put together from what a scanner found. */
export class ContentText {
  readonly #scanner: AttributeScanner;
  /** By the field's index: JSON of texts whose escapes may be spelled differently. */
  readonly #respelled: (Buffer | undefined)[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #scratch = Buffer.allocUnsafeSlow(16 * 1024);
  #scratchWords = wordsOf(this.#scratch);

  constructor(scanner: AttributeScanner) {
    this.#scanner = scanner;
  }

  /** For the event of `sizeBytes` in `bytes` that was just scanned. */
  begin(bytes: Buffer, sizeBytes: number): void {
    this.#bytes = bytes;
    const needed = sizeBytes + nullItem.length * this.#scanner.tokens.length + 64;
    const isTooLarge = needed <= scratchBytesKept && this.#scratch.length > scratchBytesKept;
    if (needed <= this.#scratch.length && !isTooLarge) return;
    this.#scratch = Buffer.allocUnsafeSlow(isTooLarge ? scratchBytesKept : needed);
    this.#scratchWords = wordsOf(this.#scratch);
  }

  /** Brings a text with escapes into their one spelling; false when it is not JSON. */
  unescape(index: number): boolean {
    if (this.#scanner.tokens[index] !== tokens.escaped) return true;
    const start = (this.#scanner.starts[index] ?? 0) - 1;
    const end = (this.#scanner.ends[index] ?? 0) + 1;
    try {
      const text: unknown = JSON.parse(this.#bytes.toString('utf8', start, end));
      this.#respelled[index] = Buffer.from(JSON.stringify(text));
      return true;
    } catch {
      return false;
    }
  }

  /**
   * `JSON.stringify` of the list that begins as `start` does and goes on with the values of the
   * fields at `indexes`, null for those without one, none of these at the end. Valid until the next.
   */
  of(start: string, indexes: readonly number[]): Buffer {
    const { tokens: found, starts, ends, words } = this.#scanner;
    const [scratch, to] = [this.#scratch, this.#scratchWords];
    let length = scratch.write(start, 0, 'latin1');
    let lengthBehindLast = length;
    for (const index of indexes) {
      const token = found[index] ?? tokens.absent;
      const from = starts[index] ?? 0;
      const until = ends[index] ?? 0;
      if (token <= tokens.null || (token === tokens.text && from === until)) {
        length = copyWords(nullWords, 0, nullItem.length, to, length);
        continue;
      }
      scratch[length] = comma;
      length += 1;
      if (token === tokens.integer) length = copyWords(words, from, until, to, length);
      else if (token === tokens.text) length = copyWords(words, from - 1, until + 1, to, length);
      else length += (this.#respelled[index] ?? nullItem).copy(scratch, length);
      lengthBehindLast = length;
    }
    scratch[lengthBehindLast] = closeBracket;
    return scratch.subarray(0, lengthBehindLast + 1);
  }
}
