import { errorCodes } from '../../../core/errors.ts';
import type { Position, StreamName } from '../../../core/stream.ts';
import type { WorkerView } from '../api-types.ts';
import type { SinkReport, SourceReport, WorkerReports } from '../instance-parts.ts';
import { spanText } from './span-text.ts';

/** A source that is this far behind is worth a look. */
const sourceBehindMs = 900_000;
/** A sink that waits for nothing and has so much before it is worth a look. */
const sinkLagEvents = 100_000;

export interface WorkerViews {
  readonly sources: readonly WorkerView[];
  readonly sinks: readonly WorkerView[];
}

/**
 * Operators read errors in full. In these stand names and addresses of their network, so that a
 * tenant's people read which kind of error it is.
 */
export type WorkerAudience = 'operator' | 'tenant';

export interface WorkerSurroundings {
  readonly audience: WorkerAudience;
  readonly nowMs: number;
  readonly headOf: (stream: StreamName) => Position;
}

/** Those whose stream `isShown`; none when this instance has none. */
export function workerViews(
  reports: WorkerReports | undefined,
  isShown: (stream: StreamName) => boolean,
  surroundings: WorkerSurroundings,
): WorkerViews {
  const shown = <Report extends SourceReport | SinkReport>(all: readonly Report[] | undefined) =>
    (all ?? []).filter(({ stream }) => isShown(stream));
  return {
    sources: shown(reports?.sources).map((source) => sourceView(source, surroundings)),
    sinks: shown(reports?.sinks).map((sink) => sinkView(sink, surroundings)),
  };
}

export function sourceView(
  source: SourceReport,
  { nowMs, audience }: WorkerSurroundings,
): WorkerView {
  const { behindMs, caughtUp } = source;
  const error = errorText(source, audience);
  const trouble = troubleOf(source, error, nowMs);
  const isLate = !caughtUp && behindMs !== undefined && behindMs > sourceBehindMs;
  const sentence = caughtUp
    ? 'It has everything the vendor offers.'
    : behindMs === undefined
      ? 'It is catching up.'
      : `It is catching up, ${spanText(behindMs)} behind.`;
  return view(source, error, null, trouble ?? { health: isLate ? 'warning' : 'good', sentence });
}

export function sinkView(
  sink: SinkReport,
  { nowMs, headOf, audience }: WorkerSurroundings,
): WorkerView {
  const error = errorText(sink, audience);
  const lagEvents = Math.max(0, headOf(sink.stream) - sink.position);
  const sentence =
    lagEvents === 0
      ? 'Everything is delivered.'
      : `${lagEvents.toLocaleString('en')} events are still to be delivered.`;
  const health = lagEvents > sinkLagEvents ? 'warning' : 'good';
  const trouble = sink.needsOperator
    ? { health: 'bad' as const, sentence: `It needs a hand: ${error ?? ''}` }
    : troubleOf(sink, error, nowMs);
  return view(sink, error, lagEvents, trouble ?? { health, sentence });
}

type Judged = Pick<WorkerView, 'health' | 'sentence'>;

function troubleOf(
  { state, nextTryMs }: SourceReport | SinkReport,
  error: string | undefined,
  nowMs: number,
): Judged | undefined {
  if (state === 'stopped') return { health: 'bad', sentence: 'It has stopped.' };
  if (state === 'starting') return { health: 'idle', sentence: 'It is starting.' };
  if (state !== 'retrying') return undefined;
  const wait = nextTryMs === undefined ? '' : ` Next try in ${spanText(nextTryMs - nowMs)}.`;
  const message = (error ?? 'it failed').replace(/\.$/, '');
  return { health: 'bad', sentence: `It fails and is tried again: ${message}.${wait}` };
}

/** `The sink cannot take events at the moment (sink_unavailable)`. */
function errorText(
  { lastError }: SourceReport | SinkReport,
  audience: WorkerAudience,
): string | undefined {
  if (lastError === undefined || audience === 'operator') return lastError?.message;
  const { code } = lastError;
  return `${errorCodes[code].summary.replace(/\.$/, '')} (${code})`;
}

function view(
  report: SourceReport | SinkReport,
  error: string | undefined,
  lagEvents: number | null,
  { health, sentence }: Judged,
): WorkerView {
  const { name, stream, state, lastSuccessMs, nextTryMs } = report;
  return {
    name,
    stream,
    state,
    health,
    sentence,
    lagEvents,
    lastSuccessMs: lastSuccessMs ?? null,
    lastError: error ?? null,
    nextTryMs: nextTryMs ?? null,
  };
}
