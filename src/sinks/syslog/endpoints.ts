/** A receiver's address. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** As it was configured, for messages. */
  readonly name: string;
}

export function parseEndpoint(name: string): Endpoint {
  const at = name.lastIndexOf(':');
  const host = name.slice(0, at).replace(/^\[|\]$/g, '');
  return { host, port: Number(name.slice(at + 1)), name };
}

/** Which of several equal receivers gets the next batch. */
export class Endpoints {
  readonly all: readonly Endpoint[];
  readonly #mode: 'failover' | 'spread';
  #next = 0;

  constructor(names: readonly string[], mode: 'failover' | 'spread') {
    this.all = names.map(parseEndpoint);
    this.#mode = mode;
  }

  next(): Endpoint {
    const endpoint = this.all[this.#next % this.all.length];
    if (endpoint === undefined) throw new Error('there is no endpoint');
    if (this.#mode === 'spread') this.#next += 1;
    return endpoint;
  }

  /** The next attempt goes to another one, unless somebody else has moved on already. */
  failed(endpoint: Endpoint): void {
    const isCurrent = this.all[this.#next % this.all.length] === endpoint;
    if (this.#mode === 'failover' && isCurrent) this.#next += 1;
  }
}
