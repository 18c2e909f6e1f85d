import type { KeyboardEvent } from 'react';

export interface GridKeys {
  readonly rowCount: number;
  /** The active row's; -1 when there is none. */
  readonly index: number;
  /** How many rows a page moves. */
  readonly pageRows: number;
  readonly onMove: (index: number) => void;
  readonly onOpen: (index: number) => void;
  readonly onClose: () => void;
}

type Move = 'up' | 'down' | 'page-up' | 'page-down' | 'first' | 'last';

const acts: Readonly<Record<string, Move | 'open' | 'close'>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  PageUp: 'page-up',
  PageDown: 'page-down',
  Home: 'first',
  End: 'last',
  Enter: 'open',
  ' ': 'open',
  Escape: 'close',
};

/** The row that a move leads to; may be beyond either end. */
const movedIndex: Readonly<Record<Move, (index: number, pageRows: number) => number>> = {
  up: (index) => index - 1,
  down: (index) => index + 1,
  'page-up': (index, pageRows) => index - pageRows,
  'page-down': (index, pageRows) => index + pageRows,
  first: () => 0,
  last: () => Infinity,
};

/** What the keyboard does on a grid whose rows open: arrows move, Enter opens, Escape closes. */
export function keyHandler(keys: GridKeys): (event: KeyboardEvent) => void {
  return (event) => {
    const isOther = event.target !== event.currentTarget;
    if (isOther || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = Object.hasOwn(acts, event.key) ? acts[event.key] : undefined;
    if (act === undefined) return;
    event.preventDefault();
    if (act === 'close') return keys.onClose();
    if (keys.rowCount === 0) return;
    if (act === 'open') return keys.onOpen(Math.max(0, keys.index));
    const moved = movedIndex[act](keys.index, keys.pageRows);
    keys.onMove(Math.min(keys.rowCount - 1, Math.max(0, moved)));
  };
}
