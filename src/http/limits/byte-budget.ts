import { AppError } from '../../core/errors.ts';

/** Memory that all requests together may use for one purpose. */
export class ByteBudget {
  readonly #purpose: string;
  readonly #bytesMax: number;
  #bytes = 0;

  /** `purpose` stands in the message: `request bodies`. */
  constructor(purpose: string, bytesMax: number) {
    this.#purpose = purpose;
    this.#bytesMax = bytesMax;
  }

  /** Throws `overloaded` when there is not that much left; one taker may always have the whole. */
  take(bytes: number): void {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#bytesMax) {
      throw new AppError('overloaded', `too many ${this.#purpose} at one time, try again`);
    }
    this.#bytes += bytes;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }
}
