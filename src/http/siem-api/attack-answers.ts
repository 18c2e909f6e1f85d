import { tmpdir } from 'node:os';
import { AppError } from '../../core/errors.ts';
import type { Position, StreamName } from '../../core/stream.ts';
import type { Window } from '../../core/window.ts';
import { ExternalSort } from '../../lib/external-sort.ts';
import type { EventStore } from '../../store/event-store.ts';
import { HttpError } from '../http-error.ts';
import { ByteBudget } from '../limits/byte-budget.ts';
import { Turnstile } from '../limits/turnstile.ts';
import type { ServeOptions } from '../options.ts';
import { askedAttacks, attackInfoChunks } from './attack-text.ts';
import type { AttackFilter } from './attack-text.ts';

export interface AttackAnswersParts {
  readonly store: EventStore;
  /** Memory of answers, shared with all others. */
  readonly answers: ByteBudget;
  readonly options: ServeOptions['siemApi'];
  readonly retryAfterMs: number;
  readonly scratchDirectory: string | undefined;
}

export interface AttackQuery {
  readonly stream: StreamName;
  readonly window: Window;
  readonly filter: AttackFilter;
  /** What was appended later is left out. */
  readonly headPosition: Position;
  /** Whose answer it is. */
  readonly apiId: string;
}

/** The attacks of one answer, in order. */
export interface AttackAnswer extends AsyncDisposable {
  readonly attacks: number;
  /** False when there are so many that the answer is better written while it is sent. */
  readonly isSmall: boolean;
  /** The answer's body; once. */
  chunks(): AsyncIterable<Buffer<ArrayBuffer>>;
}

const windowsAtOnce = 4;
const windowsWaiting = 1000;

/**
 * Reads windows of attacks. They stand in the store in the order of their arrival and are answered
 * by website and time, so they are sorted: in memory as far as `sortMemory` goes, on disk beyond.
 */
export class AttackAnswers {
  readonly #parts: AttackAnswersParts;
  readonly #spool: ByteBudget;
  readonly #turnstile = new Turnstile(windowsAtOnce, windowsWaiting);
  /** Answers on disk, by API ID. */
  readonly #large = new Map<string, number>();

  constructor(parts: AttackAnswersParts) {
    this.#parts = parts;
    this.#spool = new ByteBudget('large answers', parts.options.spoolSize);
  }

  /** Throws `too_large`, `overloaded`, `rate_limited` and `disk_full`. */
  async read(query: AttackQuery, signal: AbortSignal): Promise<AttackAnswer> {
    return this.#turnstile.run(query.stream, async () => {
      const resources = new Resources(this.#parts.answers, this.#spool);
      try {
        return await this.#collect(query, resources, signal);
      } catch (error) {
        await resources[Symbol.asyncDispose]();
        throw isDiskFull(error) ? diskFull(error) : error;
      }
    });
  }

  async #collect(
    { stream, window, filter, headPosition, apiId }: AttackQuery,
    resources: Resources,
    signal: AbortSignal,
  ): Promise<AttackAnswer> {
    const { store, options, scratchDirectory = tmpdir() } = this.#parts;
    const sort = resources.use(
      new ExternalSort({
        memoryBytes: options.sortMemory,
        directory: scratchDirectory,
        beforeSpill: (bytes) => {
          if (resources.spooledBytes === 0) this.#admitLarge(apiId, resources);
          resources.spool(bytes);
          if (resources.spooledBytes > options.answerSize) throw tooLarge(options.answerSize);
        },
      }),
    );
    for await (const block of store.readWindow(stream, window, signal)) {
      await sort.add(askedAttacks(block, headPosition, filter));
      resources.hold(sort.memoryBytes);
    }
    await sort.finish();
    return {
      attacks: sort.length,
      isSmall: !sort.isSpilled,
      chunks: () => attackInfoChunks(sort.sorted()),
      [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
    };
  }

  /** One connector's slow clients must not take the disk from all others. */
  #admitLarge(apiId: string, resources: Resources): void {
    const count = this.#large.get(apiId) ?? 0;
    const max = this.#parts.options.largeAnswers;
    if (count >= max) {
      const message = `a connector may be sent ${max} large answers at one time; ask for shorter windows`;
      const headers = { 'retry-after': `${Math.ceil(this.#parts.retryAfterMs / 1000)}` };
      throw new HttpError('rate_limited', message, { headers });
    }
    this.#large.set(apiId, count + 1);
    resources.defer(() => {
      const left = (this.#large.get(apiId) ?? 1) - 1;
      if (left === 0) this.#large.delete(apiId);
      else this.#large.set(apiId, left);
    });
  }
}

/** What one answer takes of what all share, until it is disposed. */
class Resources implements AsyncDisposable {
  readonly #memory: ByteBudget;
  readonly #disk: ByteBudget;
  readonly #stack = new AsyncDisposableStack();
  #heldBytes = 0;
  #spooledBytes = 0;

  constructor(memory: ByteBudget, disk: ByteBudget) {
    this.#memory = memory;
    this.#disk = disk;
    this.#stack.defer(() => {
      memory.giveBack(this.#heldBytes);
      disk.giveBack(this.#spooledBytes);
    });
  }

  get spooledBytes(): number {
    return this.#spooledBytes;
  }

  hold(bytes: number): void {
    this.#memory.take(bytes - this.#heldBytes);
    this.#heldBytes = bytes;
  }

  spool(bytes: number): void {
    this.#disk.take(bytes);
    this.#spooledBytes += bytes;
  }

  use<Resource extends AsyncDisposable>(resource: Resource): Resource {
    return this.#stack.use(resource);
  }

  defer(release: () => void): void {
    this.#stack.defer(release);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

function tooLarge(bytesMax: number): AppError {
  return new AppError(
    'too_large',
    `the window holds more than ${bytesMax} bytes of attacks; ask for a shorter one, or for one website`,
  );
}

function isDiskFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

function diskFull(cause: unknown): AppError {
  return new AppError('disk_full', 'no space to sort a large answer in, try again', { cause });
}
