import type { ManifestEntry } from '../core/manifest.ts';
import type { Problem, Verification } from './verification.ts';

/** Lists stay short however much is wrong. */
const listedMax = 1000;

/** What a verification has found so far. */
export class VerificationTally {
  readonly #problems: Problem[] = [];
  readonly #takenFiles: string[] = [];
  #problemCount = 0;
  #entries = 0;
  #events = 0;
  #gaps = 0;
  #lostEvents = 0;
  #leftOutEvents = 0;
  #extraEntries = 0;
  #extraEvents = 0;
  #bytes = 0;
  #takenEntries = 0;
  #takenEvents = 0;

  get entries(): number {
    return this.#entries;
  }

  get events(): number {
    return this.#events;
  }

  addEntry({ events, leftOut = 0, gaps = [], extra }: ManifestEntry): void {
    if (extra !== undefined) {
      this.#extraEntries += 1;
      this.#extraEvents += events;
      return;
    }
    this.#entries += 1;
    this.#events += events;
    this.#leftOutEvents += leftOut;
    this.#gaps += gaps.length;
    for (const [first, last] of gaps) this.#lostEvents += last - first + 1;
  }

  addBytes(bytes: number): void {
    this.#bytes += bytes;
  }

  addTaken({ file, events }: ManifestEntry): void {
    this.#takenEntries += 1;
    this.#takenEvents += events;
    if (this.#takenFiles.length < listedMax) this.#takenFiles.push(file);
  }

  addProblem(problem: Problem): void {
    this.#problemCount += 1;
    if (this.#problems.length < listedMax) this.#problems.push(problem);
  }

  verification(): Verification {
    return {
      entries: this.#entries,
      events: this.#events,
      gaps: this.#gaps,
      lostEvents: this.#lostEvents,
      leftOutEvents: this.#leftOutEvents,
      extra: { entries: this.#extraEntries, events: this.#extraEvents },
      bytes: this.#bytes,
      taken: {
        entries: this.#takenEntries,
        events: this.#takenEvents,
        files: this.#takenFiles,
      },
      problemCount: this.#problemCount,
      problems: this.#problems,
    };
  }
}
