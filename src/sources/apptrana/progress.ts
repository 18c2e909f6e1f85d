import type { PullProgress } from '../source.ts';
import { readCheckpoint, type Track } from './checkpoint.ts';

/** Of the track that is furthest behind; undefined without tracks. */
export function progressOf(tracks: readonly Track[], untilMs: number): PullProgress | undefined {
  if (tracks.length === 0) return undefined;
  const fromMs = Math.min(...tracks.map((track) => track.fromMs));
  const doneUntilMs = Math.min(...tracks.map((track) => track.doneUntilMs));
  return { fromMs, doneUntilMs, untilMs: Math.max(untilMs, doneUntilMs) };
}

/** How far a stored checkpoint has come. Throws `store_corrupt`. */
export function checkpointProgress(checkpoint: string, untilMs: number): PullProgress | undefined {
  return progressOf(readCheckpoint(checkpoint)?.tracks ?? [], untilMs);
}

/** A progress and when it was so. */
export interface ProgressSample extends PullProgress {
  readonly atMs: number;
}

/**
 * Milliseconds until everything is pulled, at the speed between two samples, while new time keeps
 * passing. Undefined as long as nobody can say: no time has passed between them, or none is gained.
 */
export function remainingMs(earlier: ProgressSample, later: ProgressSample): number | undefined {
  const elapsedMs = later.atMs - earlier.atMs;
  const gainedMs = later.doneUntilMs - earlier.doneUntilMs - elapsedMs;
  const behindMs = later.untilMs - later.doneUntilMs;
  if (behindMs <= 0) return 0;
  return elapsedMs <= 0 || gainedMs <= 0 ? undefined : (behindMs / gainedMs) * elapsedMs;
}
