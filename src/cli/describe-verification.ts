import type { Verification } from '../pipeline/verification.ts';
import { printCount, printSize } from './print.ts';

/** Whether nothing is wrong. */
export function isWhole({ problemCount }: Verification): boolean {
  return problemCount === 0;
}

/** `1,200 events in 12 files, 0.5 MiB read; every one exactly once`. */
export function describeWhole(verification: Verification): string {
  const { events, entries, bytes, gaps, lostEvents, leftOutEvents, extra, taken } = verification;
  const parts = [
    `${printCount(events)} events in ${printCount(entries)} files, each exactly once`,
    `${printSize(bytes)} read`,
  ];
  if (taken.entries > 0) parts.push(`${printCount(taken.entries)} files were taken by the watcher`);
  if (gaps > 0) parts.push(`${printCount(gaps)} gaps for ${printCount(lostEvents)} lost events`);
  if (leftOutEvents > 0) parts.push(`${printCount(leftOutEvents)} events were left out by filters`);
  if (extra.entries > 0) {
    parts.push(
      `${printCount(extra.events)} events in ${printCount(extra.entries)} files of replays and tests`,
    );
  }
  return parts.join('; ');
}
