import { AppError } from '../core/errors.ts';
import type { RejectedEvent, Slice } from '../sinks/sink.ts';
import type { RefusedEvent } from '../store/event-store.ts';

const reasonUnitsMax = 500;

/** What goes to the quarantine: the refused events as they were sent, with what the receiver said. */
export function refusedEvents(
  slice: Slice,
  rejected: readonly RejectedEvent[],
  refusedAtMs: number,
): readonly RefusedEvent[] {
  if (rejected.length === 0) return [];
  const events = new Map(slice.events.map((event) => [event.position, event]));
  return rejected.map(({ position, reason }) => {
    const event = events.get(position);
    if (!event) {
      const range = `${slice.firstPosition} to ${slice.lastPosition}`;
      throw new AppError(
        'internal',
        `a sink refused position ${position} of a slice from ${range}`,
      );
    }
    const { id, occurredAtMs, type, severity, line } = event;
    const words = reason.replaceAll(/\s+/g, ' ').trim().slice(0, reasonUnitsMax);
    return { position, id, occurredAtMs, type, severity, line, reason: words, refusedAtMs };
  });
}
