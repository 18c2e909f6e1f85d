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

export interface WorkerSurroundings {
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

export function sourceView(source: SourceReport, { nowMs }: WorkerSurroundings): WorkerView {
  const { behindMs, caughtUp } = source;
  const trouble = troubleOf(source, nowMs);
  const isLate = !caughtUp && behindMs !== undefined && behindMs > sourceBehindMs;
  const sentence = caughtUp
    ? 'It has everything the vendor offers.'
    : behindMs === undefined
      ? 'It is catching up.'
      : `It is catching up, ${spanText(behindMs)} behind.`;
  return view(source, null, trouble ?? { health: isLate ? 'warning' : 'good', sentence });
}

export function sinkView(sink: SinkReport, { nowMs, headOf }: WorkerSurroundings): WorkerView {
  const lagEvents = Math.max(0, headOf(sink.stream) - sink.position);
  const sentence =
    lagEvents === 0
      ? 'Everything is delivered.'
      : `${lagEvents.toLocaleString('en')} events are still to be delivered.`;
  const health = lagEvents > sinkLagEvents ? 'warning' : 'good';
  const trouble = sink.needsOperator
    ? { health: 'bad' as const, sentence: `It needs a hand: ${sink.lastError?.message ?? ''}` }
    : troubleOf(sink, nowMs);
  return view(sink, lagEvents, trouble ?? { health, sentence });
}

type Judged = Pick<WorkerView, 'health' | 'sentence'>;

function troubleOf(
  { state, lastError, nextTryMs }: SourceReport | SinkReport,
  nowMs: number,
): Judged | undefined {
  if (state === 'stopped') return { health: 'bad', sentence: 'It has stopped.' };
  if (state === 'starting') return { health: 'idle', sentence: 'It is starting.' };
  if (state !== 'retrying') return undefined;
  const wait = nextTryMs === undefined ? '' : ` Next try in ${spanText(nextTryMs - nowMs)}.`;
  const message = (lastError?.message ?? 'it failed').replace(/\.$/, '');
  return { health: 'bad', sentence: `It fails and is tried again: ${message}.${wait}` };
}

function view(
  report: SourceReport | SinkReport,
  lagEvents: number | null,
  { health, sentence }: Judged,
): WorkerView {
  const { name, stream, state, lastSuccessMs, lastError, nextTryMs } = report;
  return {
    name,
    stream,
    state,
    health,
    sentence,
    lagEvents,
    lastSuccessMs: lastSuccessMs ?? null,
    lastError: lastError === undefined ? null : lastError.message,
    nextTryMs: nextTryMs ?? null,
  };
}
