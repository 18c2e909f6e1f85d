import { styleText } from 'node:util';
import { LiveLine } from './live-line.ts';
import { isInteractive } from './terminal.ts';
import type { Terminal } from './terminal.ts';

/** Shows how far a long work is: a bar on a terminal, a line now and then elsewhere. */
export interface Progress extends Disposable {
  /** `total` undefined: nobody knows. */
  show(done: number, total: number | undefined, text: string): void;
  /** Takes the bar away. */
  end(): void;
}

const barWidth = 30;
const plainEveryMs = 5000;
const barEveryMs = 100;

/** On standard error, so that standard output stays clean. `quiet` shows nothing. */
export function showProgress(title: string, terminal: Terminal, quiet = false): Progress {
  const { stderr, environment } = terminal;
  const interactive = isInteractive(stderr, environment);
  const line = new LiveLine(stderr);
  const everyMs = interactive ? barEveryMs : plainEveryMs;
  let shownMs = performance.now();
  return {
    show: (done, total, text) => {
      if (quiet || performance.now() - shownMs < everyMs) return;
      shownMs = performance.now();
      const percent = total ? `${Math.floor((done / total) * 100)} %`.padStart(5) : '';
      if (!interactive) stderr.write(`${title}: ${percent.trim()} ${text}\n`);
      else line.show(`${title} ${total ? bar(done / total) : ''} ${percent}  ${text}`);
    },
    end: () => line.clear(),
    [Symbol.dispose]: () => line.clear(),
  };
}

/** A bar that is full at 1. */
export function bar(share: number): string {
  const full = Math.min(barWidth, Math.floor(share * barWidth));
  return styleText('cyan', '━'.repeat(full)) + styleText('dim', '━'.repeat(barWidth - full));
}
