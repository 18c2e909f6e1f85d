import { seededRandom, type Random } from '../../src/feeds/seeded-random.ts';

/**
 * Everything that can go wrong. `chance`: at each opportunity, in a run in which the kind is busy at
 * its usual rate. What is one step here is one await of the program.
 */
export const faultKinds = {
  'kill before a step': { chance: 0.00225 },
  'kill after a step': { chance: 0.00225 },
  'kill within a write': { chance: 0.03 },
  'power loss': { chance: 0.00225 },
  'told to end': { chance: 0.1 },
  'told to reload': { chance: 0.15 },
  'disk full': { chance: 0.006 },
  'read-only disk': { chance: 0.0045 },
  'slow disk': { chance: 0.03 },
  'sync fails': { chance: 0.015 },
  'sync lies': { chance: 0.015 },
  'store refuses': { chance: 0.015 },
  'store commits and fails': { chance: 0.015 },
  'store lies': { chance: 0.025 },
  'request lost': { chance: 0.045 },
  'request repeated': { chance: 0.045 },
  'answer lost': { chance: 0.045 },
  'answer truncated': { chance: 0.03 },
  'answer broken off': { chance: 0.03 },
  'answer garbage': { chance: 0.03 },
  'answer stale': { chance: 0.03 },
  'no answer': { chance: 0.015 },
  'storm of refusals': { chance: 0.03 },
  'receiver is busy': { chance: 0.06 },
  'clock jumps': { chance: 0.35 },
  'segments merged': { chance: 0.3 },
  'service forgets': { chance: 0.15 },
  'collector forgets': { chance: 0.1 },
} as const;
export type FaultKind = keyof typeof faultKinds;

/** One thing that went wrong. `id` is the same in every run of the seed. */
export interface InjectedFault {
  readonly id: string;
  readonly kind: FaultKind;
  readonly atMs: number;
  readonly where: string;
}

const isFaultKind = (name: string): name is FaultKind => name in faultKinds;
const kinds = Object.keys(faultKinds).filter(isFaultKind);

/** How busy a kind is in one run: most runs have a few kinds only, which lets those do more. */
const business = [0, 0, 0, 0.3, 1, 1, 3] as const;

/**
 * Decides what goes wrong, each kind by its own chance, so that leaving one fault out changes no
 * other kind's draws.
 */
export class Chaos {
  readonly injected: InjectedFault[] = [];
  readonly #seed: number;
  readonly #without: ReadonlySet<string>;
  readonly #nowMs: () => number;
  readonly #lots = new Map<FaultKind, Lot>();
  #isOver = false;

  constructor(seed: number, nowMs: () => number, without: ReadonlySet<string> = new Set()) {
    this.#seed = seed;
    this.#nowMs = nowMs;
    this.#without = without;
    for (const [index, kind] of kinds.entries()) {
      const random = seededRandom(seed * 31 + index * 7919 + 1);
      this.#lots.set(kind, { random, business: random.pick(business), draws: 0 });
    }
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Nothing goes wrong any more. */
  end(): void {
    this.#isOver = true;
  }

  /** Whether it goes wrong now. */
  happens(kind: FaultKind, where: string): boolean {
    const lot = this.#lotOf(kind);
    if (this.#isOver || lot.business === 0) return false;
    lot.draws += 1;
    if (!lot.random.chance(faultKinds[kind].chance * lot.business)) return false;
    const id = `${kind} #${lot.draws}`;
    if (this.#without.has(id)) return false;
    this.injected.push({ id, kind, atMs: this.#nowMs(), where });
    return true;
  }

  /** Takes a kind out of this run: the setting cannot live with it. */
  exclude(kind: FaultKind): void {
    this.#lotOf(kind).business = 0;
  }

  /** Chance for the details of a fault. */
  details(what: string): Random {
    return seededRandom(this.#seed * 131 + hashOf(`${what} ${this.injected.length}`));
  }

  #lotOf(kind: FaultKind): Lot {
    const lot = this.#lots.get(kind);
    if (lot === undefined) throw new RangeError(`no such fault: ${kind}`);
    return lot;
  }
}

interface Lot {
  readonly random: Random;
  business: number;
  draws: number;
}

function hashOf(text: string): number {
  let hash = 7;
  for (let index = 0; index < text.length; index++) {
    hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  }
  return hash >>> 0;
}
