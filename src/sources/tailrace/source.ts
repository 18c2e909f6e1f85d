import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { EventLines } from '../../core/event-lines.ts';
import { parseStreamName, type Position, type StreamName } from '../../core/stream.ts';
import { gapOfLost } from '../gap-header.ts';
import { openHttpClient, refuseInsecure } from '../../wire/http-options.ts';
import { Restarts } from '../restarts.ts';
import type { Source, SourceContext, SourcePage } from '../source.ts';
import { type StreamPage, TailraceClient } from './client.ts';
import { readStoredEvents } from './events.ts';
import type { TailraceOptions } from './options.ts';

/** What a later version adds is let pass: nodes and versions are replaced one after the other. */
const checkpointSchema = z.object({
  version: z.literal(1),
  position: z.int().min(0),
  mark: z.string().optional(),
  heldMs: z.number().optional(),
  repeating: z.boolean(),
  untried: z.literal(true).optional(),
});

/**
 * `position`: of the last event that was pulled, in the other stream. `mark`: what the service told it
 * by from another event in its place. `heldMs`: time of the newest
 * one. `repeating`: events may come that are held already, because pulling had to start again.
 * `untried`: the position came with the oldest events, and nothing has been had behind it yet.
 */
type TailraceCheckpoint = Readonly<z.infer<typeof checkpointSchema>>;

/** Pulls a stream of another Tailrace. Throws `config_invalid` for credentials in clear. */
export function createTailraceSource(
  name: string,
  stream: StreamName,
  options: TailraceOptions,
  context: SourceContext,
): Source {
  refuseInsecure(options.url, options.allowInsecure);
  if (options.tokenUrl !== undefined) refuseInsecure(options.tokenUrl, options.allowInsecure);
  return new TailraceSource(name, stream, options, context);
}

class TailraceSource implements Source {
  readonly name: string;
  readonly stream: StreamName;
  /** By position; and it waits for events only when there are no more. */
  readonly mayPullAhead = true;
  readonly #options: TailraceOptions;
  readonly #context: SourceContext;
  readonly #feed: string;
  readonly #restarts = new Restarts();
  #client: TailraceClient | undefined;

  constructor(name: string, stream: StreamName, options: TailraceOptions, context: SourceContext) {
    this.name = name;
    this.stream = stream;
    this.#options = options;
    this.#context = context;
    this.#feed = parseStreamName(stream).feed;
  }

  async pull(checkpoint: string | undefined, signal: AbortSignal): Promise<SourcePage> {
    const client = await this.#connected();
    const from = readCheckpoint(checkpoint);
    if (from === undefined) return toSourcePage(from, await client.fetchOldest(this.#feed, signal));
    const answer = await client.fetchAfter(this.#feed, from, signal);
    if (answer.outcome === 'page') {
      this.#restarts.succeeded();
      return toSourcePage(from, answer);
    }
    if (from.untried === true) this.#restarts.refused(answer.answer);
    // The service was set up anew, restored, or lost what it had: going on there would leave out
    // what got the positions meanwhile, or wait for ever.
    this.#context.log.warn(
      { source: this.name, position: from.position, answer: answer.answer },
      'the stream ends before the position that was pulled last, or has another event there; starting again at its oldest event',
    );
    return toSourcePage(undefined, await client.fetchOldest(this.#feed, signal), from.heldMs);
  }

  async #connected(): Promise<TailraceClient> {
    this.#client ??= new TailraceClient(
      this.#options,
      await openHttpClient(this.#options, this.#context.readSecret, this.#context.fetch),
      this.#context,
    );
    return this.#client;
  }
}

/** `from` is undefined at the beginning, and when starting again after events until `heldMs`. */
function toSourcePage(
  from: TailraceCheckpoint | undefined,
  page: StreamPage,
  heldMs = from?.heldMs,
): SourcePage {
  const events = readStoredEvents(page.ndjson);
  assertPositions(from?.position, page, events.ids.length);
  const repeating = from?.repeating ?? true;
  const caughtUp = page.lastPosition >= page.headPosition;
  const gap =
    from === undefined || page.lost === undefined ? undefined : gapOfLost(page.lost, heldMs);
  const position = Math.max(page.lastPosition, page.lost?.last ?? 0);
  const next: TailraceCheckpoint = {
    version: 1,
    position,
    ...(page.mark !== undefined && position === page.lastPosition && { mark: page.mark }),
    ...newest(events, heldMs),
    repeating: repeating && !caughtUp,
    ...(from === undefined && !caughtUp && { untried: true }),
  };
  return {
    events,
    checkpoint: JSON.stringify(next),
    caughtUp,
    mayRepeat: repeating,
    startsAgain: from === undefined,
    ...(heldMs === undefined ? {} : { heldMs }),
    ...(gap === undefined ? {} : { gap }),
  };
}

/** Throws `source_misbehaved` unless the page follows the position without a hole. */
function assertPositions(
  after: Position | undefined,
  { firstPosition, lastPosition, headPosition, lost }: StreamPage,
  count: number,
): void {
  const expected = lost === undefined ? (after ?? firstPosition - 1) + 1 : lost.last + 1;
  const lostFits = lost === undefined || after === undefined || lost.first === after + 1;
  const countFits = lastPosition - firstPosition + 1 === count;
  if (firstPosition === expected && lostFits && countFits && lastPosition <= headPosition) return;
  throw new AppError(
    'source_misbehaved',
    `the Streams API answered ${count} events as positions ${firstPosition} to ${lastPosition} of ${headPosition}, after ${after ?? 'the beginning'}`,
  );
}

function newest({ occurredAtMs }: EventLines, heldMs: number | undefined): { heldMs?: number } {
  const newestMs = occurredAtMs.reduce(
    (latestMs, timeMs) => Math.max(latestMs, timeMs),
    heldMs ?? -Infinity,
  );
  return newestMs === -Infinity ? {} : { heldMs: newestMs };
}

function readCheckpoint(text: string | undefined): TailraceCheckpoint | undefined {
  if (text === undefined) return undefined;
  try {
    return checkpointSchema.parse(JSON.parse(text));
  } catch (error) {
    const message = 'the stored checkpoint is not one of a Tailrace source of this version';
    throw new AppError('store_corrupt', message, { cause: error });
  }
}
