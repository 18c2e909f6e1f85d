import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { errorMessage } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { DemoCredentials } from './demo-credentials.ts';

const tickMs = 100;
const retryMs = 500;
const batchEventsMax = 5000;

export interface Generating {
  readonly credentials: DemoCredentials;
  readonly feed: string;
  /** One event as the product would write it, at that moment. */
  readonly nextEvent: (nowMs: number) => JsonObject;
  /** A whole number or not. */
  readonly eventsPerSecond: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called with every batch that the service has acknowledged. */
  readonly onAppended: (events: number) => void;
}

const ingestAnswer = z.object({ appended: z.number() });

/**
 * Stands for the vendor's product: sends events over the ingest API until `signal` aborts. A batch is
 * repeated under its idempotency key until it is acknowledged, so that none is lost or doubled; the
 * one under way at the end is finished.
 */
export async function generateEvents(work: Generating, signal: AbortSignal): Promise<void> {
  const { eventsPerSecond, nextEvent, clock } = work;
  if (eventsPerSecond === 0) return;
  let sent = 0;
  const startMs = clock.monotonicMs();
  while (!signal.aborted) {
    const due = Math.floor(((clock.monotonicMs() - startMs) / 1000) * eventsPerSecond) - sent;
    const count = Math.min(due, batchEventsMax);
    if (count > 0) {
      const lines = Array.from({ length: count }, () => JSON.stringify(nextEvent(clock.nowMs())));
      await sendBatch(lines.join('\n'), work, signal);
      sent += count;
    }
    if (due <= batchEventsMax) await clock.sleep(tickMs, signal);
  }
}

async function sendBatch(body: string, work: Generating, signal: AbortSignal): Promise<void> {
  const key = randomUUID();
  while (!(await attempt(body, key, work))) {
    if (signal.aborted) return;
    await work.clock.sleep(retryMs, signal);
  }
}

async function attempt(
  body: string,
  key: string,
  { credentials, feed, onAppended, log }: Generating,
): Promise<boolean> {
  const { baseUrl, tenant, ingest } = credentials;
  try {
    const response = await fetch(`${baseUrl}/ingest/v1/${tenant}/${feed}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ingest.key}`,
        'content-type': 'application/x-ndjson',
        'idempotency-key': key,
      },
      body,
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`the ingest API answered ${response.status}`);
    onAppended(ingestAnswer.parse(answer).appended);
    return true;
  } catch (error) {
    log.warn({ message: errorMessage(error) }, 'events could not be sent and will be sent again');
    return false;
  }
}
