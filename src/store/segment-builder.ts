import type { Position } from '../core/stream.ts';
import { countLines, wholeLinesBytes } from '../lib/ndjson.ts';
import type { SegmentContent } from './segment.ts';

/** What a segment should hold, in bytes of NDJSON. Only a single event may make it larger. */
export const segmentBytesTarget = 1024 ** 2;

/** Gathers consecutive events and cuts them into segments of about `segmentBytesTarget`. */
export class SegmentBuilder {
  readonly #store: (firstPosition: Position, content: SegmentContent) => void;
  #nextPosition: Position;
  #parts: SegmentContent[] = [];
  #bytes = 0;

  constructor(
    firstPosition: Position,
    store: (firstPosition: Position, content: SegmentContent) => void,
  ) {
    this.#nextPosition = firstPosition;
    this.#store = store;
  }

  add({ ndjson, timesMs }: SegmentContent): void {
    let [restNdjson, restTimes] = [ndjson, timesMs];
    while (restTimes.length > 0) {
      const room = segmentBytesTarget - this.#bytes;
      const bytes = wholeLinesBytes(restNdjson, room);
      if (bytes > room && this.#bytes > 0) {
        this.flush();
        continue;
      }
      const part = restNdjson.subarray(0, bytes);
      const count = part.length === restNdjson.length ? restTimes.length : countLines(part);
      this.#parts.push({ ndjson: part, timesMs: restTimes.subarray(0, count) });
      this.#bytes += bytes;
      restNdjson = restNdjson.subarray(bytes);
      restTimes = restTimes.subarray(count);
    }
  }

  /** Stores what has gathered. */
  flush(): void {
    if (this.#parts.length === 0) return;
    const content = joinSegments(this.#parts);
    this.#store(this.#nextPosition, content);
    this.#nextPosition += content.timesMs.length;
    this.#parts = [];
    this.#bytes = 0;
  }
}

export function joinSegments(parts: readonly SegmentContent[]): SegmentContent {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const timesMs = new Float64Array(parts.reduce((sum, part) => sum + part.timesMs.length, 0));
  let count = 0;
  for (const part of parts) {
    timesMs.set(part.timesMs, count);
    count += part.timesMs.length;
  }
  return { ndjson: Buffer.concat(parts.map((part) => part.ndjson)), timesMs };
}
