import { matchesStream } from '../../config/stream-pattern.ts';
import { secretReader } from '../../config/secret-reader.ts';
import { AppError } from '../../core/errors.ts';
import type { StreamName } from '../../core/stream.ts';
import { feeds } from '../../feeds/feeds.ts';
import { Pace } from '../../pipeline/pace.ts';
import { eventsInRange, replay, type Replayed, type ReplayRange } from '../../pipeline/replay.ts';
import { newSinkStatus } from '../../pipeline/status.ts';
import type { SinkContext, SliceLimits } from '../../sinks/sink.ts';
import type { EventStore, StreamInfo } from '../../store/event-store.ts';
import { locationOf } from '../data-location.ts';
import type { DataLocation } from '../data-location.ts';
import { openDataStore } from '../open-data.ts';
import { printTime } from '../print.ts';
import { HintedError } from '../report-error.ts';
import { createReplaySink, sliceLimitsOf } from '../service/create-adapters.ts';
import { deliveryForm } from '../service/delivery-form.ts';
import { createLog } from '../service/log.ts';
import type { ConfiguredSink } from '../sink-of-config.ts';
import { systemClock } from '../system-clock.ts';
import type { Terminal } from '../terminal.ts';

export interface StreamsReplay extends ConfiguredSink {
  readonly terminal: Terminal;
  /** Undefined: every stream that the sink gets. */
  readonly stream: StreamName | undefined;
  readonly range: ReplayRange;
  /** Events per second. */
  readonly rate: number | undefined;
  readonly dryRun: boolean;
  /** Called with each stream before any of its events is sent; not by a dry run. */
  readonly onStream: (stream: StreamName, location: DataLocation) => Promise<void>;
  readonly onProgress: (progress: ReplayProgress) => void;
}

export interface ReplayProgress {
  readonly read: number;
  readonly total: number;
  readonly sent: number;
}

/** What became of one stream. */
export interface StreamReplay extends Replayed {
  readonly stream: StreamName;
  /** Set when part of the range is past retention: the time of the oldest event that is left. */
  readonly retainedFrom: string | undefined;
}

export interface StreamsReplayed {
  /** The last one may be a part only when it was interrupted. */
  readonly outcomes: readonly StreamReplay[];
  /** Streams that an interruption left for later altogether. */
  readonly notBegun: readonly StreamName[];
  readonly interrupted: boolean;
}

/** Replays stream after stream. An abort ends it with what was done until then. */
export async function replayStreams(
  replaying: StreamsReplay,
  signal: AbortSignal,
): Promise<StreamsReplayed> {
  const { config, sink: sinkConfig, terminal, range, rate, dryRun } = replaying;
  const readSecret = secretReader(terminal.environment);
  const log = createLog({ level: 'warn' }, terminal); // a sink that is down is said, and waited for
  const context: SinkContext = { clock: systemClock, log, readSecret };
  const location = await locationOf(config, terminal.environment);
  await using store = await openDataStore(location);
  await using sink = dryRun ? undefined : await createReplaySink(sinkConfig, context);
  const streams = await wantedStreams(replaying, store);
  let total = 0;
  for (const { stream } of streams) total += await eventsInRange({ store, stream, range }, signal);
  const pace = new Pace(rate, systemClock);
  const outcomes: StreamReplay[] = [];
  for (const info of streams) {
    if (signal.aborted) break;
    const { stream } = info;
    if (!dryRun) await replaying.onStream(stream, location);
    const status = newSinkStatus(sinkConfig.name, stream);
    const [readBefore, sentBefore] = [sumOf(outcomes, 'read'), sumOf(outcomes, 'sent')];
    const onProgress = ({ read, sent }: Replayed) =>
      replaying.onProgress({ read: readBefore + read, total, sent: sentBefore + sent });
    const form = await deliveryForm(sinkConfig, stream, readSecret);
    const limits = pacedLimits(sliceLimitsOf(sinkConfig), rate);
    const work = { sink, stream, range, store, ...form, limits, pace, status, onProgress };
    const replayed = await replay({ ...work, clock: systemClock, log: context.log }, signal);
    outcomes.push({ ...replayed, stream, retainedFrom: retainedFrom(info, range) });
  }
  const notBegun = streams.slice(outcomes.length).map(({ stream }) => stream);
  return { outcomes, notBegun, interrupted: signal.aborted };
}

function sumOf(outcomes: readonly StreamReplay[], key: 'read' | 'sent'): number {
  return outcomes.reduce((sum, outcome) => sum + outcome[key], 0);
}

/** Whoever names a stream gets it for no sink that the configuration keeps it from. */
async function wantedStreams(
  { stream, sink }: StreamsReplay,
  store: EventStore,
): Promise<readonly StreamInfo[]> {
  const streams = await store.streams();
  if (stream !== undefined) {
    if (!matchesStream(sink.streams, stream)) throw notForSink(sink, stream);
    const found = streams.filter((info) => info.stream === stream);
    if (found.length > 0) return found;
    throw new AppError('not_found', `there is no stream ${stream}`);
  }
  return streams.filter(
    (info) =>
      matchesStream(sink.streams, info.stream) &&
      feeds.some(({ name }) => info.stream.endsWith(`/${name}`)),
  );
}

function notForSink({ name, streams }: StreamsReplay['sink'], stream: StreamName): AppError {
  const message = `sink ${name} gets ${streams.join(', ')}, and not ${stream}`;
  const hint = "name a stream that it gets, or put this one into the sink's `streams`";
  return new HintedError('argument_invalid', message, hint);
}

/** Of a slow replay every slice is about a second's worth, so that it does not come in bursts. */
function pacedLimits(limits: SliceLimits, rate: number | undefined): SliceLimits {
  return rate === undefined ? limits : { ...limits, events: Math.min(limits.events, rate) };
}

function retainedFrom(info: StreamInfo, { window, first }: ReplayRange): string | undefined {
  const { firstRetainedPosition, oldestEventMs } = info;
  const isCut = firstRetainedPosition > Math.max(1, first);
  if (!isCut || (oldestEventMs !== undefined && window.fromMs >= oldestEventMs)) return undefined;
  return printTime(oldestEventMs);
}
