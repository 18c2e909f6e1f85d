import type { Clock } from '../../src/core/clock.ts';
import type { Random } from '../../src/feeds/seeded-random.ts';
import type { Chaos, FaultKind } from './chaos.ts';
import type { Scheduler } from './scheduler.ts';

/** What all parts of one run share. */
export interface World {
  readonly scheduler: Scheduler;
  readonly chaos: Chaos;
  /** For everything that is no fault: latencies, batches, times. */
  readonly random: Random;
  readonly startMs: number;
  readonly note: (line: string) => void;
}

export interface StepOptions {
  /** What a process leaves behind that is killed in the middle. */
  readonly half?: () => void;
  readonly latencyMs?: number;
}

/** What an administrator may want of a process. */
type Order = Extract<FaultKind, `told to ${string}`>;

const ordersEveryMsMax = 30_000;

/** What a dead process waits for; one for each, or all that ever waited would be kept. */
function never(): Promise<never> {
  return new Promise<never>(() => {});
}

/** One process, from its start to its end: whatever it does after that has no effect. */
export class Life {
  readonly #machine: Machine;
  readonly #over = Promise.withResolvers<void>();
  #isOver = false;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when the process is dead. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  end(): void {
    this.#isOver = true;
    this.#over.resolve();
  }

  /**
   * Does one thing that has an effect outside of the process. The process may die before it, after
   * it without having heard of it, or with half of it done; then this never resolves.
   */
  async step<T>(what: string, act: () => T, { half, latencyMs }: StepOptions = {}): Promise<T> {
    const { world, name } = this.#machine;
    const { scheduler, chaos, random } = world;
    if (this.#isOver) return never();
    await scheduler.wait(latencyMs ?? random.integer(0, 3));
    if (this.#isOver) return never();
    if (chaos.happens('kill before a step', `${name}: ${what}`)) return this.#crash('kill');
    if (half !== undefined && chaos.happens('kill within a write', `${name}: ${what}`)) {
      half();
      return this.#crash('kill');
    }
    if (chaos.happens('power loss', `${name}: ${what}`)) return this.#crash('power loss');
    const result = this.#act(what, act);
    if (chaos.happens('kill after a step', `${name}: ${what}`)) return this.#crash('kill');
    // The answer takes its time too.
    if (random.chance(0.3)) await scheduler.wait(random.integer(0, 2));
    return this.#isOver ? never() : result;
  }

  /** Resolves when somebody tells the process to do one of these, with which. */
  async told<K extends Order>(orders: readonly K[]): Promise<K> {
    const { world, name } = this.#machine;
    for (;;) {
      await this.wait(world.random.integer(1, ordersEveryMsMax));
      const order = orders.find((kind) => world.chaos.happens(kind, name));
      if (order === undefined) continue;
      world.note(`${name} is ${order}`);
      return order;
    }
  }

  /** Never resolves for a process that has died meanwhile. */
  async wait(ms: number): Promise<void> {
    await this.#machine.world.scheduler.wait(ms);
    if (this.#isOver) await never();
  }

  #act<T>(what: string, act: () => T): T {
    const { world, name } = this.#machine;
    try {
      const result = act();
      world.note(`${name} ${what}`);
      return result;
    } catch (error) {
      world.note(`${name} ${what} ✗ ${error instanceof Error ? error.message : String(error)}`);
      throw error;
    }
  }

  #crash(how: 'kill' | 'power loss'): Promise<never> {
    this.#machine.crash(how);
    return never();
  }
}

export interface MachineHooks {
  /** Starts the program in a process. */
  readonly boot: (life: Life) => void;
  /** What power loss does to what stands there. */
  readonly losePower?: () => void;
}

/** A computer that runs one program, which dies and is started again. */
export class Machine {
  readonly name: string;
  readonly world: World;
  readonly clock: Clock;
  #hooks: MachineHooks = { boot: () => {} };
  #life: Life | undefined;
  #offsetMs = 0;
  lives = 0;

  constructor(name: string, world: World) {
    this.name = name;
    this.world = world;
    this.clock = this.clockOf(undefined);
  }

  /** The process that runs at the moment, if one does. */
  get life(): Life | undefined {
    return this.#life;
  }

  /** What runs on it from the next start on. */
  install(hooks: MachineHooks): void {
    this.#hooks = hooks;
  }

  start(): void {
    if (this.#life !== undefined) return;
    this.lives += 1;
    this.world.note(`${this.name} starts for the ${this.lives}. time`);
    this.#life = new Life(this);
    this.#hooks.boot(this.#life);
  }

  crash(how: 'kill' | 'power loss'): void {
    if (this.#life === undefined) return;
    this.#end(this.#life, `dies: ${how}`);
    if (how === 'power loss') this.#hooks.losePower?.();
  }

  /** The program has ended by itself, with everything that was under way; nothing when it died before. */
  leave(life: Life): void {
    if (this.#life === life) this.#end(life, 'ends in good order');
  }

  #end(life: Life, how: string): void {
    const { scheduler, random } = this.world;
    this.world.note(`${this.name} ${how}`);
    life.end();
    this.#life = undefined;
    scheduler.at(scheduler.nowMs + downMs(random), () => this.start());
  }

  /** Sets the clock as an administrator would; 0 is right. */
  setClock(offsetMs: number): void {
    this.world.note(`${this.name} clock is set ${offsetMs} ms off`);
    this.#offsetMs = offsetMs;
  }

  /** This machine's time as `life` sees it; without one, as somebody sees it who does not die. */
  clockOf(life: Life | undefined): Clock {
    const { scheduler, startMs } = this.world;
    return {
      nowMs: () => startMs + scheduler.nowMs + this.#offsetMs,
      monotonicMs: () => scheduler.nowMs + 0.25, // a real one has fractions, too
      sleep: (ms, signal) => sleep(scheduler, life, ms, signal),
    };
  }
}

/** Mostly a supervisor starts it again at once. */
function downMs(random: Random): number {
  return random.chance(0.8) ? random.integer(50, 3000) : random.integer(3000, 120_000);
}

async function sleep(
  scheduler: Scheduler,
  life: Life | undefined,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const aborted = Promise.withResolvers<void>();
  const onAbort = () => aborted.resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  const ends = [scheduler.wait(ms), aborted.promise, ...(life === undefined ? [] : [life.over])];
  await Promise.race(ends);
  // Also for the dead: Node keeps a signal alive as long as somebody listens to it.
  signal.removeEventListener('abort', onAbort);
  if (life?.isOver === true) await never();
}
