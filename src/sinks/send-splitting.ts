import type { DeliveryOutcome, EncodedEvent, RejectedEvent, Slice } from './sink.ts';

/** What a receiver made of a request. */
export type RequestOutcome =
  | 'taken'
  /** One of its events at least is refused for good; `at` is the index of it, if that was said. */
  | { readonly poisoned: string; readonly at?: number }
  /** There were too many events, or too many bytes, for one request. */
  | { readonly tooLarge: string }
  | EventOutcomes;

/** Of a receiver that says of each event what became of it: the others are taken. */
export interface EventOutcomes {
  readonly rejected: readonly RejectedEvent[];
  /** They are to come again, after a delivery that rejects with `error`. */
  readonly postponed?: { readonly events: readonly EncodedEvent[]; readonly error: Error };
}

/** Sends one request. */
export type Send = (events: readonly EncodedEvent[]) => Promise<RequestOutcome>;

type Part = readonly EncodedEvent[];

/** How far a slice has come that is under way. */
interface Attempt {
  /** What is not settled, in requests as they are to be tried; the next one last. */
  readonly waiting: Part[];
  readonly rejected: RejectedEvent[];
}

/**
 * Sends slices in requests, and in smaller ones whenever the receiver refuses one, until it has taken
 * all but those events that it refuses alone. In order. What a delivery that failed has settled is
 * kept, so that a repeat of the same slice sends only the rest: a receiver that takes so many requests
 * a minute would else be sent the first ones for ever.
 */
export class SplitDeliveries {
  readonly #attempts = new WeakMap<Slice, Attempt>();

  /** Rejects with what `send` rejects with. `cut` says what the first requests are; left out: one. */
  async deliver(
    slice: Slice,
    send: Send,
    cut: (events: readonly EncodedEvent[]) => readonly Part[] = (events) => [events],
  ): Promise<DeliveryOutcome> {
    const known = this.#attempts.get(slice);
    const attempt = known ?? { waiting: cut(slice.events).toReversed(), rejected: [] };
    this.#attempts.set(slice, attempt);
    await sendWaiting(attempt, send);
    this.#attempts.delete(slice);
    return { rejected: attempt.rejected.toSorted((a, b) => a.position - b.position) };
  }
}

async function sendWaiting({ waiting, rejected }: Attempt, send: Send): Promise<void> {
  for (let part = waiting.at(-1); part !== undefined; part = waiting.at(-1)) {
    const [first] = part;
    const outcome = first === undefined ? 'taken' : await send(part);
    waiting.pop();
    if (first === undefined || outcome === 'taken') continue;
    if ('rejected' in outcome) {
      rejected.push(...outcome.rejected);
      if (outcome.postponed === undefined) continue;
      waiting.push(outcome.postponed.events);
      throw outcome.postponed.error;
    }
    const reason = 'tooLarge' in outcome ? outcome.tooLarge : outcome.poisoned;
    if (part.length === 1) rejected.push({ position: first.position, reason });
    else waiting.push(...pieces(part, outcome).toReversed());
  }
}

/** Both halves, or what stands before the event that was named, that event, and what stands behind. */
function pieces(
  part: Part,
  outcome: Exclude<RequestOutcome, 'taken' | EventOutcomes>,
): readonly Part[] {
  const named = 'poisoned' in outcome ? outcome.at : undefined;
  if (named !== undefined && named >= 0 && named < part.length) {
    return [part.slice(0, named), part.slice(named, named + 1), part.slice(named + 1)];
  }
  const middle = Math.ceil(part.length / 2);
  return [part.slice(0, middle), part.slice(middle)];
}
