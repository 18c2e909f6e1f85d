/** So many results are kept; a page has fewer different headers than this, or no use for them. */
const keptMax = 4096;

/** Remembers what a pure function gave for the texts it met lately. */
export class Recent<T> {
  readonly #compute: (text: string) => T;
  readonly #results = new Map<string, T>();

  constructor(compute: (text: string) => T) {
    this.#compute = compute;
  }

  get(text: string): T {
    const known = this.#results.get(text);
    if (known !== undefined) return known;
    const result = this.#compute(text);
    if (this.#results.size >= keptMax) this.#results.clear();
    this.#results.set(text, result);
    return result;
  }
}
