import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { AppError, errorMessage } from '../../core/errors.ts';
import { workerEnvironment } from '../../lib/worker-environment.ts';
import type { Answer, Call, WorkerStart } from './protocol.ts';

type AnyCalls = Readonly<Record<string, (request: never) => unknown>>;
type Request<Calls extends AnyCalls, K extends keyof Calls> = Parameters<Calls[K]>[0];

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: AppError) => void;
}

/** How a call travels: what its events weigh, and memory that is given away with it. */
export interface Freight {
  readonly sizeBytes: number;
  readonly transfer: readonly ArrayBuffer[];
}

/** Bytes are all that a worker holds, and they live elsewhere. */
const maxYoungGenerationSizeMb = 4;

const noFreight: Freight = { sizeBytes: 0, transfer: [] };

/** The main thread's end of one worker. An idle worker does not keep the process alive. */
export class WorkerClient<Calls extends AnyCalls> {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #failure: AppError | undefined;
  /** Resolves when the worker has started; rejects with what kept it from that. */
  readonly ready: Promise<void>;

  constructor(start: WorkerStart, log?: Logger) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: start,
      name: `store ${start.role}`,
      env: workerEnvironment(),
      resourceLimits: { maxYoungGenerationSizeMb },
    });
    this.#worker.on('message', (answers: readonly Answer[]) => this.#settle(answers));
    this.#worker.on('error', (error) => {
      log?.error({ err: error, file: start.file }, `the store's ${start.role} failed`);
      this.#fail(errorMessage(error), error);
    });
    this.#worker.on('exit', () => this.#fail('it has ended', undefined));
    this.ready = new Promise((resolve, reject) => {
      this.#pending.set(0, { resolve: () => resolve(), reject });
    });
  }

  /** Rejects with the worker's error, or with `store_unavailable` when the worker is gone. */
  async call<K extends keyof Calls & string>(
    kind: K,
    request: Request<Calls, K>,
    { sizeBytes, transfer } = noFreight,
  ): Promise<ReturnType<Calls[K]>> {
    if (this.#failure) throw this.#failure;
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
    });
    this.#worker.ref();
    const call: Call = { id, kind, request, sizeBytes };
    this.#worker.postMessage(call, transfer);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the worker has the same `Calls`
    return (await answer) as ReturnType<Calls[K]>;
  }

  /** Ends the thread, whatever it is doing. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(answers: readonly Answer[]): void {
    for (const answer of answers) {
      const pending = this.#pending.get(answer.id);
      this.#pending.delete(answer.id);
      if ('error' in answer) pending?.reject(new AppError(answer.error.code, answer.error.message));
      else pending?.resolve(answer.result);
    }
    if (this.#pending.size === 0) this.#worker.unref();
  }

  #fail(reason: string, cause: unknown): void {
    this.#failure ??= new AppError('store_unavailable', `the store's worker failed: ${reason}`, {
      cause,
    });
    for (const pending of this.#pending.values()) pending.reject(this.#failure);
    this.#pending.clear();
  }
}
