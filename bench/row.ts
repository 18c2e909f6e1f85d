/** One line of the benchmark table. */
export interface BenchRow {
  readonly path: string;
  /** What was measured, in `unit`. */
  readonly value: number;
  readonly unit: 'events/s' | 'ms' | 'ratio' | 's' | 'MiB';
  /** `value` must be at least this (rates) or at most this (everything else). */
  readonly budget?: number;
  /** The limit measured in the same run, in the same unit, and how much of it must be reached. */
  readonly limit?: { readonly name: string; readonly value: number; readonly atLeast?: number };
  readonly cpuMicrosecondsPerEvent?: number | undefined;
  readonly peakRssBytes?: number | undefined;
  readonly peakRssBytesMax?: number;
  readonly note?: string;
}

/** How large a run is: `quick` proves that the benchmark works, `full` gives the figures. */
export interface BenchScale {
  readonly events: number;
  readonly historyEvents: number;
  readonly latencySeconds: number;
}

export type Bench = (scale: BenchScale) => Promise<readonly BenchRow[]>;

/** Whether every budget of the row holds; undefined when the row has none. */
export function budgetHolds(row: BenchRow): boolean | undefined {
  const checks: boolean[] = [];
  if (row.budget !== undefined) {
    checks.push(row.unit === 'events/s' ? row.value >= row.budget : row.value <= row.budget);
  }
  const { limit } = row;
  if (limit?.atLeast !== undefined) checks.push(row.value / limit.value >= limit.atLeast);
  if (row.peakRssBytesMax !== undefined && row.peakRssBytes !== undefined) {
    checks.push(row.peakRssBytes <= row.peakRssBytesMax);
  }
  return checks.length === 0 ? undefined : checks.every(Boolean);
}
