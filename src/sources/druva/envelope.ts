import { isUtf8 } from 'node:buffer';
import type { JsonValue } from '../../core/json.ts';
import { AppError } from '../../core/errors.ts';
import type { HttpAnswer } from '../../lib/http-client.ts';
import { describeAnswer } from '../../wire/answers.ts';
import { isJsonObject, parseExactly } from '../exact-json.ts';
import { cutLines, PageCutter, type PageElements } from './page-elements.ts';

/** What an answer of the Events API holds, in whichever of its shapes it came. */
export interface Envelope {
  readonly elements: PageElements;
  readonly tracker: string | undefined;
  readonly nextPageExists: boolean | undefined;
}

const [openBrace, openBracket, openAngle, colon, comma] = [0x7b, 0x5b, 0x3c, 0x3a, 0x2c];
const byteOrderMark = Buffer.from('\uFEFF');
const eventsKey = Buffer.from('"events"');

/**
 * Opens an answer: `{"events":[…]}`, a bare array, or lines of text (the document leaves open which;
 * all three are in use). Throws `source_misbehaved` for everything else, an HTML page first of all.
 * The elements stand in the memory of the answer's body.
 */
export function openEnvelope(answer: HttpAnswer): Envelope {
  const bytes = utf8Of(answer.body);
  const cutter = new PageCutter(bytes);
  const at = cutter.visibleAt(0);
  const first = bytes[at];
  if (first === openAngle && isMarkup(bytes, at)) throw unexpected(answer);
  const isJson = first === openBrace || first === openBracket;
  const opened = isJson ? openJson(bytes, at, cutter) : undefined;
  const envelope = opened ?? openLines(answer, bytes, isJson);
  if (envelope === undefined) throw unexpected(answer);
  return envelope;
}

/** Without a byte order mark; what is not UTF-8 is replaced, character by character. */
function utf8Of(body: Buffer): Buffer {
  const bytes = isUtf8(body) ? body : Buffer.from(body.toString('utf8'));
  const isMarked = bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark);
  return isMarked ? bytes.subarray(byteOrderMark.length) : bytes;
}

/** Undefined for what holds no list of events. */
function openJson(bytes: Buffer, at: number, cutter: PageCutter): Envelope | undefined {
  const listAt = bytes[at] === openBracket ? at : eventsAt(bytes, at, cutter);
  const list = listAt === undefined ? undefined : cutter.list(listAt);
  if (list === undefined) return undefined;
  const rest = parse(`${bytes.toString('utf8', at, listAt)}[]${bytes.toString('utf8', list.end)}`);
  const { elements } = list;
  if (Array.isArray(rest)) return { elements, tracker: undefined, nextPageExists: undefined };
  if (rest === undefined || !isJsonObject(rest)) return undefined;
  const { events, tracker, nextPageExists } = rest;
  // A second list of that name would be the one that counts.
  if (!Array.isArray(events) || events.length > 0) return undefined;
  return {
    elements,
    tracker: typeof tracker === 'string' || typeof tracker === 'number' ? `${tracker}` : undefined,
    nextPageExists: readBoolean(nextPageExists),
  };
}

/** Where the value of the outermost object's `events` begins. */
function eventsAt(bytes: Buffer, objectAt: number, cutter: PageCutter): number | undefined {
  let keyAt = cutter.visibleAt(objectAt + 1);
  for (;;) {
    const keyEnd = cutter.endOfValue(keyAt);
    const colonAt = cutter.visibleAt(keyEnd);
    if (keyEnd === -1 || bytes[colonAt] !== colon) return undefined;
    const valueAt = cutter.visibleAt(colonAt + 1);
    if (bytes.subarray(keyAt, keyEnd).equals(eventsKey)) return valueAt;
    const valueEnd = cutter.endOfValue(valueAt);
    const commaAt = cutter.visibleAt(valueEnd);
    if (valueEnd === -1 || bytes[commaAt] !== comma) return undefined;
    keyAt = cutter.visibleAt(commaAt + 1);
  }
}

/** Undefined for what is no JSON. */
function parse(text: string): JsonValue | undefined {
  try {
    return parseExactly(text);
  } catch {
    return undefined;
  }
}

/** An unfinished last line means that the answer was cut off on its way; JSON shows that by itself. */
function openLines(answer: HttpAnswer, bytes: Buffer, isJson: boolean): Envelope | undefined {
  const isWhole = isJson || bytes.length === 0 || bytes.at(-1) === 0x0a;
  if (!isText(answer) || !isWhole) return undefined;
  const elements = cutLines(bytes, isJson);
  // One object by itself may be anything: a message, an error.
  if (isJson && elements.length === 1 && !isNdjson(answer)) return undefined;
  return { elements, tracker: undefined, nextPageExists: undefined };
}

function isMarkup(bytes: Buffer, at: number): boolean {
  return /^<(?:!|\?|[a-z])/i.test(bytes.toString('latin1', at, at + 2));
}

function isText(answer: HttpAnswer): boolean {
  return isNdjson(answer) || /^\s*text\/plain\b/i.test(contentType(answer));
}

function isNdjson(answer: HttpAnswer): boolean {
  return /^\s*application\/(?:x-)?ndjson\b/i.test(contentType(answer));
}

function contentType({ headers }: HttpAnswer): string {
  return headers.get('content-type') ?? '';
}

function readBoolean(value: JsonValue | undefined): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'True') return true;
  return value === 'false' || value === 'False' ? false : undefined;
}

function unexpected(answer: HttpAnswer): AppError {
  return new AppError('source_misbehaved', `expected events, got ${describeAnswer(answer)}`);
}
