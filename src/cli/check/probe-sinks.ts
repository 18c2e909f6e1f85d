import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { SinkConfig } from '../../config/entries.ts';
import { matchesStream } from '../../config/stream-pattern.ts';
import { errorCode, errorCodes, errorMessage, type ErrorCode } from '../../core/errors.ts';
import type { TailraceEvent } from '../../core/event.ts';
import type { SecretReader } from '../../core/secret.ts';
import { streamName, type StreamName } from '../../core/stream.ts';
import type { Feed } from '../../feeds/feed.ts';
import { feeds } from '../../feeds/feeds.ts';
import { encodedEvent } from '../../pipeline/encoded-event.ts';
import { sliceOfEvents, stagedSliceOfEvents } from '../../pipeline/slice-of-events.ts';
import type { Sink } from '../../sinks/sink.ts';
import { createSink } from '../service/create-adapters.ts';
import { deliveryForm } from '../service/delivery-form.ts';
import { systemClock } from '../system-clock.ts';

const timeoutMs = 30_000;
const testTenant = 'tailrace-test';
const testEventType = 'Tailrace Test';

export interface ProbeContext {
  readonly log: Logger;
  readonly readSecret: SecretReader;
}

/** What became of the test event of one sink. */
export type Probe = { readonly sink: string; readonly eventId: string; readonly tookMs: number } & (
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** `event_refused`: the receiver is there and does not take events of this form. */
      readonly code: ErrorCode | 'event_refused';
      readonly message: string;
      readonly hint: string;
    }
);

/** Sends every sink one event that is marked as a test, all at the same time. */
export async function probeSinks(
  sinks: readonly SinkConfig[],
  context: ProbeContext,
  signal: AbortSignal,
): Promise<readonly Probe[]> {
  return Promise.all(sinks.map((sink) => probeSink(sink, context, signal)));
}

async function probeSink(
  config: SinkConfig,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<Probe> {
  const startedMs = systemClock.monotonicMs();
  const eventId = `tailrace-test-${randomBytes(4).toString('hex')}`;
  const deadline = AbortSignal.timeout(timeoutMs);
  const done = () => ({
    sink: config.name,
    eventId,
    tookMs: Math.round(systemClock.monotonicMs() - startedMs),
  });
  try {
    await using sink = await createSink(config, { ...context, clock: systemClock });
    const limit = AbortSignal.any([signal, deadline]);
    const refusal = await send(sink, config, { eventId, context }, limit);
    if (refusal === undefined) return { ...done(), ok: true };
    const hint = 'The receiver is there but does not take such events: compare their format.';
    return { ...done(), ok: false, code: 'event_refused', message: refusal, hint };
  } catch (error) {
    signal.throwIfAborted();
    const code = deadline.aborted ? 'sink_unavailable' : errorCode(error);
    const message = deadline.aborted
      ? `the receiver did not confirm the event within ${timeoutMs / 1000} s`
      : errorMessage(error);
    return { ...done(), ok: false, code, message, hint: errorCodes[code].hint };
  }
}

/** Resolves with why the receiver refused the event, if it did. */
async function send(
  sink: Sink,
  config: SinkConfig,
  { eventId, context }: { readonly eventId: string; readonly context: ProbeContext },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { feed, stream } = testStream(config);
  const { encode } = await deliveryForm(config, stream, context.readSecret);
  const event = encodedEvent(testEvent(feed, eventId), 1, encode);
  if (sink.kind === 'staged') {
    await sink.probe(stagedSliceOfEvents(stream, [event]), signal);
    return undefined;
  }
  const { rejected } = await sink.probe(sliceOfEvents(stream, [event]), signal);
  return rejected[0]?.reason;
}

/** Of a tenant that there is not, and of a feed that the sink gets. */
function testStream({ streams }: SinkConfig): { readonly feed: Feed; readonly stream: StreamName } {
  const patterns = streams.map((pattern) => pattern.replace(/^[^/]*/, '*'));
  const [first, ...others] = feeds.map((feed) => ({
    feed,
    stream: streamName(testTenant, feed.name),
  }));
  if (!first) throw new Error('there are no feeds');
  return [first, ...others].find(({ stream }) => matchesStream(patterns, stream)) ?? first;
}

function testEvent(feed: Feed, id: string): TailraceEvent {
  const { details } = feed;
  const text = 'This is a test by "tailrace check --connect"; nothing has happened.';
  return {
    id,
    occurredAtMs: systemClock.nowMs(),
    type: testEventType,
    severity: 1,
    fields: details === undefined ? {} : { [details]: text },
  };
}
