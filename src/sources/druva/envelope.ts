import type { JsonValue } from '../../core/json.ts';
import { AppError } from '../../core/errors.ts';
import type { HttpAnswer } from '../../lib/http-client.ts';
import { describeAnswer } from '../answer-errors.ts';
import { parseExactly } from '../exact-json.ts';

/** What an answer of the Events API holds, in whichever of its shapes it came. */
export interface Envelope {
  /** JSON objects, or CEF or Syslog lines; whatever else stands there comes as it is. */
  readonly elements: readonly JsonValue[];
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
  const body = parse(answer, text);
  if (Array.isArray(body)) return { elements: body, tracker: undefined, nextPageExists: undefined };
  if (typeof body !== 'object' || body === null || !('events' in body)) throw unexpected(answer);
  const { events, tracker, nextPageExists } = body;
  if (!Array.isArray(events)) throw unexpected(answer);
  return {
    elements: events,
    tracker: typeof tracker === 'string' || typeof tracker === 'number' ? `${tracker}` : undefined,
    nextPageExists: readBoolean(nextPageExists),
  };
}

function parse(answer: HttpAnswer, text: string): JsonValue {
  try {
    return parseExactly(text);
  } catch {
    const lines = isText(answer) ? parseLines(text) : undefined;
    if (lines === undefined) throw unexpected(answer);
    return lines;
  }
}

/** One JSON object per line; undefined when any line is something else. */
function parseLines(text: string): JsonValue[] | undefined {
  try {
    return splitLines(text).map(parseExactly);
  } catch {
    return undefined;
  }
}

/** An unfinished last line means that the answer was cut off on its way. */
function openLines(answer: HttpAnswer, text: string): Envelope {
  if (!isText(answer) || !/(?:^|\n)$/.test(text)) throw unexpected(answer);
  return { elements: splitLines(text), tracker: undefined, nextPageExists: undefined };
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
