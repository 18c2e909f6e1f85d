import { useSyncExternalStore } from 'react';

/** A value outside React that components can follow. */
export class SignalStore<Value> {
  #value: Value;
  readonly #followers = new Set<() => void>();

  constructor(value: Value) {
    this.#value = value;
  }

  get = (): Value => this.#value;

  set(value: Value): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const follower of this.#followers) follower();
  }

  subscribe = (follower: () => void): (() => void) => {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  };
}

export function useSignal<Value>(store: SignalStore<Value>): Value {
  return useSyncExternalStore(store.subscribe, store.get);
}
