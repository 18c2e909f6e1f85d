import type { JsonValue } from '../../core/json.ts';
import { AppError } from '../../core/errors.ts';
import type { HttpAnswer } from '../../lib/http-client.ts';
import { describeAnswer } from '../../wire/answers.ts';
import { parseExactly } from '../exact-json.ts';
import { cutElements, type PageElement } from './page-elements.ts';

/** What an answer of the Events API holds, in whichever of its shapes it came. */
export interface Envelope {
  readonly elements: readonly PageElement[];
  readonly tracker: string | undefined;
  readonly nextPageExists: boolean | undefined;
}

/**
 * Opens an answer: `{"events":[…]}`, a bare array, or lines of text (the document leaves open which;
 * all three are in use). Throws `source_misbehaved` for everything else, an HTML page first of all.
 */
export function openEnvelope(answer: HttpAnswer): Envelope {
  const text = answer.body.toString('utf8').replace(/^\uFEFF/, '');
  const start = /\S/.exec(text)?.[0];
  if (start === '{' || start === '[') return openJson(answer, text);
  if (/^\s*<(?:!|\?|[a-z])/i.test(text)) throw unexpected(answer);
  return openLines(answer, text);
}

function openJson(answer: HttpAnswer, text: string): Envelope {
  const cut = cutElements(text);
  const rest = cut && readEnvelope(parse(cut.rest));
  // With elements left the page was cut in a list that only looked like the events.
  if (cut !== undefined && rest?.elements.length === 0) return { ...rest, elements: cut.elements };
  const envelope = readEnvelope(parse(text) ?? (isText(answer) ? parseLines(text) : undefined));
  if (envelope === undefined) throw unexpected(answer);
  return envelope;
}

/** Undefined for what holds no events. */
function readEnvelope(body: JsonValue | undefined): Envelope | undefined {
  if (Array.isArray(body)) return bareElements(body);
  if (typeof body !== 'object' || body === null || !('events' in body)) return undefined;
  const { events, tracker, nextPageExists } = body;
  if (!Array.isArray(events)) return undefined;
  return {
    ...bareElements(events),
    tracker: typeof tracker === 'string' || typeof tracker === 'number' ? `${tracker}` : undefined,
    nextPageExists: readBoolean(nextPageExists),
  };
}

function bareElements(values: readonly JsonValue[]): Envelope {
  const elements = values.map((value) => ({ value, text: undefined }));
  return { elements, tracker: undefined, nextPageExists: undefined };
}

/** Undefined for what is no JSON. */
function parse(text: string): JsonValue | undefined {
  try {
    return parseExactly(text);
  } catch {
    return undefined;
  }
}

/** One JSON object per line; undefined when any line is something else. */
function parseLines(text: string): JsonValue[] | undefined {
  try {
    return splitLines(text).map((line) => parseExactly(line));
  } catch {
    return undefined;
  }
}

/** An unfinished last line means that the answer was cut off on its way. */
function openLines(answer: HttpAnswer, text: string): Envelope {
  if (!isText(answer) || !/(?:^|\n)$/.test(text)) throw unexpected(answer);
  return bareElements(splitLines(text));
}

function splitLines(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}

function isText({ headers }: HttpAnswer): boolean {
  return /^\s*(?:text\/plain|application\/(?:x-)?ndjson)\b/i.test(
    headers.get('content-type') ?? '',
  );
}

function readBoolean(value: JsonValue | undefined): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'True') return true;
  return value === 'false' || value === 'False' ? false : undefined;
}

function unexpected(answer: HttpAnswer): AppError {
  return new AppError('source_misbehaved', `expected events, got ${describeAnswer(answer)}`);
}
