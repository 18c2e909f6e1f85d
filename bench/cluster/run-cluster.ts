import { mkdirSync, writeFileSync } from 'node:fs';
import { postgresClusterSkip } from '../../src/testing/postgres-cluster.ts';
import { benchCluster, fullCluster, quickCluster } from './bench-cluster.ts';
import { describeCluster } from './describe.ts';

/** Prints the tables; keeps those of a full run in `bench/results/`. SIGINT ends it in good order. */
export async function runCluster({ isQuick }: { readonly isQuick: boolean }): Promise<void> {
  if (postgresClusterSkip !== false) {
    console.error(`not measured: ${postgresClusterSkip}`);
    process.exitCode = 1;
    return;
  }
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  const takenAt = new Date();
  console.error('measuring a cluster …');
  const scale = isQuick ? quickCluster : fullCluster;
  const figures = await benchCluster(scale, ending.signal).catch((error: unknown) => {
    if (ending.signal.aborted) return undefined;
    throw error;
  });
  if (figures === undefined || ending.signal.aborted) {
    process.exitCode = 130;
    return;
  }
  const text = describeCluster(figures, takenAt);
  console.log(text);
  if (isQuick) return;
  mkdirSync('bench/results', { recursive: true });
  const file = `bench/results/${takenAt.toISOString().slice(0, 10)}-cluster.md`;
  writeFileSync(file, text);
  console.error(`kept as ${file}`);
}
