import { printDuration, printTable } from '../print.ts';
import type { Screen } from '../terminal.ts';
import type { NodeReport } from './nodes-report.ts';

/** Named one by one up to here. */
const namedMax = 6;

export function printNodes(screen: Screen, nodes: readonly NodeReport[]): void {
  screen.write('\n');
  printTable(
    screen,
    ['NODE', 'STATE', 'VERSION', 'LISTENS ON', 'DOES'],
    nodes.map(({ node, isAlive, silentMs, version, listen, does }) => [
      node,
      isAlive ? 'alive' : `silent for ${printDuration(silentMs)}`,
      version,
      listen ?? '-',
      printWork(does),
    ]),
  );
}

function printWork(does: readonly string[]): string {
  if (does.length === 0) return '-';
  const more = does.length > namedMax ? [`and ${does.length - namedMax} more`] : [];
  return [...does.slice(0, namedMax), ...more].join(', ');
}
