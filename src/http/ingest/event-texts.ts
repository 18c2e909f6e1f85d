import { isUtf8 } from 'node:buffer';
import { AppError } from '../../core/errors.ts';

/** The JSON text of one event in a body, and where it stood. */
export interface EventText {
  readonly text: string;
  /** `line 3`, or `element 3` of an array. */
  readonly place: string;
}

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
  const text = body.toString('utf8').replace(/^\uFEFF/, '');
  const isArray = /^\s*\[/.test(text);
  const pieces = isArray ? arrayElements(text) : lines(text);
  let events = 0;
  for (const piece of pieces) {
    if (++events > limits.events) throw tooMany(limits.events);
    // A character takes three bytes of UTF-8 at most, so most texts need no counting.
    if (piece.text.length * 3 > limits.eventBytes) assertSize(piece, limits.eventBytes);
    yield piece;
  }
}

function* lines(text: string): Iterable<EventText> {
  let number = 0;
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end === -1 ? text.length : end).trim();
    number += 1;
    if (line !== '') yield { text: line, place: `line ${number}` };
    if (end === -1) return;
    start = end + 1;
  }
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
    yield { text: element, place: `element ${number}` };
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

function assertSize({ text, place }: EventText, bytesMax: number): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= bytesMax) return;
  throw new AppError(
    'too_large',
    `${place}: an event must be at most ${bytesMax} bytes, got ${bytes}`,
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
