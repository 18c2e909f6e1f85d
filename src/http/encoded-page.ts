import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseStoredEvent } from '../core/event.ts';
import type { LineWriter } from '../encode/cef/write-vendor-cef.ts';
import type { Encoder, Format } from '../encode/encoder.ts';
import { quoteLine } from '../encode/json/quote-line.ts';
import type { EventBlock } from '../store/event-store.ts';
import { TextSink } from './text-sink.ts';

/**
 * How a page's body is laid out. `envelope`: `{"events":[…]}`. `lines`: one event per line, each
 * ended by LF. `stored`: the same with the stored bytes, untouched.
 */
export type Layout = 'envelope' | 'lines' | 'stored';

const envelopeStart = '{"events":[';
const envelopeEnd = ']}';

/** Events encoded between two turns of the event loop: a few milliseconds of work. */
const eventsPerTurn = 1000;

export interface Writing {
  readonly layout: 'envelope' | 'lines';
  readonly format: Format;
  readonly encode: Encoder;
  /** Writes what `encode` would, from the stored bytes; undefined where nothing can. */
  readonly lineWriter?: LineWriter | undefined;
}

/** The body of a page with the events of `blocks`. Lets others be served in between. */
export async function writePage(blocks: readonly EventBlock[], writing: Writing): Promise<Buffer> {
  const isEnvelope = writing.layout === 'envelope';
  const sink = new TextSink(blocks.reduce((bytes, { ndjson }) => bytes + ndjson.byteLength, 64));
  if (isEnvelope) sink.write(envelopeStart);
  let events = 0;
  for (const { ndjson, start, end } of storedLines(blocks)) {
    if (isEnvelope && events > 0) sink.write(',');
    const { lineWriter } = writing;
    if (lineWriter === undefined || !sink.writeLine(lineWriter, ndjson, start, end)) {
      sink.write(writeElement(writing, ndjson.toString('utf8', start, end)));
    }
    if (!isEnvelope) sink.write('\n');
    events += 1;
    // eslint-disable-next-line no-await-in-loop -- the pause between two pieces of work is the point
    if (events % eventsPerTurn === 0) await nextTurn();
  }
  if (isEnvelope) sink.write(envelopeEnd);
  return sink.finish();
}

/** A page that begins with `element` and goes on as `body`, which `writePage` wrote. */
export function prependElement(element: string, body: Buffer, layout: Layout): Buffer {
  if (layout !== 'envelope') return Buffer.concat([Buffer.from(`${element}\n`), body]);
  const rest = body.subarray(envelopeStart.length);
  const comma = rest.length > envelopeEnd.length ? ',' : '';
  return Buffer.concat([Buffer.from(`${envelopeStart}${element}${comma}`), rest]);
}

/** One event as it stands in the page. CEF and Syslog lines are JSON strings in an envelope. */
export function writeElement({ layout, format, encode }: Writing, json: string): string {
  const line = encode(parseStoredEvent(json));
  return layout === 'envelope' && format !== 'json' ? quoteLine(line) : line;
}

const lineFeed = 10;

interface StoredLine {
  readonly ndjson: Buffer;
  readonly start: number;
  readonly end: number;
}

function* storedLines(blocks: readonly EventBlock[]): Iterable<StoredLine> {
  for (const { ndjson } of blocks) {
    let start = 0;
    for (let end = ndjson.indexOf(lineFeed); end !== -1; end = ndjson.indexOf(lineFeed, start)) {
      yield { ndjson, start, end };
      start = end + 1;
    }
  }
}
