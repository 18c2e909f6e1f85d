import type { JsonValue } from '../core/json.ts';

export interface VendorPage {
  readonly events: readonly JsonValue[];
  readonly cursor: string;
  readonly nextPageExists: boolean;
}

/** A vendor's events in order, and the cursors that lead through them. */
export class VendorLog {
  readonly #pageEvents: number;
  #events: JsonValue[] = [];
  /** How many events were there before `#events[0]`. */
  #forgotten = 0;
  #generation = 0;
  #nonce = 0;

  constructor(pageEvents: number) {
    this.#pageEvents = pageEvents;
  }

  add(elements: readonly JsonValue[]): void {
    for (const element of elements) this.#events.push(element);
  }

  forget(count: number): void {
    this.#forgotten += Math.min(count, this.#events.length);
    this.#events.splice(0, count);
  }

  expireCursors(): void {
    this.#generation += 1;
  }

  /** How many events stand before the place that `cursor` means, or why it means none. */
  locate(cursor: string | undefined): number | 'expired' | 'invalid' {
    if (cursor === undefined) return this.#forgotten;
    const text = Buffer.from(cursor, 'base64').toString();
    const [, generation, place] = /^>>>(\d+)\?(\d+)\?\d+$/.exec(text) ?? [];
    if (generation === undefined || place === undefined) return 'invalid';
    const expired = Number(generation) < this.#generation || Number(place) < this.#forgotten;
    return expired ? 'expired' : Number(place);
  }

  page(from: number, limit = Infinity): VendorPage {
    const start = from - this.#forgotten;
    const end = Math.min(start + Math.min(this.#pageEvents, limit), this.#events.length);
    return {
      events: this.#events.slice(start, end),
      // On an empty page the real service gives the same tracker again.
      cursor: this.#cursor(this.#forgotten + end),
      nextPageExists: end < this.#events.length,
    };
  }

  /** As many events as fill a page, from up to the last one before `from`. */
  pageBefore(from: number): VendorPage {
    const start = Math.max(from - 1 - this.#pageEvents, this.#forgotten);
    const events = this.#events.slice(start - this.#forgotten, from - 1 - this.#forgotten);
    this.#nonce += 1;
    return {
      events,
      cursor: this.#cursor(from),
      nextPageExists: from - this.#forgotten < this.#events.length,
    };
  }

  /** Base64 with `=`, `+` and `/` in it, which a client has to send back unharmed. */
  #cursor(place: number): string {
    return Buffer.from(`>>>${this.#generation}?${place}?${this.#nonce}`).toString('base64');
  }
}
