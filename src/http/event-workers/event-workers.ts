import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { AppError, errorMessage } from '../../core/errors.ts';
import { workerEnvironment } from '../../lib/worker-environment.ts';
import type { Answer, Call, EventWorkerCalls, EventWorkerStart, WorkerError } from './protocol.ts';

/** Bytes are all that a worker holds, and they live elsewhere. */
const maxYoungGenerationSizeMb = 4;

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: AppError) => void;
}

export interface EventWorkersParts {
  readonly start: EventWorkerStart;
  readonly log: Logger;
  readonly threadsMax: number;
  /** How long a thread stays without work. */
  readonly idleMs: number;
  /** Aborts when no more threads are to be started, and those without work are to end. */
  readonly closing: AbortSignal;
}

/**
 * Threads that do what would keep the main thread from its clients: reading large batches, writing
 * large pages. They are started when there is such work and end when there is none for a while, so
 * an idle service has none.
 */
export class EventWorkers {
  readonly #parts: EventWorkersParts;
  readonly #threads = new Set<EventThread>();

  constructor(parts: EventWorkersParts) {
    this.#parts = parts;
    parts.closing.addEventListener('abort', () => this.#endIdle(), { once: true });
  }

  /**
   * The result, from the thread that has least to do. Undefined, and nothing is transferred, while
   * none has started yet: the caller does the work itself. Rejects with the worker's error.
   */
  call<K extends keyof EventWorkerCalls>(
    kind: K,
    order: Parameters<EventWorkerCalls[K]>[0],
    transfer: readonly ArrayBuffer[],
  ): Promise<ReturnType<EventWorkerCalls[K]>> | undefined {
    const ready = [...this.#threads].filter(({ isReady }) => isReady);
    const [free] = ready.toSorted((one, other) => one.calls - other.calls);
    if (free === undefined || free.calls > 0) this.#startAnother();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- typed by `EventWorkerCalls`
    return free?.call(kind, order, transfer) as
      Promise<ReturnType<EventWorkerCalls[K]>> | undefined;
  }

  /** Threads there are at the moment. */
  get size(): number {
    return this.#threads.size;
  }

  #startAnother(): void {
    const { threadsMax, closing } = this.#parts;
    const isStarting = [...this.#threads].some(({ isReady }) => !isReady);
    if (isStarting || this.#threads.size >= threadsMax || closing.aborted) return;
    const thread = new EventThread(this.#parts, () => this.#threads.delete(thread));
    this.#threads.add(thread);
  }

  #endIdle(): void {
    for (const thread of this.#threads) thread.endWhenIdle();
  }
}

/** The main thread's end of one worker, which does not keep the process alive while it is idle. */
class EventThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #idleTimer: NodeJS.Timeout;
  #isEnding = false;
  #lastId = 0;
  isReady = false;

  constructor({ start, log, idleMs }: EventWorkersParts, onEnd: () => void) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: start,
      name: 'events',
      env: workerEnvironment(),
      resourceLimits: { maxYoungGenerationSizeMb },
    });
    this.#worker.unref();
    this.#idleTimer = setTimeout(() => this.#endUnlessBusy(), idleMs).unref();
    this.#worker.on('message', (answer: Answer) => this.#settle(answer));
    this.#worker.on('error', (error) => {
      log.error({ err: error }, 'a thread that reads and writes events failed');
      this.#fail(errorMessage(error));
    });
    this.#worker.on('exit', () => {
      this.isReady = false;
      clearTimeout(this.#idleTimer);
      this.#fail('it has ended');
      onEnd();
    });
  }

  /** Orders that are not answered yet. */
  get calls(): number {
    return this.#pending.size;
  }

  async call(
    kind: Call['kind'],
    order: unknown,
    transfer: readonly ArrayBuffer[],
  ): Promise<unknown> {
    const id = ++this.#lastId;
    this.#worker.ref();
    this.#idleTimer.refresh();
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
    });
    this.#worker.postMessage({ id, kind, order } satisfies Call, transfer);
    return answer;
  }

  /** Ends the thread now, or as soon as it has no more to do. */
  endWhenIdle(): void {
    this.#isEnding = true;
    this.isReady = false;
    if (this.#pending.size === 0) void this.#worker.terminate();
  }

  #endUnlessBusy(): void {
    const isIdle = this.isReady && this.#pending.size === 0;
    if (isIdle) this.endWhenIdle();
    else this.#idleTimer.refresh();
  }

  #settle(answer: Answer): void {
    if (answer.id === 0) {
      this.isReady = !this.#isEnding;
      this.#idleTimer.refresh();
      return;
    }
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ('error' in answer) pending?.reject(toAppError(answer.error));
    else pending?.resolve(answer.result);
    this.#idleTimer.refresh();
    if (this.#pending.size > 0) return;
    this.#worker.unref();
    if (this.#isEnding) this.endWhenIdle();
  }

  #fail(reason: string): void {
    this.isReady = false;
    const error = new AppError(
      'internal',
      `a thread that reads and writes events failed: ${reason}`,
    );
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

/** A defect keeps the stack that it had in its thread. */
function toAppError({ code, message, stack }: WorkerError): AppError {
  if (stack === undefined) return new AppError(code, message);
  const cause = new Error(message);
  cause.stack = stack;
  return new AppError(code, message, { cause });
}
