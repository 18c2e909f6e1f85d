import { stripVTControlCharacters } from 'node:util';
import type { Screen } from './terminal.ts';

/** One line of a terminal that is written over again and again. */
export class LiveLine {
  readonly #screen: Screen;
  #shown = false;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  show(text: string): void {
    const width = (this.#screen.columns ?? 80) - 1;
    const fits = stripVTControlCharacters(text).length <= width;
    // A line that wraps cannot be written over.
    const line = fits ? text : stripVTControlCharacters(text).slice(0, width);
    this.#screen.write(`\r\u001b[2K${line}`);
    this.#shown = true;
  }

  clear(): void {
    if (this.#shown) this.#screen.write('\r\u001b[2K');
    this.#shown = false;
  }
}
