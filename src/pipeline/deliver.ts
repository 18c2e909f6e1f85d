import type { DirectSink, Sink, Slice, StagedSink } from '../sinks/sink.ts';
import { persist } from './persist.ts';
import { slices, type SliceReading } from './slices.ts';
import type { SinkStatus } from './status.ts';

/** One sink and one stream that it gets. */
export interface Delivering extends SliceReading {
  readonly sink: Sink;
}

/**
 * Moves events from the store into the sink until `signal` aborts, beginning where the sink was left.
 * While one slice is being delivered the next is read and encoded. Errors are retried for ever and
 * stand in the status; the caller disposes of the sink.
 */
export async function deliver(delivering: Delivering, signal: AbortSignal): Promise<void> {
  try {
    await deliverUntilAborted(delivering, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    delivering.status.state = 'stopped';
    delivering.status.nextTryMs = undefined;
  }
}

async function deliverUntilAborted(delivering: Delivering, signal: AbortSignal): Promise<void> {
  const { sink, stream, store, status } = delivering;
  const left = await persist(delivering, () => store.delivery(sink.name, stream), signal);
  status.position = left.position;
  if (sink.kind === 'staged') {
    await persist(delivering, () => sink.recover(stream, left.intent), signal);
  }
  status.state = 'running';
  let current = Promise.resolve();
  try {
    for await (const slice of slices(delivering, left.position, signal)) {
      await current;
      current = deliverSlice(delivering, slice, signal);
      current.catch(() => {}); // awaited above or below, maybe after it has failed
    }
  } finally {
    await current;
  }
}

async function deliverSlice(
  delivering: Delivering,
  slice: Slice,
  signal: AbortSignal,
): Promise<void> {
  const { sink, status, clock } = delivering;
  if (sink.kind === 'staged') await deliverStaged(delivering, sink, slice, signal);
  else await deliverDirect(delivering, sink, slice, signal);
  countDelivered(status, slice, clock.nowMs());
}

/** Once the intent is committed a crash or an abort is harmless: `recover` finishes the delivery. */
async function deliverStaged(
  delivering: Delivering,
  sink: StagedSink,
  slice: Slice,
  signal: AbortSignal,
): Promise<void> {
  const { store, stream } = delivering;
  const intent = await persist(delivering, () => sink.stage(slice, signal), signal);
  const delivery = { position: slice.lastPosition, intent };
  await persist(delivering, () => store.saveDelivery(sink.name, stream, delivery), signal);
  await persist(delivering, () => sink.publish(intent), signal);
}

async function deliverDirect(
  delivering: Delivering,
  sink: DirectSink,
  slice: Slice,
  signal: AbortSignal,
): Promise<void> {
  const { store, stream } = delivering;
  const delivery = { position: slice.lastPosition };
  await persist(delivering, () => sink.deliver(slice, signal), signal);
  await persist(delivering, () => store.saveDelivery(sink.name, stream, delivery), signal);
}

function countDelivered(status: SinkStatus, slice: Slice, nowMs: number): void {
  const gaps = slice.events.filter((event) => event.gap).length;
  status.position = slice.lastPosition;
  status.eventsDelivered += slice.events.length - gaps;
  status.bytesDelivered += slice.sizeBytes;
  status.gaps += gaps;
  status.newestEventMs =
    slice.events.findLast((event) => !event.gap)?.occurredAtMs ?? status.newestEventMs;
  status.lastSuccessMs = nowMs;
}
