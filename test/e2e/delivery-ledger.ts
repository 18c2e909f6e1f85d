import { createHash } from 'node:crypto';
import { once, EventEmitter } from 'node:events';
import type { StreamName } from '../../src/core/stream.ts';
import type { StandEvent } from './wire-sink-stand.ts';

interface Expected {
  readonly index: number;
  readonly digest: string;
}

interface StreamLedger {
  readonly byId: ReadonlyMap<string, Expected>;
  readonly arrivals: Uint16Array;
  /** Of the events that came for the first time, the highest. */
  newest: number;
}

const problemsKept = 10;

/**
 * What a receiver has got of the events that it is to get, without keeping them. An event must come
 * under its own id with its own line, and for the first time only behind those before it: `disorder`
 * says by how many places it may come too late, for receivers that take a batch in parts.
 */
export class DeliveryLedger {
  readonly problems: string[] = [];
  readonly #streams = new Map<StreamName, StreamLedger>();
  readonly #disorder: number;
  readonly #arrived = new EventEmitter();
  #first = 0;
  #repeats = 0;

  constructor(
    expected: ReadonlyMap<StreamName, readonly StandEvent[]>,
    { disorder = 0 }: { readonly disorder?: number } = {},
  ) {
    this.#disorder = disorder;
    for (const [stream, events] of expected) {
      const byId = new Map(
        events.map(({ id, line }, index) => [id, { index, digest: digestOf(line) }]),
      );
      this.#streams.set(stream, { byId, arrivals: new Uint16Array(events.length), newest: -1 });
    }
  }

  /** Different events that came. */
  get first(): number {
    return this.#first;
  }

  /** Events that came once more, under the id that they had. */
  get repeats(): number {
    return this.#repeats;
  }

  take(stream: string | undefined, id: string | undefined, line: string): void {
    const ledger = [...this.#streams].find(([name]) => name === stream)?.[1];
    const expected = ledger?.byId.get(id ?? '');
    if (!ledger || !expected) {
      this.#complain(`${stream} ${id} is not expected`);
      return;
    }
    const { index, digest } = expected;
    if (digestOf(line) !== digest) this.#complain(`${stream} ${id} came with another line`);
    const before = ledger.arrivals[index] ?? 0;
    ledger.arrivals[index] = before + 1;
    if (before > 0) {
      this.#repeats += 1;
      return;
    }
    this.#first += 1;
    if (index < ledger.newest - this.#disorder) {
      this.#complain(`${stream} ${id}, number ${index}, came behind number ${ledger.newest}`);
    }
    ledger.newest = Math.max(ledger.newest, index);
    this.#arrived.emit('event');
  }

  /** Resolves when so many different events have come. */
  async reached(count: number): Promise<void> {
    while (this.#first < count) await once(this.#arrived, 'event');
  }

  /** The numbers of those that have not come, by stream. */
  missing(stream: StreamName): readonly number[] {
    const { arrivals } = this.#streams.get(stream) ?? { arrivals: new Uint16Array() };
    return [...arrivals.entries()].flatMap(([index, count]) => (count === 0 ? [index] : []));
  }

  #complain(problem: string): void {
    if (this.problems.length < problemsKept) this.problems.push(problem);
  }
}

function digestOf(line: string): string {
  return createHash('sha1').update(line).digest('base64');
}
