import { releaseAround } from '../lib/release-memory.ts';
import { allTaken } from '../sinks/sink.ts';
import type {
  DirectSink,
  Sink,
  Slice,
  SliceLimits,
  StagedSink,
  StagedSlice,
} from '../sinks/sink.ts';
import { quarantineLimits, type RefusedEvent } from '../store/event-store.ts';
import { HeldPages, type PageBudget } from './page-budget.ts';
import { persist } from './persist.ts';
import { refusedEvents } from './refused-events.ts';
import { SliceBytes } from './slice-bytes.ts';
import { SliceEvents } from './slice-draft.ts';
import { pageLimits, slices, type SliceReading } from './slices.ts';

/** One sink and one stream that it gets. */
export interface Delivering extends Omit<SliceReading, 'held'> {
  readonly sink: Sink;
  /** Shared by all streams that the sink gets. */
  readonly budget: PageBudget;
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
  using held = new HeldPages(delivering.budget, pageLimits.bytes);
  const reading = { ...delivering, held };
  const left = await persist(delivering, () => store.delivery(sink.name, stream), signal);
  const { position: after, intent } = left;
  status.position = after;
  if (sink.kind === 'staged') {
    const deliveredPosition = await persist(delivering, () => sink.recover(stream, intent), signal);
    status.state = 'running';
    const start = { after, deliveredPosition };
    const staging = new Staging(delivering, sink, intent);
    const staged = slices(reading, new SliceBytes(), start, signal);
    await deliverSlices(staged, held, (slice) => staging.deliver(slice, signal));
  } else {
    status.state = 'running';
    const start = { after, deliveredPosition: after };
    const bounded = { ...reading, limits: withinQuarantine(reading.limits) };
    const direct = slices(bounded, new SliceEvents(), start, signal);
    await deliverSlices(direct, held, (slice) => deliverDirect(delivering, sink, slice, signal));
  }
}

/** A slice that is refused as a whole must fit into an empty quarantine, or it would wait for ever. */
function withinQuarantine(limits: SliceLimits): SliceLimits {
  const events = Math.min(limits.events, quarantineLimits.events);
  const sizeBytes = Math.min(limits.sizeBytes, quarantineLimits.bytes);
  return { ...limits, events, sizeBytes };
}

/** One after the other; while one is being delivered the next is read and encoded, and no further. */
async function deliverSlices<S extends Pick<Slice, 'lastPosition'>>(
  cut: AsyncIterable<S>,
  held: HeldPages,
  deliverSlice: (slice: S) => Promise<void>,
): Promise<void> {
  const deliverAndFree = async (slice: S) => {
    await deliverSlice(slice);
    held.deliveredTo(slice.lastPosition);
  };
  let current = Promise.resolve();
  try {
    for await (const slice of cut) {
      await current;
      current = deliverAndFree(slice);
      current.catch(() => {}); // awaited above or below, maybe after it has failed
    }
  } finally {
    await current;
  }
}

/** What a staged sink is given, with the intent that is committed beside the position. */
class Staging {
  readonly #delivering: Delivering;
  readonly #sink: StagedSink;
  #intent: string | undefined;

  constructor(delivering: Delivering, sink: StagedSink, intent: string | undefined) {
    this.#delivering = delivering;
    this.#sink = sink;
    this.#intent = intent;
  }

  /** Once the intent is committed a crash or an abort is harmless: `recover` finishes the delivery. */
  async deliver(slice: StagedSlice, signal: AbortSignal): Promise<void> {
    const delivering = this.#delivering;
    if (!hasLines(slice)) {
      await this.#save(slice, this.#intent, signal);
      return;
    }
    const intent = await persist(delivering, () => this.#sink.stage(slice, signal), signal);
    await this.#save(slice, intent, signal);
    this.#intent = intent;
    await persist(delivering, () => this.#sink.publish(intent), signal);
    for (const chunk of slice.chunks) releaseAround(chunk);
    countDelivered(delivering, slice);
  }

  async #save(
    { lastPosition: position }: StagedSlice,
    intent: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { store, stream } = this.#delivering;
    const delivery = { position, ...(intent !== undefined && { intent }) };
    const save = () => store.saveDelivery(this.#sink.name, stream, delivery);
    await persist(this.#delivering, save, signal);
    if (intent === this.#intent) this.#delivering.status.position = position;
  }
}

/** What the receiver refuses for good goes to the quarantine in the same commit as the position. */
async function deliverDirect(
  delivering: Delivering,
  sink: DirectSink,
  slice: Slice,
  signal: AbortSignal,
): Promise<void> {
  const { store, stream, status } = delivering;
  const { rejected } = hasLines(slice)
    ? await persist(delivering, () => sink.deliver(slice, signal), signal)
    : allTaken;
  const refused = refusedEvents(slice, rejected, delivering.clock.nowMs());
  const delivery = { position: slice.lastPosition };
  const save = () => store.saveDelivery(sink.name, stream, delivery, refused);
  await persist(delivering, save, signal);
  status.position = slice.lastPosition;
  if (!hasLines(slice)) return;
  countDelivered(delivering, slice);
  countRefused(delivering, refused);
}

function countRefused({ status, log }: Delivering, refused: readonly RefusedEvent[]): void {
  const [first] = refused;
  if (!first) return;
  const count = refused.length;
  status.eventsDelivered -= count;
  status.eventsQuarantined += count;
  const { position, reason } = first;
  log.error(
    { count, position, reason },
    'the receiver refused events for good; they are in the quarantine',
  );
}

function countDelivered({ status, clock }: Delivering, slice: Slice | StagedSlice): void {
  status.position = slice.lastPosition;
  status.eventsDelivered += slice.eventCount;
  status.bytesDelivered += slice.sizeBytes;
  status.gaps += slice.gaps.length;
  status.newestEventMs = slice.newestEventMs ?? status.newestEventMs;
  status.lastSuccessMs = clock.nowMs();
}

/** False for one that only says how far the sink's filters left everything out. */
function hasLines({ eventCount, gaps }: Slice | StagedSlice): boolean {
  return eventCount + gaps.length > 0;
}
