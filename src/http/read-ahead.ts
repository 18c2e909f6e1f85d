/** Pages that are made ready at one time; requests that are waiting find the other places free. */
const pagesAtOnce = 2;

/** Of the page cache: what pages may take that nobody has asked for yet, and a single one of them. */
const cacheShare = 1 / 2;
const pageShare = 1 / 8;

export interface KeptPages {
  has(key: string): boolean;
}

/** Keeps account of pages that are made ready before anybody asks for them, so that they stay few. */
export class ReadAhead {
  readonly #cache: KeptPages;
  readonly #cacheBytes: number;
  readonly #inProgress = new Set<string>();
  /** Made ready and not asked for yet. */
  readonly #unread = new Set<string>();

  constructor(cache: KeptPages, cacheBytes: number) {
    this.#cache = cache;
    this.#cacheBytes = cacheBytes;
  }

  /**
   * Makes a page of about `sizeBytes` ready, unless it is or there is no room. Nobody waits for that,
   * and what fails is tried again by the one who asks for the page. `make` keeps it in the cache.
   */
  start(key: string, sizeBytes: number, make: () => Promise<unknown>): void {
    if (this.#cache.has(key) || this.#inProgress.has(key) || !this.#hasRoom(sizeBytes)) return;
    this.#inProgress.add(key);
    void make().then(
      () => this.#note(key),
      () => this.#inProgress.delete(key),
    );
  }

  /** Somebody asks for the page: it is no longer ahead of anybody. */
  take(key: string): void {
    this.#inProgress.delete(key);
    this.#unread.delete(key);
  }

  #note(key: string): void {
    if (this.#inProgress.delete(key)) this.#unread.add(key);
  }

  /** Pages whose reader has gone leave the cache by and by, and the account with it. */
  #hasRoom(sizeBytes: number): boolean {
    if (this.#inProgress.size >= pagesAtOnce) return false;
    if (sizeBytes > this.#cacheBytes * pageShare) return false;
    for (const key of this.#unread) if (!this.#cache.has(key)) this.#unread.delete(key);
    const pages = this.#unread.size + this.#inProgress.size + 1;
    return pages * sizeBytes <= this.#cacheBytes * cacheShare;
  }
}
