import type { Severity } from '../../core/event.ts';
import { type AttributeScanner, tokens } from '../../feeds/attribute-scanner.ts';
import { nearestRawSeverity } from '../event-values.ts';

const digit0 = 0x30;

/** As `rawSeverityReader`, for the event in `stored` whose attributes were scanned last. */
export function rawSeverityIn(
  stored: Buffer,
  { tokens: found, starts, ends }: AttributeScanner,
  index: number,
  severities: readonly Severity[],
  severity: number,
): number {
  if (found[index] === tokens.integer) {
    const raw = numberIn(stored, starts[index] ?? 0, ends[index] ?? 0);
    if (raw < severities.length) return raw;
  }
  return nearestRawSeverity(severities, severity);
}

function numberIn(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 10 + (bytes[at] ?? 0) - digit0;
  return value;
}
