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
  /** Called for positions of the range that retention has dropped, before the lines behind them. */
  readonly onLost: (lost: Lost) => void;
}

export interface Lost {
  readonly first: Position;
  readonly last: Position;
  /** Time of the oldest event that is left, if any. */
  readonly retainedFromMs: number | undefined;
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

async function* byPosition({
  store,
  stream,
  range,
  onLost,
}: Exporting): AsyncGenerator<readonly string[]> {
  const head = (await store.streamInfo(stream))?.headPosition ?? 0;
  const last = Math.min(range.last, head);
  let after = range.first - 1;
  while (after < last) {
    const { blocks, lost } = await store.readAfter(stream, after, pageLimits);
    if (lost !== undefined) {
      const [first, end] = [lost.firstPosition, Math.min(last, lost.lastPosition)];
      onLost({ first, last: end, retainedFromMs: lost.untilMs });
    }
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
  exporting: Exporting,
  window: Window,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  const { store, stream, range } = exporting;
  let end = range.first - 1;
  for await (const block of store.readWindow(stream, window, signal)) {
    const [first = 0, last = 0] = [block.positions[0], block.positions.at(-1)];
    await sayLost(exporting, window, end, first);
    end = Math.max(end, last);
    yield [...timedEvents(block)]
      .filter(({ position }) => position >= range.first && position <= range.last)
      .map(({ json }) => json);
  }
  await sayLost(exporting, window, end, Infinity);
}

/**
 * What stands between two blocks is outside the window, or was dropped, maybe just now. Of what was
 * dropped nobody knows the times, except that the events that are left are mostly later.
 */
async function sayLost(
  { store, stream, range, onLost }: Exporting,
  { fromMs }: Window,
  after: Position,
  before: Position,
): Promise<void> {
  const first = after + 1;
  if (first >= Math.min(before, range.last + 1)) return;
  const info = await store.streamInfo(stream);
  if (info === undefined || info.firstRetainedPosition <= first) return;
  const { firstRetainedPosition, oldestEventMs: retainedFromMs } = info;
  if (retainedFromMs !== undefined && fromMs >= retainedFromMs) return;
  const last = Math.min(firstRetainedPosition - 1, before - 1, range.last);
  onLost({ first, last, retainedFromMs });
}
