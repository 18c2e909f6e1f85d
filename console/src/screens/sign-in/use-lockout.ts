import { useEffect, useState } from 'react';

/** The time left of a lockout as `2:05`, counted down by the second; undefined when it is over. */
export function useLockout(waitMs: { readonly ms: number } | undefined): string | undefined {
  const [leftMs, setLeftMs] = useState(0);
  useEffect(() => {
    if (waitMs === undefined) return undefined;
    const untilMs = Date.now() + waitMs.ms;
    const count = (): void => setLeftMs(Math.max(0, untilMs - Date.now()));
    count();
    const timer = window.setInterval(count, 1_000);
    return () => {
      window.clearInterval(timer);
      setLeftMs(0);
    };
  }, [waitMs]);
  if (leftMs <= 0) return undefined;
  const seconds = Math.ceil(leftMs / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
