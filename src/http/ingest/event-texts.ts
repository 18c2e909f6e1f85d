import { isUtf8 } from 'node:buffer';
import { AppError } from '../../core/errors.ts';

/** The JSON text of one event in a body, and where it stood. */
export interface EventText {
  readonly text: string;
  /** `line 3`, or `element 3` of an array. */
  readonly place: string;
  /** Where the text's bytes are in the body, if that is known: from `start` to before `end`. */
  readonly bytes: { readonly start: number; readonly end: number } | undefined;
}

const byteOrderMark = [0xef, 0xbb, 0xbf];
const [lineFeed, openBracket] = [0x0a, 0x5b];

export interface BatchLimits {
  readonly events: number;
  readonly eventBytes: number;
}

/**
 * Splits a body into the texts of its events, byte for byte as they came: NDJSON (LF or CR LF, blank
 * lines and a byte order mark tolerated) or one JSON array. Does not check that each text is JSON.
 */
export function* eventTexts(body: Buffer, limits: BatchLimits): Iterable<EventText> {
  if (!isUtf8(body)) throw notUtf8(body);
  const start = firstVisible(body, startsWithMark(body) ? byteOrderMark.length : 0, body.length);
  const pieces = body[start] === openBracket ? arrayElements(body.toString()) : lines(body);
  let events = 0;
  for (const piece of pieces) {
    if (++events > limits.events) throw tooMany(limits.events);
    assertSize(piece, limits.eventBytes);
    yield piece;
  }
}

/** A line of a body; its text is made only when somebody asks, since a scanner needs none. */
class Line implements EventText {
  readonly #body: Buffer;
  readonly #number: number;
  readonly bytes: { readonly start: number; readonly end: number };

  constructor(body: Buffer, number: number, start: number, end: number) {
    this.#body = body;
    this.#number = number;
    this.bytes = { start, end };
  }

  get text(): string {
    return this.#body.toString('utf8', this.bytes.start, this.bytes.end).trim();
  }

  get place(): string {
    return `line ${this.#number}`;
  }
}

function* lines(body: Buffer): Iterable<EventText> {
  let number = 0;
  let from = startsWithMark(body) ? byteOrderMark.length : 0;
  while (from < body.length) {
    const lineFeedAt = body.indexOf(lineFeed, from);
    const until = lineFeedAt === -1 ? body.length : lineFeedAt;
    const start = firstVisible(body, from, until);
    const line = new Line(body, ++number, start, lastVisible(body, start, until) + 1);
    // There are blanks beyond ASCII too.
    const mayBeBlank = (body[start] ?? 0) > 0x7f;
    if (start < until && !(mayBeBlank && line.text === '')) yield line;
    from = until + 1;
  }
}

function startsWithMark(body: Buffer): boolean {
  return byteOrderMark.every((byte, index) => body[index] === byte);
}

/** The first byte that is no blank; `until` when there is none. */
function firstVisible(body: Buffer, from: number, until: number): number {
  let at = from;
  while (at < until && isBlank(body[at])) at += 1;
  return at;
}

function lastVisible(body: Buffer, from: number, until: number): number {
  let at = until - 1;
  while (at > from && isBlank(body[at])) at -= 1;
  return at;
}

function isBlank(byte = 0): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function* arrayElements(text: string): Iterable<EventText> {
  const structural = /["[\]{},]/g;
  const open = text.indexOf('[');
  let number = 0;
  let depth = 0;
  let start = open + 1;
  structural.lastIndex = open;
  for (let match = structural.exec(text); match !== null; match = structural.exec(text)) {
    const at = match.index;
    switch (match[0]) {
      case '"':
        structural.lastIndex = endOfString(text, at, number + 1);
        continue;
      case '[':
      case '{':
        depth += 1;
        continue;
      case ',':
        if (depth !== 1) continue;
        break;
      default:
        depth -= 1;
        if (depth > 0) continue;
    }
    const element = text.slice(start, at).trim();
    number += 1;
    start = at + 1;
    const isEnd = depth === 0;
    if (isEnd) assertEnd(text, start);
    if (isEnd && number === 1 && element === '') return;
    yield { text: element, place: `element ${number}`, bytes: undefined };
    if (isEnd) return;
  }
  throw new AppError('input_invalid', 'the array is not closed: the body ends before its `]`');
}

/** The index behind the quote that ends the string which begins at `at`. */
function endOfString(text: string, at: number, element: number): number {
  let quote = text.indexOf('"', at + 1);
  while (quote !== -1 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  if (quote === -1) {
    throw new AppError('input_invalid', `element ${element}: a string is not closed`);
  }
  return quote + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

function assertEnd(text: string, from: number): void {
  const rest = text.slice(from).trim();
  if (rest === '') return;
  const got = JSON.stringify(rest.slice(0, 20));
  throw new AppError('input_invalid', `nothing may follow the array, got ${got}`);
}

function assertSize(piece: EventText, bytesMax: number): void {
  const { bytes } = piece;
  const sizeBytes = bytes ? bytes.end - bytes.start : Buffer.byteLength(piece.text);
  if (sizeBytes <= bytesMax) return;
  throw new AppError(
    'too_large',
    `${piece.place}: an event must be at most ${bytesMax} bytes, got ${sizeBytes}`,
  );
}

function tooMany(eventsMax: number): AppError {
  return new AppError('too_large', `a request must hold at most ${eventsMax} events, got more`);
}

/** Names the first line that is not UTF-8. */
function notUtf8(body: Buffer): AppError {
  let number = 1;
  let start = 0;
  for (let end = body.indexOf(10); end !== -1; end = body.indexOf(10, start)) {
    if (!isUtf8(body.subarray(start, end))) break;
    number += 1;
    start = end + 1;
  }
  return new AppError('input_invalid', `line ${number}: not valid UTF-8`);
}
