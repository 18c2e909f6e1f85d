import { useSyncExternalStore } from 'react';

const tickMs = 15_000;
const smallestCorrectionMs = 2_000;

/** The service's time as the browser knows it, with one timer for all who show it. */
class ServerClock {
  /** How far the service's clock is ahead of the browser's. */
  #aheadMs = 0;
  #shownMs = Date.now();
  #timer: number | undefined;
  readonly #followers = new Set<() => void>();

  nowMs(): number {
    return Date.now() + this.#aheadMs;
  }

  /** Stays the same between two ticks. */
  shownMs = (): number => this.#shownMs;

  set(timeMs: number): void {
    const aheadMs = timeMs - Date.now();
    if (Math.abs(aheadMs - this.#aheadMs) < smallestCorrectionMs) return;
    this.#aheadMs = aheadMs;
    this.#tick();
  }

  follow = (follower: () => void): (() => void) => {
    this.#followers.add(follower);
    this.#timer ??= window.setInterval(() => this.#tick(), tickMs);
    return () => {
      this.#followers.delete(follower);
      if (this.#followers.size > 0) return;
      window.clearInterval(this.#timer);
      this.#timer = undefined;
    };
  };

  #tick(): void {
    this.#shownMs = this.nowMs();
    for (const follow of this.#followers) follow();
  }
}

const serverClock = new ServerClock();

/** Takes over the service's time, as of an answer that just came. */
export function setServerTime(timeMs: number): void {
  serverClock.set(timeMs);
}

export function serverNowMs(): number {
  return serverClock.nowMs();
}

/** The service's time, again every 15 s. */
export function useNow(): number {
  return useSyncExternalStore(serverClock.follow, serverClock.shownMs);
}
