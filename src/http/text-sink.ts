import type { LineWriter } from '../encode/cef/write-vendor-cef.ts';

/**
 * Collects texts as UTF-8. Text by text: joining them first would make all of them two bytes a
 * character as soon as one is, which was measured to cost twice the time.
 */
export class TextSink {
  #buffer: Buffer;
  #bytes = 0;

  constructor(expectedBytes: number) {
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(64, expectedBytes));
  }

  write(text: string): void {
    // A UTF-16 code unit takes three bytes at most.
    this.#reserve(text.length * 3);
    this.#bytes += this.#buffer.write(text, this.#bytes);
  }

  /** The line of the event in `stored` from `start` to before `end`; false when it needs its text. */
  writeLine(writer: LineWriter, stored: Buffer, start: number, end: number): boolean {
    this.#reserve(writer.sizeBytesMax(end - start));
    const written = writer.write(stored, start, end, this.#buffer, this.#bytes);
    if (written === -1) return false;
    this.#bytes = written;
    return true;
  }

  /** What was written; the sink is used up. */
  finish(): Buffer {
    const written = this.#buffer.subarray(0, this.#bytes);
    const isTight = this.#bytes > this.#buffer.byteLength * 0.9;
    return isTight ? written : Buffer.from(written);
  }

  #reserve(bytes: number): void {
    const needed = this.#bytes + bytes;
    if (needed <= this.#buffer.byteLength) return;
    const larger = Buffer.allocUnsafeSlow(
      Math.max(needed, Math.ceil(this.#buffer.byteLength * 1.5)),
    );
    this.#buffer.copy(larger, 0, 0, this.#bytes);
    this.#buffer = larger;
  }
}
