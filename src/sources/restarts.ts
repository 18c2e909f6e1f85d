import { AppError } from '../core/errors.ts';
import { Backoff } from '../lib/backoff.ts';

const backoffLimits = { firstMs: 1000, maxMs: 5 * 60_000 } as const;

/**
 * Keeps a source from going round at full speed, unseen, when its service refuses every place that
 * it gives: starting again brings another place, which is refused as well. A place may also have
 * expired while nobody could ask; so the attempt after the error starts again all the same.
 */
export class Restarts {
  readonly #backoff = new Backoff(backoffLimits);
  #isReported = false;

  /**
   * To be called before starting again because a place was refused with which nothing was ever had.
   * Every other time throws `source_misbehaved`; the wait grows until `succeeded`.
   */
  refused(answer: string): void {
    this.#isReported = !this.#isReported;
    if (!this.#isReported) return;
    const message = `the source refuses to go on right behind its oldest events: ${answer}`;
    throw new AppError('source_misbehaved', message, { retryAfterMs: this.#backoff.failed() });
  }

  /** Something was had with a place. */
  succeeded(): void {
    this.#isReported = false;
    this.#backoff.succeeded();
  }
}
