import type { Gap } from '../../core/gap.ts';
import { type EventLines, eventLinesOf, noEvents } from '../../core/event-lines.ts';
import { parseStreamName, type StreamName } from '../../core/stream.ts';
import type { Window } from '../../core/window.ts';
import type { Feed } from '../../feeds/feed.ts';
import { feedNamed } from '../../feeds/feeds.ts';
import { openHttpClient, refuseInsecure } from '../../wire/http-options.ts';
import type { Source, SourceContext, SourcePage } from '../source.ts';
import { readCheckpoint, type Track, writeCheckpoint } from './checkpoint.ts';
import { ApptranaClient } from './client.ts';
import { readAttacks } from './events.ts';
import type { ApptranaOptions } from './options.ts';
import { progressOf } from './progress.ts';
import {
  isJumpBack,
  joinGaps,
  latestMs,
  nextStep,
  overtaken,
  type ScheduleSettings,
  type Step,
} from './schedule.ts';
import { ServerClock } from './server-clock.ts';
import { type Stride, takeStep } from './take-step.ts';
import { keyOf, filtersOf, tracksFor } from './tracks.ts';
import { Troubles } from './troubles.ts';

const dayMs = 86_400_000;

/** Pulls AppTrana's attacks. Throws `config_invalid` when credentials would travel in clear. */
export function createApptranaSource(
  name: string,
  stream: StreamName,
  options: ApptranaOptions,
  context: SourceContext,
  feed: Feed = feedNamed(parseStreamName(stream).feed),
): Source {
  refuseInsecure(options.url, options.allowInsecure);
  return new ApptranaSource(name, stream, options, context, feed);
}

/** Something to do for one track. */
interface Task {
  /** Its place among the tracks. */
  readonly index: number;
  readonly track: Track;
  readonly step: Step;
  readonly gap: Gap | undefined;
}

class ApptranaSource implements Source {
  readonly name: string;
  readonly stream: StreamName;
  readonly #options: ApptranaOptions;
  readonly #settings: ScheduleSettings;
  readonly #context: SourceContext;
  readonly #feed: Feed;
  readonly #serverClock: ServerClock;
  readonly #troubles: Troubles;
  #client: ApptranaClient | undefined;
  #reportedJumpMs: number | undefined;

  constructor(
    name: string,
    stream: StreamName,
    options: ApptranaOptions,
    context: SourceContext,
    feed: Feed,
  ) {
    this.name = name;
    this.stream = stream;
    this.#options = options;
    this.#settings = settingsOf(options);
    this.#context = { ...context, log: context.log.child({ source: name }) };
    this.#feed = feed;
    this.#serverClock = new ServerClock(context.clock, this.#context.log);
    this.#troubles = new Troubles(context.clock);
  }

  async pull(checkpoint: string | undefined, signal: AbortSignal): Promise<SourcePage> {
    const known = readCheckpoint(checkpoint);
    if (known === undefined) return this.#begin();
    const client = await this.#connected();
    await client.connect(signal);
    const nowMs = this.#serverClock.nowMs();
    this.#reportJump(known.tracks, nowMs);
    const begunMs = this.#serverClock.timeAt(known.begunMs ?? Infinity);
    const beginMs = Math.min(begunMs, nowMs);
    const tracks = tracksFor(filtersOf(this.#options), known, beginMs, this.#settings).map(
      (track) => this.#withoutGap(track, nowMs),
    );
    const task = this.#mostUrgent(tracks, nowMs);
    if (task === undefined) {
      return { ...this.#place(tracks, nowMs, checkpoint), events: noEvents, mayRepeat: false };
    }
    const stride = await this.#stride(client, task, nowMs, signal);
    const moved = tracks.with(task.index, stride.track);
    const gap = joinGaps(task.gap, stride.gap);
    return {
      ...this.#place(moved, nowMs, checkpoint),
      events: this.#read(stride),
      // Windows overlap, and sweeps ask again for what may have been stored a moment ago.
      mayRepeat: true,
      startsAgain: true,
      inAnyOrder: true,
      isSweep: task.step.why === 'sweep',
      ...(gap === undefined ? {} : { gap }),
    };
  }

  /**
   * Asks for nothing yet: the backfill counts from here, however long nothing is answered at first
   * and however often the process is started again meanwhile.
   */
  #begin(): SourcePage {
    const begunMs = this.#context.clock.nowMs();
    const checkpoint = writeCheckpoint({ version: 1, begunMs, tracks: [] });
    return { events: noEvents, checkpoint, caughtUp: false, mayRepeat: false };
  }

  async #connected(): Promise<ApptranaClient> {
    this.#client ??= new ApptranaClient(
      this.#options,
      await openHttpClient(this.#options, this.#context.readSecret, this.#context.fetch),
      this.#serverClock,
      this.#context,
    );
    return this.#client;
  }

  /** First those that did not fail just now; then what is new; then what is oldest. */
  #mostUrgent(tracks: readonly Track[], nowMs: number): Task | undefined {
    const tasks = tracks.flatMap((track, index) => this.#taskOf(track, index, nowMs));
    const rank = ({ track, step }: Task): number =>
      (this.#troubles.isWaiting(keyOf(track)) ? 2 : 0) + (step.why === 'sweep' ? 1 : 0);
    return tasks.toSorted(
      (a, b) => rank(a) - rank(b) || a.step.window.fromMs - b.step.window.fromMs,
    )[0];
  }

  /** Once for every jump, however often the window after it has to be asked for. */
  #reportJump(tracks: readonly Track[], nowMs: number): void {
    const jumped = tracks.filter((track) => isJumpBack(track, nowMs));
    const wasMs = Math.max(...jumped.map(latestMs));
    if (jumped.length === 0 || wasMs === this.#reportedJumpMs) return;
    this.#reportedJumpMs = wasMs;
    const seconds = Math.round((wasMs - nowMs) / 1000);
    this.#context.log.warn(
      { differenceMs: nowMs - wasMs },
      `the time was ${seconds} s later once; what was asked for then is asked for again`,
    );
  }

  /** What time has done to it is kept also when nothing is asked for; a gap is said with a page. */
  #withoutGap(track: Track, nowMs: number): Track {
    const { track: current, gap } = overtaken(track, nowMs, this.#settings);
    return gap === undefined ? current : track;
  }

  #taskOf(track: Track, index: number, nowMs: number): readonly Task[] {
    const pace = this.#troubles.paceOf(keyOf(track)) ?? track.pace;
    const { track: current, gap } = overtaken({ ...track, pace }, nowMs, this.#settings);
    const step = nextStep(current, nowMs, this.#settings);
    return step === undefined ? [] : [{ index, track: current, step, gap }];
  }

  async #stride(
    client: ApptranaClient,
    { track, step }: Task,
    nowMs: number,
    signal: AbortSignal,
  ): Promise<Stride> {
    const { skipAfter, sweepEvery } = this.#options;
    const fetchAttacks = (window: Window) => client.fetchAttacks(track, window, signal);
    const skipAfterMs = step.why === 'sweep' ? sweepEvery : skipAfter;
    const { log } = this.#context;
    const parts = {
      fetchAttacks,
      settings: this.#settings,
      troubles: this.#troubles,
      skipAfterMs,
      log,
    };
    try {
      const stride = await takeStep(track, step, nowMs, parts);
      this.#troubles.succeeded(keyOf(track));
      return stride;
    } catch (error) {
      if (!signal.aborted) this.#troubles.failed(keyOf(track));
      throw error;
    }
  }

  #read({ found, window }: Stride): EventLines {
    const undatedMs = Math.floor(window.fromMs / dayMs) * dayMs;
    const { events, unreadable, firstReason } = readAttacks(this.#feed, found, undatedMs);
    if (unreadable > 0) {
      this.#context.log.warn(
        { count: unreadable, reason: firstReason },
        'attacks that could not be read are kept as they came',
      );
    }
    return eventLinesOf(events);
  }

  #place(
    tracks: readonly Track[],
    nowMs: number,
    stored: string | undefined,
  ): Pick<SourcePage, 'checkpoint' | 'caughtUp' | 'progress'> {
    const text = writeCheckpoint({ version: 1, tracks });
    const progress = progressOf(tracks, nowMs - this.#settings.settleMs);
    return {
      checkpoint: text === stored ? undefined : text,
      caughtUp: this.#mostUrgent(tracks, nowMs) === undefined,
      ...(progress === undefined ? {} : { progress }),
    };
  }
}

function settingsOf(options: ApptranaOptions): ScheduleSettings {
  return {
    settleMs: options.settle,
    backfillMs: options.backfill,
    sweepEveryMs: options.sweepEvery,
    sweepHorizonMs: options.sweepHorizon,
    overlapMs: options.overlap,
    // A poll that comes a little early must not put off the window to the next one.
    quantumMs: Math.max(1, Math.floor(options.pollEvery / 2)),
  };
}
