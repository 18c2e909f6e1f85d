import type { Machine, World } from './machine.ts';
import type { Memories } from './promises.ts';
import type { Setting } from './settings.ts';

const minuteMs = 60_000;
/** A day, but for as long as a batch may be sent again: its key lives for a day. */
const clockOffMsMax = 24 * 60 * minuteMs - 10 * minuteMs;
const lookEveryMs = 20_000;

/** An administrator who cannot decide what time it is. */
export async function setClocks(
  { scheduler, chaos, random }: World,
  machines: readonly Machine[],
  untilMs: number,
): Promise<void> {
  const directions = new Map(machines.map((machine) => [machine, random.pick([1, -1])]));
  for (;;) {
    await scheduler.wait(lookEveryMs);
    if (scheduler.nowMs >= untilMs) return;
    const details = chaos.details('clock');
    const machine = details.pick(machines);
    if (!chaos.happens('clock jumps', machine.name)) continue;
    const littleMs = details.integer(-minuteMs, minuteMs);
    machine.setClock(details.pick([0, littleMs, clockOffMsMax * (directions.get(machine) ?? 1)]));
  }
}

/** Retention that is shorter than an outage. Who has nothing yet can miss nothing. */
export async function forget(
  { scheduler, chaos, ...world }: World,
  forgetful: Setting['mayForget'],
  memories: Memories,
  untilMs: number,
): Promise<void> {
  for (;;) {
    await scheduler.wait(lookEveryMs);
    if (scheduler.nowMs >= untilMs) return;
    for (const who of forgetful) {
      if (memories.collector.isEmpty || !chaos.happens(`${who} forgets`, who)) continue;
      world.note(`${who} drops ${memories[who].forget()} events`);
    }
  }
}
