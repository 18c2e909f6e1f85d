import { useMediaQuery } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, type RefObject } from 'react';
import type { EventRow } from '../../../../src/http/console-api/api-types.ts';

const rowHeightPx = { wide: 36, narrow: 78 } as const;
/** As in the style sheet. The head stays in view above the rows. */
const headHeightPx = { wide: 34, narrow: 0 } as const;

/** Which rows are in view, and how high they are; on a phone a row is a card of three lines. */
export function useEventRows(
  rows: readonly EventRow[],
  scroller: RefObject<HTMLDivElement | null>,
) {
  const isNarrow = useMediaQuery('(max-width: 36em)', false, { getInitialValueInEffect: false });
  const shape = isNarrow ? 'narrow' : 'wide';
  const [rowHeight, headHeight] = [rowHeightPx[shape], headHeightPx[shape]];
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.position ?? index,
    overscan: 10,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
  });
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);
  return { virtualizer, rowHeight, headHeight };
}
