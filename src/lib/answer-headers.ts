/** What of `Headers` is used. Names in any case. */
export interface AnswerHeaders {
  /** All values of that name, joined with commas; null when there is none. */
  get(name: string): string | null;
  getSetCookie(): readonly string[];
}

/** Headers by their names in lower case, as a connection gives them: `Headers` takes 2 MB to load. */
export class PlainHeaders implements AnswerHeaders {
  readonly #values: Readonly<Record<string, string | readonly string[] | undefined>>;

  constructor(values: Readonly<Record<string, string | readonly string[] | undefined>>) {
    this.#values = values;
  }

  get(name: string): string | null {
    const values = this.#all(name.toLowerCase());
    return values.length === 0 ? null : values.join(', ');
  }

  getSetCookie(): readonly string[] {
    return this.#all('set-cookie');
  }

  #all(name: string): readonly string[] {
    const values = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    return [values ?? []].flat();
  }
}
