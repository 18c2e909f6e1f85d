import { durationText } from '../core/quantity.ts';
import { clocksDifferMs } from '../sources/apptrana/options.ts';
import type { SourceConfig } from './entries.ts';
import type { Problem } from './problem.ts';
import type { YamlDocument } from './yaml-document.ts';

const hourMs = 3_600_000;

interface Kept {
  readonly retention: { readonly events: number };
  readonly sources: readonly SourceConfig[];
}

/**
 * Sources that ask again for events which are no longer in the store, and would not be recognised.
 * Events that are remembered by their identity need not be in it.
 */
export function forgottenSweeps(
  document: YamlDocument,
  { retention: { events: keptMs }, sources }: Kept,
): readonly Problem[] {
  return sources.flatMap(({ name, type, options, deduplication }) => {
    if (type !== 'apptrana' || options.sweepHorizon === 0) return [];
    const { sweepHorizon, sweepEvery } = options;
    // Back from where the sweep before began, by a clock that may have been ahead.
    const askedAgainMs = sweepHorizon + sweepEvery + clocksDifferMs;
    if (Math.max(keptMs, deduplication?.horizon ?? 0) > askedAgainMs) return [];
    const place = document.placeOf(['retention', 'events']);
    const message =
      `retention.events: ${durationText(keptMs)} is not more than ${durationText(clocksDifferMs)} ` +
      `longer than sweepHorizon and sweepEvery of source '${name}' together, ` +
      `${durationText(sweepHorizon)} and ${durationText(sweepEvery)}: it would store again what has ` +
      'been dropped';
    return [{ ...place, message }];
  });
}

/** Events that may be dropped before anybody had the time to take them. */
export function retentionWarnings(
  document: YamlDocument,
  { retention: { events: keptMs }, sources }: Kept,
): readonly Problem[] {
  const place = document.placeOf(['retention', 'events']);
  const dropped = `are dropped after ${durationText(keptMs)}, delivered or not`;
  const soon =
    keptMs < hourMs ? [{ ...place, message: `retention.events: events ${dropped}` }] : [];
  const old = sources.flatMap(({ name, type, options }) => {
    if (type !== 'apptrana' || options.backfill <= keptMs) return [];
    const backfill = durationText(options.backfill);
    const message = `retention.events: source '${name}' begins with events of ${backfill}, which ${dropped}`;
    return [{ ...place, message }];
  });
  return [...soon, ...old];
}
