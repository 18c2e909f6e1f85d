import { parseIsoTime } from './iso-time.ts';

const [zulu, colon, dot, digit0] = [0x5a, 0x3a, 0x2e, 0x30];
const dayMs = 86_400_000;
/** `2026-11-20T` */
const dateBytes = 11;
const [secondForm, millisecondForm] = ['2026-11-20T00:00:00Z', '2026-11-20T00:00:00.000Z'];

/**
 * `parseIsoTime` for text that is still bytes. Events are mostly of the day of the one before, so
 * that nothing but the clock is to be read.
 */
export class IsoTimeReader {
  #date = Buffer.alloc(dateBytes);
  #dateMs = 0;

  /** Of the UTF-8 in `bytes` from `start` to before `end`. */
  read(bytes: Buffer, start: number, end: number): number | undefined {
    if (!hasUsualForm(bytes, start, end)) return parseIsoTime(bytes.toString('utf8', start, end));
    return this.#isSameDate(bytes, start)
      ? clockTime(bytes, start, end, this.#dateMs)
      : this.#readDate(bytes, start, end);
  }

  #isSameDate(bytes: Buffer, start: number): boolean {
    for (let index = 0; index < dateBytes; index += 1) {
      if (bytes[start + index] !== this.#date[index]) return false;
    }
    return true;
  }

  #readDate(bytes: Buffer, start: number, end: number): number | undefined {
    const timeMs = parseIsoTime(bytes.toString('utf8', start, end));
    if (timeMs === undefined) return undefined;
    this.#date = Buffer.from(bytes.subarray(start, start + dateBytes));
    this.#dateMs = timeMs - (timeMs % dayMs);
    return timeMs;
  }
}

/** Whether the length and every byte of the clock that is no digit are those of a usual time. */
function hasUsualForm(bytes: Buffer, start: number, end: number): boolean {
  const length = end - start;
  const isUsualLength = length === secondForm.length || length === millisecondForm.length;
  const hasFraction = length === millisecondForm.length;
  return (
    isUsualLength &&
    bytes[end - 1] === zulu &&
    bytes[start + 13] === colon &&
    bytes[start + 16] === colon &&
    (!hasFraction || bytes[start + 19] === dot)
  );
}

/** Undefined where a digit is none, or the clock shows what no clock shows. */
function clockTime(bytes: Buffer, start: number, end: number, dateMs: number): number | undefined {
  const hour = twoDigits(bytes, start + 11);
  const minute = twoDigits(bytes, start + 14);
  const second = twoDigits(bytes, start + 17);
  const hasFraction = end - start === millisecondForm.length;
  const fraction = hasFraction ? digit(bytes, start + 20) * 100 + twoDigits(bytes, start + 21) : 0;
  // NaN from a byte that is no digit fails one of the comparisons.
  if (!(hour < 24 && minute < 60 && second < 60 && fraction < 1000)) return undefined;
  return dateMs + ((hour * 60 + minute) * 60 + second) * 1000 + fraction;
}

function twoDigits(bytes: Buffer, at: number): number {
  return digit(bytes, at) * 10 + digit(bytes, at + 1);
}

function digit(bytes: Buffer, at: number): number {
  const value = (bytes[at] ?? 0) - digit0;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}
