import type { DatabaseSync } from 'node:sqlite';
import type { Appended } from '../event-store.ts';
import { AppError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { releaseMemory } from '../../lib/release-memory.ts';
import { Appender } from './appender.ts';
import { compactStep } from './compaction.ts';
import { transaction, vacuumStep } from './database.ts';
import { toStoreError } from './errors.ts';
import { IdempotencyTable } from './idempotency-table.ts';
import { ProgressTable } from './progress-table.ts';
import { QuarantineTable } from './quarantine-table.ts';
import {
  callHandler,
  toAnswer,
  type Answer,
  type Call,
  type EncodedAppend,
  type WriterCalls,
} from './protocol.ts';
import { Removal } from './removal.ts';
import { SegmentTable } from './segment-table.ts';
import { StreamTable } from './stream-table.ts';

/** Calls that share a commit, and how much of them: bounds how long a reader of the head waits. */
const groupable = new Set(['append', 'saveCheckpoint', 'saveDelivery']);
const groupCallsMax = 512;
const groupBytesMax = 8 * 1024 ** 2;
/** Thrown before anything is written: what the call asked for is not done, and nothing is amiss. */
const refusals: ReadonlySet<ErrorCode> = new Set(['input_invalid', 'quarantine_full']);

/**
 * Works off what the worker is asked to write, in the order of arrival. Small calls that have
 * arrived meanwhile go into one commit together, and every one is answered behind it.
 */
export class Writer {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #post: (answers: readonly Answer[]) => void;
  readonly #queue: Call[] = [];
  readonly #appender: Appender;
  readonly #handlers: WriterCalls;
  #nowMs = 0;
  /** Of the appends in the group at hand. */
  readonly #spent = new Set<ArrayBuffer>();

  constructor(database: DatabaseSync, file: string, post: (answers: readonly Answer[]) => void) {
    this.#database = database;
    this.#file = file;
    this.#post = post;
    const streams = new StreamTable(database);
    const segments = new SegmentTable(database);
    const progress = new ProgressTable(database);
    const idempotency = new IdempotencyTable(database);
    const quarantine = new QuarantineTable(database);
    const tables = { streams, segments, progress, quarantine, idempotency };
    this.#appender = new Appender(database, tables);
    const removal = new Removal(database, tables);
    this.#handlers = {
      append: (append) => this.#append(append),
      saveCheckpoint: (checkpoint) => progress.saveCheckpoint(checkpoint),
      saveDelivery: ({ refused, ...delivery }) => {
        quarantine.add(delivery.sink, delivery.stream, refused);
        progress.saveDelivery(delivery);
      },
      removeQuarantined: ({ sink, stream, positions }) =>
        transaction(database, () => quarantine.remove(sink, stream, positions)),
      compactStep: (from) => transaction(database, () => compactStep(streams, segments, from)),
      trimStep: ({ stream, beforeMs }) => removal.trimStep(stream, beforeMs),
      dropStream: (stream) => removal.dropStream(stream),
      purgeStep: (nowMs) => {
        const hasRemoved = removal.purgeStep(nowMs);
        if (hasRemoved) this.#appender.forget();
        return hasRemoved;
      },
      vacuumStep: (pagesLeft) => vacuumStep(database, pagesLeft),
      close: () => database.close(),
    };
  }

  accept(call: Call): void {
    this.#queue.push(call);
    // Behind the messages that have arrived already: they come into the same group.
    if (this.#queue.length === 1) setImmediate(() => this.#work());
  }

  #work(): void {
    const group = nextGroup(this.#queue);
    this.#post(this.#answers(group));
    this.#queue.splice(0, group.length);
    for (const memory of this.#spent) releaseMemory(new Uint8Array(memory));
    this.#spent.clear();
    if (this.#queue.length > 0) setImmediate(() => this.#work());
  }

  #answers(group: readonly Call[]): readonly Answer[] {
    const [first] = group;
    if (!first) return [];
    return isGroupable(first) ? this.#commit(group) : [this.#attempt(first)];
  }

  #commit(group: readonly Call[]): readonly Answer[] {
    try {
      return transaction(this.#database, () => {
        this.#appender.begin();
        const answers = group.map((call) => this.#carryOut(call));
        this.#appender.finish(this.#nowMs);
        return answers;
      });
    } catch (error) {
      this.#appender.forget();
      const failure = toStoreError(error, this.#file);
      // Nothing of the group is stored. One by one, only those fail that cannot be stored; but
      // where the whole file is out of reach, each would wait in vain.
      const isHopeless = group.length === 1 || failure.code === 'store_unavailable';
      if (!isHopeless) return group.flatMap((call) => this.#commit([call]));
      return group.map(({ id }) => toAnswer(id, failure));
    }
  }

  /** A refusal answers this call alone; everything else that is thrown fails the transaction. */
  #carryOut(call: Call): Answer {
    try {
      return { id: call.id, result: callHandler(this.#handlers, call) };
    } catch (error) {
      if (error instanceof AppError && refusals.has(error.code)) return toAnswer(call.id, error);
      throw error;
    }
  }

  #attempt(call: Call): Answer {
    try {
      return { id: call.id, result: callHandler(this.#handlers, call) };
    } catch (error) {
      return toAnswer(call.id, toStoreError(error, this.#file));
    }
  }

  #append(append: EncodedAppend): Appended {
    this.#nowMs = Math.max(this.#nowMs, append.nowMs);
    this.#spent.add(append.ndjson.buffer);
    return this.#appender.append(append);
  }
}

function isGroupable(call: Call): boolean {
  return groupable.has(call.kind);
}

/** The first calls that can share a commit, or one that cannot. */
function nextGroup(queue: readonly Call[]): readonly Call[] {
  let [length, bytes] = [0, 0];
  for (const call of queue.slice(0, groupCallsMax)) {
    bytes += call.sizeBytes;
    if (length > 0 && (!isGroupable(call) || bytes > groupBytesMax)) break;
    length++;
    if (!isGroupable(call)) break;
  }
  return queue.slice(0, length);
}
