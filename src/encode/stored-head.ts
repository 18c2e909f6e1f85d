import { isAt } from '../lib/is-at.ts';

const [zero, nine, quote, backslash, openBrace] = [0x30, 0x39, 0x22, 0x5c, 0x7b];
const idStart = Buffer.from('{"id":"');
const timeStart = Buffer.from('","occurredAtMs":');
const typeStart = Buffer.from(',"type":"');
const severityStart = Buffer.from('","severity":');
const fieldsStart = Buffer.from(',"fields":');
const originalStart = Buffer.from(',"original":"');

/** Reads what stands before the fields in the bytes of a stored event: see `toStoredEvent`. */
export class StoredHead {
  occurredAtMs = 0;
  /** The bytes of its digits: from `timeStart` to before `timeEnd`. */
  timeStart = 0;
  timeEnd = 0;
  severity = 0;
  /** The bytes of the id, which holds no escapes: from `idStart` to before `idEnd`. */
  idStart = 0;
  idEnd = 0;
  /** The bytes of the type's text, which holds no escapes: from `typeStart` to before `typeEnd`. */
  typeStart = 0;
  typeEnd = 0;

  /** Where the fields' object begins; -1 when the event has an original or is not quite ordinary. */
  read(stored: Buffer, start: number): number {
    const at = behind(stored, this.#readHead(stored, start), fieldsStart);
    return stored[at] === openBrace ? at : -1;
  }

  /** Where the text of the original begins; -1 when there is none or the event is not quite ordinary. */
  readOriginal(stored: Buffer, start: number): number {
    return behind(stored, this.#readHead(stored, start), originalStart);
  }

  #readHead(stored: Buffer, start: number): number {
    const timeEnd = this.readTime(stored, start);
    this.typeStart = behind(stored, timeEnd, typeStart);
    this.typeEnd = textEnd(stored, this.typeStart);
    const at = behind(stored, this.typeEnd, severityStart);
    const severityEnd = digitsEnd(stored, at);
    this.severity = numberIn(stored, at, severityEnd);
    return severityEnd;
  }

  /** Sets the time alone. Answers where it ends; -1 when the event is not quite ordinary. */
  readTime(stored: Buffer, start: number): number {
    this.idStart = behind(stored, start, idStart);
    this.idEnd = textEnd(stored, this.idStart);
    this.timeStart = behind(stored, this.idEnd, timeStart);
    this.timeEnd = digitsEnd(stored, this.timeStart);
    this.occurredAtMs = numberIn(stored, this.timeStart, this.timeEnd);
    return this.timeEnd;
  }
}

/** Where `wanted`, which must begin at `at`, ends; -1 when something else is there. */
function behind(bytes: Buffer, at: number, wanted: Buffer): number {
  return at !== -1 && isAt(bytes, at, wanted) ? at + wanted.length : -1;
}

/** The end of a text without escapes; -1 when there is one in it. */
function textEnd(bytes: Buffer, start: number): number {
  if (start === -1) return -1;
  let at = start;
  while (at < bytes.length && bytes[at] !== quote && bytes[at] !== backslash) at += 1;
  return bytes[at] === quote ? at : -1;
}

/** -1 when there is no digit. */
function digitsEnd(bytes: Buffer, start: number): number {
  if (start === -1) return -1;
  let end = start;
  for (let byte = bytes[end] ?? 0; byte >= zero && byte <= nine; byte = bytes[end] ?? 0) end += 1;
  return end === start ? -1 : end;
}

function numberIn(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 10 + ((bytes[at] ?? zero) - zero);
  return value;
}
