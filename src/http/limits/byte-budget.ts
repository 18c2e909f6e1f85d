import { AppError } from '../../core/errors.ts';

/** One holder gets no more than this part of a budget, so that there is something left for others. */
const shareOfOne = 0.25;

/** Memory that all requests together may use for one purpose. */
export class ByteBudget {
  readonly #purpose: string;
  readonly #bytesMax: number;
  #bytes = 0;
  /** By holder; nothing about those that hold nothing. */
  readonly #held = new Map<string, number>();

  /** `purpose` stands in the message: `request bodies`. */
  constructor(purpose: string, bytesMax: number) {
    this.#purpose = purpose;
    this.#bytesMax = bytesMax;
  }

  /**
   * Throws `overloaded` when there is not that much left, or not for `holder`. Who holds nothing may
   * take more than its share, and who comes first more than there is. `ownBytes` are those that the
   * same thing took before: one thing may always grow beyond its holder's share.
   */
  take(bytes: number, holder?: string, ownBytes = 0): void {
    const held = holder === undefined ? 0 : (this.#held.get(holder) ?? 0);
    const isBeyondShare = held > ownBytes && held + bytes > this.#bytesMax * shareOfOne;
    if (isBeyondShare || (this.#bytes > 0 && this.#bytes + bytes > this.#bytesMax)) {
      throw new AppError('overloaded', `too many ${this.#purpose} at one time, try again`);
    }
    this.#bytes += bytes;
    if (holder !== undefined) this.#held.set(holder, held + bytes);
  }

  /** As it was taken. */
  giveBack(bytes: number, holder?: string): void {
    this.#bytes -= bytes;
    if (holder === undefined) return;
    const left = (this.#held.get(holder) ?? 0) - bytes;
    if (left > 0) this.#held.set(holder, left);
    else this.#held.delete(holder);
  }

  get bytes(): number {
    return this.#bytes;
  }
}
