import type { StreamName } from '../../src/core/stream.ts';
import { MemoryStorage, type MemoryStream } from '../../src/testing/memory-storage.ts';
import type { Machine } from './machine.ts';

const lyingMs = [1000, 90_000] as const;

/**
 * The disk under an event store. While it lies, until the power goes, what it has reported as synced
 * is not: commits then end at any of those that were answered meanwhile. Each is there as a whole or
 * not at all, and none without those before it, as SQLite's log has it: its frames are chained by
 * checksums, and reading ends at the first that does not fit (`src/store/sqlite/lost-sync.test.ts`).
 */
export class StoreDisk {
  readonly storage = new MemoryStorage();
  /** Stored JSON that was lost, by stream. */
  readonly lost = new Map<StreamName, string[]>();
  /** Stored JSON whose delivery was forgotten; or may have been, before it was noted, and is lost. */
  readonly undelivered = new Map<StreamName, string[]>();
  /** Of a stream that was lost from its first event on: until when it was empty. */
  readonly emptyUntilMs = new Map<StreamName, number>();
  /** How often the store went back. */
  timesBack = 0;
  readonly #machine: Machine;
  /** Brings back what was before each commit that is not durable. */
  #undo: (() => void)[] = [];
  #isLying = false;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get nowMs(): number {
    return this.#machine.world.scheduler.nowMs;
  }

  /** Carries out a transaction. */
  commit<T>(what: string, act: () => T): T {
    const { name, world } = this.#machine;
    const isNew = !this.#isLying && world.chaos.happens('store lies', `${name}: ${what}`);
    if (isNew) this.#lie();
    if (this.#isLying) this.#undo.push(this.storage.snapshot());
    const result = act();
    for (const [stream, untilMs] of this.emptyUntilMs) {
      const isFilled = untilMs === Infinity && this.storage.head(stream) > 0;
      if (isFilled) this.emptyUntilMs.set(stream, this.nowMs);
    }
    return result;
  }

  /** What is there now is durable. */
  settle(): void {
    this.#undo = [];
  }

  losePower(): void {
    const details = this.#machine.world.chaos.details('power loss of the store');
    this.#isLying = false;
    const undo = this.#undo[details.integer(0, this.#undo.length)];
    this.settle();
    if (undo === undefined) return;
    const before = this.#linesByStream();
    const delivered = new Map([...this.storage.deliveries.values()].map((it) => [it.stream, it]));
    undo();
    this.timesBack += 1;
    for (const [stream, { firstPosition, lines }] of before) {
      const head = this.storage.head(stream);
      const known = [...this.storage.deliveries.values()].find((it) => it.stream === stream);
      const position = known?.position ?? 0;
      const wasDelivered = delivered.get(stream)?.position ?? 0;
      const at = (index: number) => firstPosition + index;
      const lost = lines.filter((_, index) => at(index) > head);
      const undelivered = lines.filter(
        (_, index) => at(index) > head || (position < at(index) && at(index) <= wasDelivered),
      );
      note(this.lost, stream, lost);
      if (head === 0 && lost.length > 0) this.emptyUntilMs.set(stream, Infinity);
      note(this.undelivered, stream, undelivered);
      this.#machine.world.note(
        `${this.#machine.name} store is back at ${stream} ${head}, delivered ${position}`,
      );
    }
  }

  #lie(): void {
    const { chaos, scheduler } = this.#machine.world;
    this.#isLying = true;
    const details = chaos.details('lying store');
    scheduler.at(scheduler.nowMs + details.integer(...lyingMs), () => {
      if (!chaos.isOver && this.#isLying) this.#machine.crash('power loss');
      else this.settle();
    });
  }

  #linesByStream() {
    return new Map([...this.storage.streams].map(([name, stream]) => [name, linesOf(stream)]));
  }
}

function linesOf({ firstRetainedPosition: firstPosition, segments }: MemoryStream) {
  const lines = segments.flatMap(({ events }) => events.map(({ json }) => json));
  return { firstPosition, lines };
}

function note(map: Map<StreamName, string[]>, stream: StreamName, lines: readonly string[]): void {
  map.set(stream, [...(map.get(stream) ?? []), ...lines]);
}
