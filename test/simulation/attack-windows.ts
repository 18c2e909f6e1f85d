import { z } from 'zod';
import type { FetchRequest } from '../../src/lib/http-client.ts';
import type { WindowBounds } from '../../src/testing/scripted-apptrana.ts';
import type { World } from './machine.ts';

const windowMsMax = 300_000;
/** A clock that is further off than this asks for times at which nothing happens. */
const nearMs = 20 * 60_000;
const times = z.object({ startTime: z.coerce.number(), endTime: z.coerce.number() });

interface AskedWindow {
  readonly startMs: number;
  readonly endMs: number;
  /** What time it was, as far as who asked could know. */
  readonly knownMs: number;
  readonly turn: number;
}

/**
 * An AppTrana service that takes the bounds of windows in one of the ways that the document leaves
 * open, and at which attacks happen on the very bounds that are asked for.
 */
export class AttackWindows {
  /** Makes an attack happen, so that it is there when this resolves. */
  addAttack: (timeMs: number) => Promise<void> = async () => {};
  /** The time that the service tells, or that of who asks if it is not to be believed. */
  knownMs: () => number = () => Infinity;
  readonly bounds: WindowBounds;
  readonly #world: World;
  readonly #asked: AskedWindow[] = [];
  #aheadMs = 0;

  constructor(world: World) {
    this.#world = world;
    this.bounds = world.random.pick(['[)', '[]', '(]', '()']);
  }

  /** The request by half-open windows, which are what the service takes by itself. */
  async asHalfOpen(url: URL, request: FetchRequest): Promise<FetchRequest> {
    if (!url.pathname.endsWith('/getAttackInfo') || request.body === undefined) return request;
    const asked = times.safeParse(JSON.parse(request.body.toString())).data;
    if (asked === undefined) return request;
    const { startTime: startMs, endTime: endMs } = asked;
    const { scheduler, random, startMs: zeroMs } = this.#world;
    const isNear = Math.abs(endMs - zeroMs - scheduler.nowMs) < nearMs;
    const isNew = this.#asked.every((window) => window.endMs < endMs);
    if (isNear && isNew && random.chance(0.3)) await this.addAttack(endMs);
    this.#asked.push({ startMs, endMs, knownMs: this.#latestKnownMs(), turn: scheduler.turns });
    const startTime = this.bounds.startsWith('[') ? startMs : startMs + 1;
    const endTime = this.bounds.endsWith(']') ? endMs + 1 : endMs;
    // A closed window of full length is one millisecond too long for it; nothing hides there.
    if (endTime - startTime > windowMsMax) return request;
    const body: Record<string, unknown> = JSON.parse(request.body.toString());
    return { ...request, body: JSON.stringify({ ...body, startTime, endTime }) };
  }

  /**
   * Whether somebody had asked for the time, whatever its bounds mean, before that turn. Who asks for
   * what has not come yet, by the time he is told, has himself to blame.
   */
  wasAskedFor(timeMs: number, turn: number): boolean {
    return this.#asked.some(
      ({ startMs, endMs, knownMs, turn: askedIn }) =>
        startMs <= timeMs && timeMs <= Math.min(endMs, knownMs) && askedIn < turn,
    );
  }

  /** As far ahead as a clock has ever been: who has learned a time keeps it until he learns better. */
  #latestKnownMs(): number {
    const trueMs = this.#world.startMs + this.#world.scheduler.nowMs;
    this.#aheadMs = Math.max(this.#aheadMs, this.knownMs() - trueMs);
    return trueMs + this.#aheadMs;
  }
}
