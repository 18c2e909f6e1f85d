import { parseStreamName, type StreamName } from '../../core/stream.ts';
import { feedNamed } from '../../feeds/feeds.ts';
import type { EncodedEvent } from '../sink.ts';

/** Normalised severity, 0–10 with 10 worst, as OpenTelemetry's number and its short name. */
const severities = [
  [5, 'DEBUG'],
  [5, 'DEBUG'],
  [9, 'INFO'],
  [10, 'INFO2'],
  [10, 'INFO2'],
  [13, 'WARN'],
  [13, 'WARN'],
  [17, 'ERROR'],
  [17, 'ERROR'],
  [18, 'ERROR2'],
  [21, 'FATAL'],
] as const satisfies readonly (readonly [number, string])[];

/**
 * The JSON of one `ExportLogsServiceRequest` (opentelemetry-proto, JSON encoding): 64-bit integers are
 * decimal strings. The line is the body of its record.
 */
export function logsRequest(
  events: readonly EncodedEvent[],
  stream: StreamName,
  serviceName: string | undefined,
  nowMs: number,
): string {
  const { tenant, feed } = parseStreamName(stream);
  const { vendor, product } = feedNamed(feed);
  return JSON.stringify({
    resourceLogs: [
      {
        resource: {
          attributes: [
            attribute('service.name', serviceName ?? product),
            attribute('service.namespace', vendor),
            attribute('tailrace.tenant', tenant),
            attribute('tailrace.stream', stream),
          ],
        },
        scopeLogs: [
          { scope: { name: 'tailrace' }, logRecords: events.map((event) => record(event, nowMs)) },
        ],
      },
    ],
  });
}

function record({ id, occurredAtMs, type, severity, line }: EncodedEvent, nowMs: number) {
  const [severityNumber, severityText] = severities[severity];
  return {
    timeUnixNano: nanoseconds(occurredAtMs),
    observedTimeUnixNano: nanoseconds(nowMs),
    severityNumber,
    severityText,
    eventName: type,
    body: { stringValue: line },
    attributes: [attribute('log.record.uid', id)],
  };
}

function attribute(key: string, stringValue: string) {
  return { key, value: { stringValue } };
}

function nanoseconds(timeMs: number): string {
  return `${BigInt(Math.max(0, Math.trunc(timeMs))) * 1_000_000n}`;
}
