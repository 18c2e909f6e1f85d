import { setMaxListeners } from 'node:events';
import type { Terminal } from './terminal.ts';

/** Runs `work` with a signal that aborts at Ctrl-C or SIGTERM. */
export async function untilInterrupted<T>(
  { signals }: Terminal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const interrupt = () => controller.abort(new Error('interrupted'));
  signals.on('SIGINT', interrupt);
  signals.on('SIGTERM', interrupt);
  try {
    return await work(controller.signal);
  } finally {
    signals.off('SIGINT', interrupt);
    signals.off('SIGTERM', interrupt);
  }
}
