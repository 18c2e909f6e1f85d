import type { Gap } from '../../core/gap.ts';
import type { Window } from '../../core/window.ts';
import type { Track } from './checkpoint.ts';
import { clocksDifferMs, retentionMs, windowMsMax } from './options.ts';
import { afterSuccess, fullPace, spanMsMin } from './pace.ts';

/**
 * The oldest moment that is asked for is this much younger than what the service keeps, so that it
 * does not leave while the request is under way.
 */
const retentionMarginMs = 60_000;
/** A time read from the service's clock may be wrong by this much. */
const clockErrorMs = 10_000;
/** How far to stay clear of a limit that moves with time: longer than a few requests take. */
const movingLimitMarginMs = 5 * 60_000;
const dayMs = 86_400_000;

/** What the schedule depends on beside the track; times in milliseconds. */
export interface ScheduleSettings {
  readonly settleMs: number;
  readonly backfillMs: number;
  readonly sweepEveryMs: number;
  /** 0: no sweeps. */
  readonly sweepHorizonMs: number;
  readonly overlapMs: number;
  /** A settled stretch shorter than this waits for more. */
  readonly quantumMs: number;
}

/**
 * What to ask for next, and why: `first`: the first time. `sweep`: again, for what was added late.
 * `search`: to find out from where on the service answers.
 */
export interface Step {
  readonly why: 'first' | 'sweep' | 'search';
  readonly window: Window;
}

/** What a track asks for; everything when empty. */
export type Filter = Pick<Track, 'websiteName' | 'eventType'>;

/*
 * A track's way through time. Windows are half-open, never longer than the service allows with the
 * overlap, never younger than the settling lag, and never cross midnight UTC.
 *
 *   state          when                        asks for                  answered        refused (400)
 *   ────────────────────────────────────────────────────────────────────────────────────────────────
 *   searching      `search`                    one second halfway        accepted there  refused there
 *   behind         doneUntil < now − settle    the next window           doneUntil moves searching, if the
 *                                                                                        newest is accepted
 *   sweeping       `sweep`                     its next window           sweep moves     sweep moves
 *   sweep is due   now ≥ audit.due             (turns into sweeping, up to doneUntil)
 *   caught up      otherwise                   nothing
 *
 *   every state    doneUntil < now − 30 days   (moves to now − 30 days, and says which gap that is)
 *   every state    doneUntil > now, or         (the clock was wrong: goes back to what has settled by
 *                  asked at > now              all clocks; when one was set, by the sweep horizon too)
 *
 * The states are tried from the top, so nothing that is asked again keeps back what is new. Failures
 * change no state: the same window is asked for again, shorter (see pace.ts), for ever. The place
 * inside a window that was halved is simply `doneUntilMs`, so no crash undoes what was had of it.
 *
 * Why the bounds overlap: whether they belong to a window is not documented. From one millisecond
 * before the window to its very end holds all of `[fromMs, untilMs)` under every reading; what comes
 * twice is dropped by identity.
 *
 * Why sweeps find everything that is late by no more than the horizon H: an attack that happened at T
 * and was missed by a sweep that began at S, or by a first pass at S, was added at A > S. It is late by
 * A − T ≤ H, so T > S − H. Hence each sweep goes back to S − H where S is when the one before *began*,
 * however long ago that is; the first one to the first window whose first pass was within H. And to a
 * little before: S may have been told by a clock that was ahead.
 *
 * Why windows do not cross midnight: an attack without a readable time is dated at the midnight before
 * its window. So it gets the same time each time it comes, and is recognised.
 */

export function beginTrack(filter: Filter, nowMs: number, settings: ScheduleSettings): Track {
  const oldestMs = oldestOnOfferMs(nowMs) + movingLimitMarginMs;
  const fromMs = Math.max(nowMs - settings.backfillMs, oldestMs);
  const pace = fullPace(spanMsMaxOf(settings));
  return { ...filterOf(filter), fromMs, doneUntilMs: fromMs, pace };
}

/** What time has done to the track since it was last looked at, and the gap that opened, if any. */
export function overtaken(
  track: Track,
  nowMs: number,
  settings: ScheduleSettings,
): { readonly track: Track; readonly gap: Gap | undefined } {
  const { doneUntilMs } = track;
  if (latestMs(track) > nowMs + clockErrorMs) {
    return { track: goneBack(track, nowMs, settings), gap: undefined };
  }
  const oldestMs = oldestOnOfferMs(nowMs);
  if (doneUntilMs >= oldestMs) {
    return { track: startedSweep(track, nowMs, settings), gap: undefined };
  }
  const { search: _, sweep: __, ...rest } = track;
  const reason = 'The service keeps attacks for 30 days, and these were not collected in time.';
  return {
    track: { ...rest, doneUntilMs: oldestMs },
    gap: gapOf(track, doneUntilMs, oldestMs, reason),
  };
}

/** True when a clock was set back so far that `overtaken` has much of the track asked for again. */
export function isJumpBack(track: Track, nowMs: number): boolean {
  return latestMs(track) > nowMs + clocksDifferMs;
}

/** The latest time at which the track has ever been. */
export function latestMs({ doneUntilMs, askedAtMs = doneUntilMs }: Track): number {
  return Math.max(doneUntilMs, askedAtMs);
}

/** Undefined when the track has caught up. The track must come from `overtaken`. */
export function nextStep(
  track: Track,
  nowMs: number,
  settings: ScheduleSettings,
): Step | undefined {
  const { search, sweep, pace, doneUntilMs } = track;
  if (search !== undefined) return { why: 'search', window: secondAt(halfway(search)) };
  const settledMs = nowMs - settings.settleMs;
  if (settledMs - doneUntilMs >= settings.quantumMs) {
    return { why: 'first', window: windowFrom(doneUntilMs, settledMs, pace.spanMs) };
  }
  if (sweep === undefined) return undefined;
  return { why: 'sweep', window: windowFrom(sweep.doneUntilMs, sweep.untilMs, pace.spanMs) };
}

/** The youngest second that may be asked for. */
export function newestSecond(nowMs: number, { settleMs }: ScheduleSettings): Window {
  return secondAt(nowMs - settleMs - spanMsMin);
}

/** The track after the window of `step` was answered. */
export function afterAnswer(
  track: Track,
  { why, window }: Step,
  nowMs: number,
  settings: ScheduleSettings,
): Track {
  if (why === 'search') return searchedOn(track, { acceptedMs: window.fromMs });
  const pace = afterSuccess(track.pace, spanMsMaxOf(settings));
  const { searched: _, ...rest } = track;
  return why === 'sweep'
    ? sweptUntil({ ...rest, pace, askedAtMs: nowMs }, window.untilMs)
    : audited(
        { ...rest, pace, askedAtMs: nowMs, doneUntilMs: window.untilMs },
        window,
        nowMs,
        settings,
      );
}

/**
 * The track after the service refused the window of `step` as too old. In a first pass that is known
 * only once it has accepted the newest one, `accepted`.
 */
export function afterRefusal(track: Track, { why, window }: Step, accepted: Window): Track {
  if (why === 'sweep') return sweptUntil(track, window.untilMs);
  const acceptedMs = why === 'first' ? { acceptedMs: accepted.fromMs } : {};
  return searchedOn(track, { refusedMs: window.fromMs, ...acceptedMs });
}

/** The track without the window of `step`, which is given up. */
export function afterSkip(
  track: Track,
  { why, window }: Step,
  reason: string,
): { readonly track: Track; readonly gap: Gap | undefined } {
  if (why === 'sweep') return { track: sweptUntil(track, window.untilMs), gap: undefined };
  return {
    track: { ...track, doneUntilMs: window.untilMs },
    gap: gapOf(track, window.fromMs, window.untilMs, reason),
  };
}

/** The gap that a search which has just ended found; undefined when nothing had been collected before. */
export function gapFound(before: Track, after: Track): Gap | undefined {
  const isFound = before.search !== undefined && after.search === undefined;
  if (!isFound || before.doneUntilMs === before.fromMs) return undefined;
  const reason = 'The service refuses to answer for this time; it no longer keeps it.';
  return gapOf(before, before.doneUntilMs, after.doneUntilMs, reason);
}

/** The longest window, so that with the overlap it is as long as the service allows. */
export function spanMsMaxOf({ overlapMs }: Pick<ScheduleSettings, 'overlapMs'>): number {
  return windowMsMax - overlapMs;
}

/** The oldest moment that is asked for. */
export function oldestOnOfferMs(nowMs: number): number {
  return nowMs - retentionMs + retentionMarginMs;
}

function filterOf({ websiteName, eventType }: Filter): Filter {
  return {
    ...(websiteName === undefined ? {} : { websiteName }),
    ...(eventType === undefined ? {} : { eventType }),
  };
}

/**
 * Windows that were asked for before they were over came back without what happened later in them:
 * they are asked for again. Some may lie in the past by now, but then they were asked at a time that
 * has not come yet; and sweeps that were planned by that time would come too late. By clocks that
 * merely differ, only what had not settled was asked for too early.
 */
function goneBack(track: Track, nowMs: number, settings: ScheduleSettings): Track {
  if (track.fromMs > nowMs) return beginTrack(track, nowMs, settings);
  const { askedAtMs: _, ...again } = track;
  const settledMs = nowMs - settings.settleMs - clocksDifferMs;
  if (!isJumpBack(track, nowMs)) return { ...again, doneUntilMs: backTo(settledMs, track) };
  const { audit: __, sweep: ___, search: ____, ...rest } = again;
  const horizonMs = nowMs - settings.sweepHorizonMs;
  return { ...rest, doneUntilMs: backTo(Math.min(horizonMs, settledMs), track) };
}

function backTo(timeMs: number, { fromMs, doneUntilMs }: Track): number {
  return Math.min(Math.max(timeMs, fromMs), doneUntilMs);
}

function startedSweep(track: Track, nowMs: number, settings: ScheduleSettings): Track {
  const { audit, sweep, doneUntilMs } = track;
  if (audit === undefined || sweep !== undefined || nowMs < audit.dueMs) return track;
  const fromMs = Math.max(audit.fromMs, track.fromMs, oldestOnOfferMs(nowMs));
  if (fromMs >= doneUntilMs || settings.sweepHorizonMs === 0) return track;
  return {
    ...track,
    audit: {
      fromMs: nowMs - settings.sweepHorizonMs - clocksDifferMs,
      dueMs: nowMs + settings.sweepEveryMs,
    },
    sweep: { doneUntilMs: fromMs, untilMs: doneUntilMs },
  };
}

/** Notes where the first sweep has to begin. */
function audited(
  track: Track,
  { fromMs, untilMs }: Window,
  nowMs: number,
  { sweepHorizonMs, sweepEveryMs }: ScheduleSettings,
): Track {
  const isWithinHorizon = untilMs > nowMs - sweepHorizonMs - clocksDifferMs;
  if (track.audit !== undefined || !isWithinHorizon) return track;
  return { ...track, audit: { fromMs, dueMs: nowMs + sweepEveryMs } };
}

function sweptUntil(track: Track, doneUntilMs: number): Track {
  const { sweep, ...rest } = track;
  if (sweep === undefined || doneUntilMs >= sweep.untilMs) return rest;
  return { ...rest, sweep: { ...sweep, doneUntilMs } };
}

function searchedOn(
  track: Track,
  found: { readonly refusedMs?: number; readonly acceptedMs?: number },
): Track {
  const { search: known, ...rest } = track;
  const search = {
    refusedMs: found.refusedMs ?? known?.refusedMs ?? track.doneUntilMs,
    acceptedMs: found.acceptedMs ?? known?.acceptedMs ?? track.doneUntilMs,
  };
  if (search.acceptedMs - search.refusedMs > spanMsMin) return { ...rest, search };
  const marginMs = track.searched === true ? movingLimitMarginMs : 0;
  const doneUntilMs = search.acceptedMs + marginMs;
  const fromMs = track.fromMs === track.doneUntilMs ? doneUntilMs : track.fromMs;
  return { ...rest, fromMs, doneUntilMs, searched: true };
}

/** One gap that holds both, which follow one another. */
export function joinGaps(first: Gap | undefined, second: Gap | undefined): Gap | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return { ...first, untilMs: second.untilMs };
}

function gapOf({ websiteName }: Track, fromMs: number, untilMs: number, reason: string): Gap {
  const website = websiteName === undefined ? '' : ` (website ${websiteName})`;
  return { fromMs, untilMs, count: undefined, reason: `${reason}${website}` };
}

function windowFrom(fromMs: number, endMs: number, spanMs: number): Window {
  const midnightMs = (Math.floor(fromMs / dayMs) + 1) * dayMs;
  return { fromMs, untilMs: Math.min(fromMs + spanMs, endMs, midnightMs) };
}

/** One second from `fromMs` on. */
export function secondAt(fromMs: number): Window {
  return { fromMs, untilMs: fromMs + spanMsMin };
}

function halfway({ refusedMs, acceptedMs }: NonNullable<Track['search']>): number {
  return Math.floor((refusedMs + acceptedMs) / 2);
}
