import type { Position, StreamName } from '../../core/stream.ts';
import { timedEvents } from '../../core/timed-block.ts';
import type { Window } from '../../core/window.ts';
import type { EventBlock, EventStore } from '../../store/event-store.ts';

export interface Range {
  /** Undefined: whenever they occurred. */
  readonly window: Window | undefined;
  readonly first: Position;
  readonly last: Position;
}

interface Exporting {
  readonly store: EventStore;
  readonly stream: StreamName;
  readonly range: Range;
  readonly encode: (json: string) => string;
}

const pageLimits = { events: 5000, bytes: 4 * 1024 ** 2 };

/** The events of the range as lines, some thousands at a time, up to the head at the beginning. */
export async function* exportedLines(
  exporting: Exporting,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { encode, range } = exporting;
  const pages =
    range.window === undefined ? byPosition(exporting) : byTime(exporting, range.window, signal);
  for await (const page of pages) {
    signal.throwIfAborted();
    if (page.length > 0) yield page.map((json) => `${encode(json)}\n`).join('');
  }
}

async function* byPosition({ store, stream, range }: Exporting): AsyncGenerator<readonly string[]> {
  const head = (await store.streamInfo(stream))?.headPosition ?? 0;
  const last = Math.min(range.last, head);
  let after = range.first - 1;
  while (after < last) {
    const { blocks } = await store.readAfter(stream, after, pageLimits);
    const end = blocks.at(-1)?.lastPosition;
    if (end === undefined) return;
    yield blocks.flatMap((block) => eventsUpTo(block, last));
    after = end;
  }
}

function eventsUpTo({ firstPosition, ndjson }: EventBlock, last: Position): readonly string[] {
  const texts = ndjson.toString('utf8').split('\n');
  texts.pop();
  return texts.slice(0, Math.max(0, last - firstPosition + 1));
}

async function* byTime(
  { store, stream, range }: Exporting,
  window: Window,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  for await (const block of store.readWindow(stream, window, signal)) {
    yield [...timedEvents(block)]
      .filter(({ position }) => position >= range.first && position <= range.last)
      .map(({ json }) => json);
  }
}
