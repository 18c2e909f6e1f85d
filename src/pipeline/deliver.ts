import type { DirectSink, Sink, Slice, StagedSink, StagedSlice } from '../sinks/sink.ts';
import { persist } from './persist.ts';
import { SliceBytes } from './slice-bytes.ts';
import { SliceEvents } from './slice-draft.ts';
import { slices, type SliceReading } from './slices.ts';

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
  if (sink.kind === 'staged') {
    const staged = slices(delivering, new SliceBytes(), left.position, signal);
    await deliverSlices(staged, (slice) => deliverStaged(delivering, sink, slice, signal));
  } else {
    const direct = slices(delivering, new SliceEvents(), left.position, signal);
    await deliverSlices(direct, (slice) => deliverDirect(delivering, sink, slice, signal));
  }
}

/** One after the other; while one is being delivered the next is read and encoded, and no further. */
async function deliverSlices<S>(
  cut: AsyncIterable<S>,
  deliverSlice: (slice: S) => Promise<void>,
): Promise<void> {
  let current = Promise.resolve();
  try {
    for await (const slice of cut) {
      await current;
      current = deliverSlice(slice);
      current.catch(() => {}); // awaited above or below, maybe after it has failed
    }
  } finally {
    await current;
  }
}

/** Once the intent is committed a crash or an abort is harmless: `recover` finishes the delivery. */
async function deliverStaged(
  delivering: Delivering,
  sink: StagedSink,
  slice: StagedSlice,
  signal: AbortSignal,
): Promise<void> {
  const { store, stream } = delivering;
  const intent = await persist(delivering, () => sink.stage(slice, signal), signal);
  const delivery = { position: slice.lastPosition, intent };
  await persist(delivering, () => store.saveDelivery(sink.name, stream, delivery), signal);
  await persist(delivering, () => sink.publish(intent), signal);
  countDelivered(delivering, slice);
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
  countDelivered(delivering, slice);
}

function countDelivered({ status, clock }: Delivering, slice: Slice | StagedSlice): void {
  status.position = slice.lastPosition;
  status.eventsDelivered += slice.eventCount;
  status.bytesDelivered += slice.sizeBytes;
  status.gaps += slice.gaps.length;
  status.newestEventMs = slice.newestEventMs ?? status.newestEventMs;
  status.lastSuccessMs = clock.nowMs();
}
