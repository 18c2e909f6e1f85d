import type { DeliveryOutcome, EncodedEvent, RejectedEvent } from './sink.ts';

/** What a receiver made of a request. */
export type RequestOutcome =
  | 'taken'
  /** One of its events at least is refused for good; `at` is the index of it, if that was said. */
  | { readonly poisoned: string; readonly at?: number }
  /** There were too many events, or too many bytes, for one request. */
  | { readonly tooLarge: string };

/**
 * Sends events in one request, and in smaller ones whenever the receiver refuses that, until it has
 * taken all but those that it refuses alone. In order. For receivers that take a request as a whole
 * or not at all.
 */
export async function sendSplitting(
  events: readonly EncodedEvent[],
  send: (events: readonly EncodedEvent[]) => Promise<RequestOutcome>,
): Promise<DeliveryOutcome> {
  const rejected: RejectedEvent[] = [];
  const waiting: (readonly EncodedEvent[])[] = [events];
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    const [first] = part;
    if (first === undefined) continue;
    const outcome = await send(part);
    if (outcome === 'taken') continue;
    const reason = 'tooLarge' in outcome ? outcome.tooLarge : outcome.poisoned;
    if (part.length === 1) rejected.push({ position: first.position, reason });
    else waiting.push(...pieces(part, outcome).toReversed());
  }
  return { rejected };
}

/** Both halves, or what stands before the event that was named, that event, and what stands behind. */
function pieces(
  part: readonly EncodedEvent[],
  outcome: Exclude<RequestOutcome, 'taken'>,
): readonly (readonly EncodedEvent[])[] {
  const named = 'poisoned' in outcome ? outcome.at : undefined;
  if (named !== undefined && named >= 0 && named < part.length) {
    return [part.slice(0, named), part.slice(named, named + 1), part.slice(named + 1)];
  }
  const middle = Math.ceil(part.length / 2);
  return [part.slice(0, middle), part.slice(middle)];
}
