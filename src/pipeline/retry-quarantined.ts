import type { Position, StreamName } from '../core/stream.ts';
import type { DirectSink, EncodedEvent, RejectedEvent, SliceLimits } from '../sinks/sink.ts';
import type { EventStore, QuarantinedEvent, QuarantinePlace } from '../store/event-store.ts';
import { sliceOfEvents } from './slice-of-events.ts';

const pageEvents = 100;

/** Which events of a sink's quarantine are meant; left out: all. */
export interface QuarantineChoice {
  readonly stream?: StreamName | undefined;
  /** Only with a stream. */
  readonly position?: Position | undefined;
}

export type QuarantineStore = Pick<EventStore, 'quarantined' | 'removeQuarantined'>;

/** The chosen events of a sink's quarantine, a page at a time. */
export async function* quarantinedPages(
  store: Pick<QuarantineStore, 'quarantined'>,
  sink: string,
  { stream, position }: QuarantineChoice,
): AsyncGenerator<readonly QuarantinedEvent[]> {
  let after: QuarantinePlace | undefined =
    stream === undefined ? undefined : { stream, position: (position ?? 1) - 1 };
  for (;;) {
    const page: readonly QuarantinedEvent[] = await store.quarantined(sink, after, pageEvents);
    const chosen = page.filter(
      (event) =>
        (stream === undefined || event.stream === stream) &&
        (position === undefined || event.position === position),
    );
    if (chosen.length > 0) yield chosen;
    // Behind what was chosen nothing else can be.
    if (page.length < pageEvents || (stream !== undefined && chosen.length < page.length)) return;
    after = page.at(-1);
  }
}

export interface Retrying {
  readonly sink: DirectSink;
  readonly store: QuarantineStore;
  readonly limits: SliceLimits;
  readonly choice: QuarantineChoice;
  /** Called with every slice that the receiver has dealt with. */
  readonly onProgress: (retried: Retried) => void;
}

export interface Retried {
  readonly taken: number;
  /** Refused once more, and still in the quarantine. */
  readonly refused: number;
  readonly lastReason: string | undefined;
}

/**
 * Delivers what is in the quarantine once more, as it was sent, and takes out what the receiver takes.
 * Rejects with what the sink rejects with; what was taken until then is out.
 */
export async function retryQuarantined(retrying: Retrying, signal: AbortSignal): Promise<Retried> {
  const { sink, store, limits, choice } = retrying;
  let retried: Retried = { taken: 0, refused: 0, lastReason: undefined };
  for await (const page of quarantinedPages(store, sink.name, choice)) {
    for (const events of cut(page, limits)) {
      const [first] = events;
      if (!first) continue;
      signal.throwIfAborted();
      const { rejected } = await sink.deliver(sliceOfEvents(first.stream, events), signal);
      const taken = takenPositions(events, rejected);
      await store.removeQuarantined(sink.name, first.stream, taken);
      retried = {
        taken: retried.taken + taken.length,
        refused: retried.refused + rejected.length,
        lastReason: rejected.at(-1)?.reason ?? retried.lastReason,
      };
      retrying.onProgress(retried);
    }
  }
  return retried;
}

function takenPositions(
  events: readonly EncodedEvent[],
  rejected: readonly RejectedEvent[],
): readonly Position[] {
  const refused = new Set(rejected.map(({ position }) => position));
  return events.map(({ position }) => position).filter((position) => !refused.has(position));
}

/** Runs of one stream, each within the limits or a single event. */
function* cut(
  page: readonly QuarantinedEvent[],
  limits: SliceLimits,
): Iterable<readonly QuarantinedEvent[]> {
  let run: QuarantinedEvent[] = [];
  let sizeBytes = 0;
  for (const event of page) {
    const eventBytes = Buffer.byteLength(event.line) + 1;
    const fits = run.length < limits.events && sizeBytes + eventBytes <= limits.sizeBytes;
    if (run.length > 0 && (!fits || run[0]?.stream !== event.stream)) {
      yield run;
      run = [];
      sizeBytes = 0;
    }
    run.push(event);
    sizeBytes += eventBytes;
  }
  if (run.length > 0) yield run;
}
