import type { EventStore } from '../../store/event-store.ts';
import type { Backfill } from '../service/backfill.ts';
import type { RecordedStatus } from '../service/status-file.ts';

/** What the process wrote last, put right by what the store says now. */
export async function statusReport(
  store: EventStore,
  recorded: RecordedStatus | undefined,
  running: boolean,
) {
  const streams = await store.streams();
  const heads = new Map(streams.map((info) => [info.stream, info]));
  const reported = new Map(recorded?.sinks.map((sink) => [`${sink.name} ${sink.stream}`, sink]));
  const quarantined = new Map(
    (await store.quarantines()).map(({ sink, stream, events }) => [`${sink} ${stream}`, events]),
  );
  const deliveries = await store.deliveries();
  const delivered = new Set(deliveries.map(({ sink, stream }) => `${sink} ${stream}`));
  const unstarted = [...reported.values()].filter((s) => !delivered.has(`${s.name} ${s.stream}`));
  const sinks = [
    ...deliveries.map(({ sink, stream, position }) => ({ sink, stream, position })),
    ...unstarted.map(({ name, stream }) => ({ sink: name, stream, position: 0 })),
  ].map(({ sink, stream, position }) => {
    const head = heads.get(stream);
    const worker = reported.get(`${sink} ${stream}`);
    const lagEvents = Math.max(0, (head?.headPosition ?? 0) - position);
    const reachedMs = worker?.newestEventMs;
    const lagMs =
      lagEvents > 0 && reachedMs !== undefined && head?.newestEventMs !== undefined
        ? Math.max(0, head.newestEventMs - reachedMs)
        : undefined;
    return {
      sink,
      stream,
      position,
      lagEvents,
      lagMs,
      eventsLeftOut: worker?.eventsLeftOut ?? 0,
      quarantined: quarantined.get(`${sink} ${stream}`) ?? 0,
      needsOperator: running && worker?.needsOperator === true,
      ...outcome(worker, running),
    };
  });
  const sources = (recorded?.sources ?? []).map((source) => ({
    source: source.name,
    stream: source.stream,
    position: heads.get(source.stream)?.headPosition ?? 0,
    eventsPulled: source.eventsPulled,
    duplicates: source.duplicates,
    late: source.late,
    caughtUp: source.caughtUp,
    behindMs: source.behindMs,
    backfill: source.backfill && backfillNow(source.backfill, running),
    newestEventMs: source.newestEventMs,
    ...outcome(source, running),
  }));
  return {
    running,
    pid: running ? recorded?.pid : undefined,
    startedAtMs: recorded?.startedAtMs,
    writtenAtMs: recorded?.writtenAtMs,
    listen: running ? recorded?.listen : undefined,
    sources,
    sinks,
    streams,
  };
}

/** A process that has ended gets no further by itself. */
function backfillNow(backfill: Backfill, running: boolean): Backfill {
  return running ? backfill : { share: backfill.share, behindMs: backfill.behindMs };
}

/** How a worker's last attempts went. */
function outcome(
  worker: RecordedStatus['sources'][number] | RecordedStatus['sinks'][number] | undefined,
  running: boolean,
) {
  return {
    state: running ? (worker?.state ?? 'stopped') : ('stopped' as const),
    lastSuccessMs: worker?.lastSuccessMs,
    lastError: worker?.lastError,
    nextTryMs: running ? worker?.nextTryMs : undefined,
    retries: worker?.retries ?? 0,
    gaps: worker?.gaps ?? 0,
  };
}

export type StatusReport = Awaited<ReturnType<typeof statusReport>>;
export type Outcome = ReturnType<typeof outcome>;
