/** Which of several equal receivers gets the next batch. */
export class Alternates<T> {
  readonly all: readonly T[];
  readonly #mode: 'failover' | 'spread';
  #next = 0;

  /** `failover`: the same one until it fails. `spread`: each in turn. */
  constructor(all: readonly T[], mode: 'failover' | 'spread') {
    this.all = all;
    this.#mode = mode;
  }

  next(): T {
    const chosen = this.all[this.#next % this.all.length];
    if (chosen === undefined) throw new Error('there is no receiver to choose');
    if (this.#mode === 'spread') this.#next += 1;
    return chosen;
  }

  /** The next batch goes to another one, unless somebody else has moved on already. */
  failed(receiver: T): void {
    const isCurrent = this.all[this.#next % this.all.length] === receiver;
    if (this.#mode === 'failover' && isCurrent) this.#next += 1;
  }
}
