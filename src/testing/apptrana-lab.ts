import assert from 'node:assert/strict';
import pino from 'pino';
import { AppError } from '../core/errors.ts';
import type { TailraceEvent } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import { apptranaOptions } from '../sources/apptrana/options.ts';
import { createApptranaSource } from '../sources/apptrana/source.ts';
import type { Source, SourcePage } from '../sources/source.ts';
import { eventsOfLines } from './events-of-lines.ts';
import { ManualClock } from './manual-clock.ts';
import { plainAttackFeed } from './plain-attacks.ts';
import {
  apptranaCredentials,
  apptranaSecrets,
  ScriptedApptrana,
  type ScriptedApptranaOptions,
} from './scripted-apptrana.ts';

const signal = new AbortController().signal;
/** Noon, so that an hour back is the same day. */
export const labStartMs = Date.UTC(2026, 10, 20, 12);

/** A service, a clock that both sides share, and sources that pull from it. */
export class ApptranaLab implements AsyncDisposable {
  readonly service: ScriptedApptrana;
  readonly clock: ManualClock;
  readonly logged: string[] = [];

  private constructor(service: ScriptedApptrana, clock: ManualClock) {
    this.service = service;
    this.clock = clock;
  }

  /** `skewMs`: how far the service's time is ahead, or what answers that at every look. */
  static async start(
    options: Partial<ScriptedApptranaOptions> = {},
    skewMs: number | (() => number) = 0,
  ): Promise<ApptranaLab> {
    const clock = new ManualClock(labStartMs);
    const nowMs = () => clock.nowMs() + (typeof skewMs === 'number' ? skewMs : skewMs());
    return new ApptranaLab(await ScriptedApptrana.start({ nowMs, ...options }), clock);
  }

  source(more: JsonObject = {}, requestTimeoutMs = 30_000): Source {
    const { url } = this.service;
    const options = apptranaOptions.parse({
      type: 'apptrana',
      url,
      apiId: apptranaCredentials.apiId,
      apiKey: { env: 'KEY' },
      requestTimeout: `${requestTimeoutMs}ms`,
      ...more,
    });
    const log = pino({ level: 'info' }, { write: (line: string) => void this.logged.push(line) });
    const context = { clock: this.clock, log, readSecret: apptranaSecrets };
    return createApptranaSource('apptrana', 'acme/apptrana', options, context, plainAttackFeed);
  }

  /** The first page that is asked for: the pull before it only notes where the backfill begins. */
  async firstPage(source: Source, end = signal): Promise<SourcePage> {
    const { checkpoint } = await source.pull(undefined, end);
    return source.pull(checkpoint, end);
  }

  async pullAll(source: Source, from?: string): Promise<SourcePage[]> {
    const pages: SourcePage[] = [];
    let checkpoint = from;
    do {
      const page = await source.pull(checkpoint, signal);
      pages.push(page);
      checkpoint = page.checkpoint ?? checkpoint;
    } while (pages.at(-1)?.caughtUp === false);
    return pages;
  }

  /** Pulls on through errors until it has caught up, or has made `attempts`. */
  async persist(source: Source, attempts = 400, from?: string) {
    const pages: SourcePage[] = [];
    const errors: unknown[] = [];
    let checkpoint = from;
    for (let attempt = 0; attempt < attempts && pages.at(-1)?.caughtUp !== true; attempt++) {
      try {
        const page = await source.pull(checkpoint, signal);
        pages.push(page);
        checkpoint = page.checkpoint ?? checkpoint;
      } catch (error) {
        errors.push(error);
      }
    }
    return { pages, errors, checkpoint };
  }

  /** What was asked for, without the overlap. */
  windows(after = 0): { fromMs: number; untilMs: number }[] {
    return this.service.requests.slice(after).map(({ startTime, endTime }) => ({
      fromMs: Number(startTime) + 1,
      untilMs: Number(endTime),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]();
  }
}

export function eventsOf(pages: readonly SourcePage[]): TailraceEvent[] {
  return pages.flatMap((page) => eventsOfLines(page.events));
}

/** Of `plainAttack`s, in the order in which they came. */
export function numbersOf(pages: readonly SourcePage[]): number[] {
  return eventsOf(pages).map(({ fields }) =>
    Number(JSON.stringify(fields['requestId']).slice(9, -1)),
  );
}

/** The error that `pulling` rejects with, after checking it. */
export async function rejects(
  pulling: Promise<unknown>,
  code: string,
  message: RegExp,
): Promise<AppError> {
  const error: unknown = await pulling.then(
    () => assert.fail('expected a rejection'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof AppError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, message);
  return error;
}
