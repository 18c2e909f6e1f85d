import { type AttributeScanner, tokens } from './attribute-scanner.ts';

const [comma, closeBracket] = [0x2c, 0x5d];
const nullItem = Buffer.from(',null');
const scratchBytesKept = 512 * 1024;

/** The text that an event's identity is the digest of, put together from what a scanner found. */
export class ContentText {
  readonly #scanner: AttributeScanner;
  /** By the field's index: JSON of texts whose escapes may be spelled differently. */
  readonly #respelled: (Buffer | undefined)[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  #scratch = Buffer.allocUnsafeSlow(16 * 1024);

  constructor(scanner: AttributeScanner) {
    this.#scanner = scanner;
  }

  /** For the event of `sizeBytes` in `bytes` that was just scanned. */
  begin(bytes: Buffer, sizeBytes: number): void {
    this.#bytes = bytes;
    const needed = sizeBytes + nullItem.length * this.#scanner.tokens.length + 64;
    if (needed > this.#scratch.length) this.#scratch = Buffer.allocUnsafeSlow(needed);
    else if (this.#scratch.length > scratchBytesKept) {
      this.#scratch = Buffer.allocUnsafeSlow(scratchBytesKept);
    }
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
    const { tokens: found, starts, ends } = this.#scanner;
    const scratch = this.#scratch;
    let length = scratch.write(start, 0, 'latin1');
    let lengthBehindLast = length;
    for (const index of indexes) {
      const token = found[index];
      const from = starts[index] ?? 0;
      const until = ends[index] ?? 0;
      if (
        token === undefined ||
        token <= tokens.null ||
        (token === tokens.text && from === until)
      ) {
        length = copy(nullItem, 0, nullItem.length, scratch, length);
        continue;
      }
      scratch[length] = comma;
      length += 1;
      if (token === tokens.integer) length = copy(this.#bytes, from, until, scratch, length);
      else if (token === tokens.text) {
        length = copy(this.#bytes, from - 1, until + 1, scratch, length);
      } else {
        const respelled = this.#respelled[index] ?? nullItem;
        length += respelled.copy(scratch, length);
      }
      lengthBehindLast = length;
    }
    scratch[lengthBehindLast] = closeBracket;
    return scratch.subarray(0, lengthBehindLast + 1);
  }
}

const longBytes = 48;

/** Copies to `at` and answers where the copy ends. Up to some length a loop is faster than a call. */
function copy(bytes: Buffer, start: number, end: number, to: Buffer, at: number): number {
  const length = end - start;
  if (length > longBytes) bytes.copy(to, at, start, end);
  else for (let index = 0; index < length; index += 1) to[at + index] = bytes[start + index] ?? 0;
  return at + length;
}
