/**
 * Encoded pages by key, the one used longest ago dropped first. Holds `bytesMax` at most, and no
 * page that alone would take more than a quarter of it.
 */
export class PageCache<Page extends { readonly sizeBytes: number }> {
  readonly #bytesMax: number;
  readonly #pages = new Map<string, Page>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(key: string): Page | undefined {
    const page = this.#pages.get(key);
    if (page === undefined) return undefined;
    this.#pages.delete(key);
    this.#pages.set(key, page);
    return page;
  }

  /** Without making it the one used last. */
  has(key: string): boolean {
    return this.#pages.has(key);
  }

  set(key: string, page: Page): void {
    if (page.sizeBytes > this.#bytesMax / 4) return;
    this.#drop(key);
    this.#pages.set(key, page);
    this.#bytes += page.sizeBytes;
    for (const oldest of this.#pages.keys()) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#drop(oldest);
    }
  }

  get sizeBytes(): number {
    return this.#bytes;
  }

  #drop(key: string): void {
    const page = this.#pages.get(key);
    if (page === undefined) return;
    this.#pages.delete(key);
    this.#bytes -= page.sizeBytes;
  }
}
