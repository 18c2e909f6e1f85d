import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseStoredEvent } from '../core/event.ts';
import type { Encoder, Format } from '../encode/encoder.ts';
import { quoteLine } from '../encode/json/quote-line.ts';
import type { EventBlock } from '../store/event-store.ts';

/**
 * How a page's body is laid out. `envelope`: `{"events":[…]}`. `lines`: one event per line, each
 * ended by LF. `stored`: the same with the stored bytes, untouched.
 */
export type Layout = 'envelope' | 'lines' | 'stored';

export const envelopeStart = '{"events":[';
const envelopeEnd = ']}';

/** Events encoded between two turns of the event loop: a few milliseconds of work. */
const eventsPerTurn = 1000;

export interface Writing {
  readonly layout: 'envelope' | 'lines';
  readonly format: Format;
  readonly encode: Encoder;
}

/** The body of a page that holds `blocks`, which end after `limit` events at the latest. */
export async function writePage(
  blocks: readonly EventBlock[],
  writing: Writing,
): Promise<Buffer> {
  const separator = writing.layout === 'envelope' ? ',' : '\n';
  const pieces: Buffer[] = writing.layout === 'envelope' ? [Buffer.from(envelopeStart)] : [];
  let isFirst = true;
  for (const block of blocks) {
    const lines = linesOf(block);
    for (let start = 0; start < lines.length; start += eventsPerTurn) {
      const elements = lines
        .slice(start, start + eventsPerTurn)
        .map((json) => writeElement(writing, json));
      pieces.push(Buffer.from((isFirst ? '' : separator) + elements.join(separator)));
      isFirst = false;
      // eslint-disable-next-line no-await-in-loop -- others are to be served between two pieces
      await nextTurn();
    }
  }
  const end = writing.layout === 'envelope' ? envelopeEnd : isFirst ? '' : '\n';
  return Buffer.concat([...pieces, Buffer.from(end)]);
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

function linesOf({ ndjson }: EventBlock): string[] {
  const lines = ndjson.toString('utf8').split('\n');
  lines.pop(); // what stands behind the last LF: nothing
  return lines;
}
