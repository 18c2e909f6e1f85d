import { dirname } from 'node:path';
import type { SimulatedDisk } from './simulated-disk.ts';

export const watchedDirectory = '/siem';

/** A SIEM's file watcher: takes files away the moment they appear, tails them, or only reads. */
export class Watcher {
  readonly takesFiles: boolean;
  readonly #disk: SimulatedDisk;
  readonly #taken: string[] = [];
  readonly #offsets = new Map<string, number>();
  readonly #tailed = new Map<string, Buffer>();

  constructor(disk: SimulatedDisk, mode: 'publish' | 'append', takesFiles: boolean) {
    this.takesFiles = takesFiles;
    this.#disk = disk;
    if (takesFiles) disk.afterStep = () => this.#take();
    if (mode === 'append') disk.afterStep = () => this.#tail();
  }

  /** Of every file that was ever published. */
  lines(): readonly string[] {
    const content = this.#disk.files.content();
    const left = this.#published().map((path) => content.get(path)?.toString() ?? '');
    return [...this.#taken, ...left].flatMap(linesIn);
  }

  /** What a program got that reads on where it was, and from the start when a file has shrunk. */
  tailedLines(): readonly string[] {
    return [...this.#tailed.values()].flatMap((bytes) => linesIn(bytes.toString()));
  }

  #take(): void {
    for (const path of this.#published()) this.#taken.push(this.#disk.files.take(path).toString());
  }

  #tail(): void {
    const content = this.#disk.files.content();
    for (const path of this.#published()) {
      const bytes = content.get(path) ?? Buffer.alloc(0);
      const offset = this.#offsets.get(path) ?? 0;
      const from = bytes.length < offset ? 0 : offset;
      const read = this.#tailed.get(path) ?? Buffer.alloc(0);
      this.#tailed.set(path, Buffer.concat([read, bytes.subarray(from)]));
      this.#offsets.set(path, bytes.length);
    }
  }

  #published(): readonly string[] {
    const paths = [...this.#disk.files.content().keys()].toSorted();
    return paths.filter((path) => dirname(path) === watchedDirectory);
  }
}

function linesIn(text: string): readonly string[] {
  return text.split('\n').slice(0, -1);
}
