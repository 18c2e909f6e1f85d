import type { Logger } from 'pino';
import type { Gap } from '../../core/gap.ts';
import type { Window } from '../../core/window.ts';
import type { Track } from './checkpoint.ts';
import type { WindowAnswer } from './client.ts';
import type { FoundAttack } from './envelope.ts';
import { afterFailure, spanMsMin } from './pace.ts';
import {
  afterAnswer,
  afterRefusal,
  afterSkip,
  gapFound,
  newestSecond,
  nextStep,
  type ScheduleSettings,
  secondAt,
  type Step,
} from './schedule.ts';
import { keyOf } from './tracks.ts';
import type { Troubles } from './troubles.ts';

/** Where one step led. */
export interface Stride {
  readonly track: Track;
  readonly window: Window;
  readonly found: readonly FoundAttack[];
  readonly gap: Gap | undefined;
}

export interface StepParts {
  readonly fetchAttacks: (window: Window) => Promise<WindowAnswer>;
  readonly settings: ScheduleSettings;
  readonly troubles: Troubles;
  /** When a second that cannot be had is given up; undefined: never. */
  readonly skipAfterMs: number | undefined;
  readonly log: Logger;
}

type Failure = Exclude<WindowAnswer, { outcome: 'attacks' }>;

/**
 * Asks for the window of `step`, or for a shorter one when the service says that it is too large.
 * Rejects as `Source.pull` does; what was learnt from that stands in `troubles`.
 */
export async function takeStep(
  track: Track,
  step: Step,
  nowMs: number,
  parts: StepParts,
): Promise<Stride> {
  const { window } = step;
  const answer = await parts.fetchAttacks(window);
  if (answer.outcome === 'attacks') return answered(track, step, nowMs, answer.found, parts);
  if (answer.outcome === 'refused') return refused(track, step, nowMs, answer, parts);
  if (answer.outcome === 'tooLarge' && isDivisible(window)) {
    return inParts(track, step, nowMs, answer, parts);
  }
  return failed(track, step, answer, parts);
}

function answered(
  track: Track,
  step: Step,
  nowMs: number,
  found: readonly FoundAttack[],
  { settings, log }: StepParts,
): Stride {
  const moved = afterAnswer(track, step, nowMs, settings);
  if (step.why !== 'search') return { track: moved, window: step.window, found, gap: undefined };
  return searched(track, moved, step, log);
}

/** What a search finds is only where to go on; its attacks come when their window's turn has come. */
function searched(before: Track, after: Track, { window }: Step, log: Logger): Stride {
  const gap = gapFound(before, after);
  if (after.search === undefined) {
    const from = new Date(after.doneUntilMs).toISOString();
    log.info({ websiteName: after.websiteName, from }, 'the service answers from here on');
  }
  return { track: after, window, found: [], gap };
}

async function inParts(
  track: Track,
  { window }: Step,
  nowMs: number,
  { error }: Failure,
  parts: StepParts,
): Promise<Stride> {
  const pace = afterFailure(track.pace, window.untilMs - window.fromMs) ?? track.pace;
  parts.log.info(
    { ...window, spanMs: pace.spanMs, reason: error.message },
    'a window is too large and is asked for in parts',
  );
  const shorter = { ...track, pace };
  const step = nextStep(shorter, nowMs, parts.settings);
  if (step === undefined) throw error;
  return takeStep(shorter, step, nowMs, parts);
}

/** Finds out whether the window is too long, too old, or whether nothing is accepted at all. */
async function refused(
  track: Track,
  step: Step,
  nowMs: number,
  answer: Failure,
  parts: StepParts,
): Promise<Stride> {
  const { window, why } = step;
  if (isDivisible(window)) {
    const short = await parts.fetchAttacks(secondAt(window.fromMs));
    if (short.outcome === 'attacks') return inParts(track, step, nowMs, answer, parts);
    if (short.outcome !== 'refused') throw short.error;
  }
  const newest = newestSecond(nowMs, parts.settings);
  if (why === 'first') {
    const latest = await parts.fetchAttacks(newest);
    if (latest.outcome !== 'attacks') throw answer.error;
    parts.log.info(
      { websiteName: track.websiteName, ...window, reason: answer.error.message },
      'the service refuses what is that old; looking for where it begins to answer',
    );
  }
  const moved = afterRefusal(track, step, newest);
  if (why === 'sweep') return { track: moved, window, found: [], gap: undefined };
  return searched(track, moved, step, parts.log);
}

function failed(track: Track, step: Step, { outcome, error }: Failure, parts: StepParts): Stride {
  const { troubles, skipAfterMs = Infinity, log } = parts;
  const { window, why } = step;
  // A service that fails now and then does so whatever it is asked.
  if (!troubles.failsAgain(keyOf(track), window.fromMs)) throw error;
  const pace = afterFailure(track.pace, window.untilMs - window.fromMs);
  if (pace !== undefined) {
    troubles.learn(keyOf(track), pace);
    throw error;
  }
  // Nobody knows whether the service could have answered if it had been reached.
  if (outcome === 'unreachable') throw error;
  if (why === 'search' || troubles.stuckMs(keyOf(track), window.fromMs) < skipAfterMs) throw error;
  log.warn({ ...window, why, reason: error.message }, 'a second of attacks is given up');
  const reason = `The service could not answer for this time (${error.message}).`;
  return { ...afterSkip(track, step, reason), window, found: [] };
}

function isDivisible({ fromMs, untilMs }: Window): boolean {
  return untilMs - fromMs > spanMsMin;
}
