import type { Position } from './stream.ts';

/** Events of one segment that lie in a time window, as bytes: a million strings fill a heap. */
export interface TimedBlock {
  /** One event's JSON per line, each line ended by LF; UTF-8; exactly the bytes that were appended. */
  readonly ndjson: Buffer;
  /** Of each line; rising. */
  readonly positions: Float64Array;
  /** Of each line, when it occurred, epoch milliseconds. */
  readonly timesMs: Float64Array;
}

export interface TimedEvent {
  readonly position: Position;
  readonly occurredAtMs: number;
  readonly json: string;
}

/** Where an event's JSON stands in its block, the LF left out. */
export interface TimedLine {
  readonly position: Position;
  readonly occurredAtMs: number;
  readonly start: number;
  readonly end: number;
}

const lineFeed = 0x0a;

export function* timedLines({ ndjson, positions, timesMs }: TimedBlock): Iterable<TimedLine> {
  let start = 0;
  for (const [line, position] of positions.entries()) {
    const end = ndjson.indexOf(lineFeed, start);
    yield { position, occurredAtMs: timesMs[line] ?? Number.NaN, start, end };
    start = end + 1;
  }
}

/** The block's events as text, for those who look at a few. */
export function* timedEvents(block: TimedBlock): Iterable<TimedEvent> {
  for (const { position, occurredAtMs, start, end } of timedLines(block)) {
    yield { position, occurredAtMs, json: block.ndjson.toString('utf8', start, end) };
  }
}
