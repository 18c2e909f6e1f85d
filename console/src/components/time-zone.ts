import { SignalStore, useSignal } from '../api/signal-store.ts';

export type TimeZoneChoice = 'local' | 'utc';

const storageKey = 'tailrace-time-zone';

const choice = new SignalStore<TimeZoneChoice>(
  localStorage.getItem(storageKey) === 'utc' ? 'utc' : 'local',
);

/** In which of the two every time on the screen is written; the other stands in its tooltip. */
export function useTimeZone(): TimeZoneChoice {
  return useSignal(choice);
}

export function setTimeZone(next: TimeZoneChoice): void {
  localStorage.setItem(storageKey, next);
  choice.set(next);
}
