import { once } from 'node:events';
import { exitCodes } from './exit-codes.ts';

const flushMsMax = 1000;

/**
 * Ends the process where output that nobody reads must not keep it alive: after `run`, whose sinks
 * send again what was not taken, and after what was interrupted. Anything else ends by itself, once
 * its output has been read.
 */
export async function endProcess(args: readonly string[], code: number): Promise<void> {
  process.exitCode = code;
  const isRun = args.find((word) => !word.startsWith('-')) === 'run';
  if (!isRun && code !== exitCodes.interrupted.code) return;
  if (process.stderr.writableLength > 0) {
    const signal = AbortSignal.timeout(flushMsMax);
    await once(process.stderr, 'drain', { signal }).catch(() => {});
  }
  process.exit();
}
