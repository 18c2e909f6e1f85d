import { useMemo, useState } from 'react';
import type { EventRow } from '../../../../src/http/console-api/api-types.ts';

/**
 * While the reader is further down, rows that come in above are kept back, so that nothing moves under
 * the eye; how many there are is told.
 */
export function useHeldBack(rows: readonly EventRow[]) {
  const [newestShown, setNewestShown] = useState<number>();
  const heldBack = newestShown === undefined ? 0 : countAbove(rows, newestShown);
  const shown = useMemo(() => (heldBack === 0 ? rows : rows.slice(heldBack)), [rows, heldBack]);
  return {
    shown,
    heldBack,
    onTop: (isAtTop: boolean) =>
      setNewestShown((held) => (isAtTop ? undefined : (held ?? rows[0]?.position))),
    release: () => setNewestShown(undefined),
  };
}

/** 0 when the row is gone, as it is once so many came that the oldest were dropped. */
function countAbove(rows: readonly EventRow[], position: number): number {
  return Math.max(
    0,
    rows.findIndex((row) => row.position <= position),
  );
}
