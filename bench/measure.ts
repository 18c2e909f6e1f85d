/** Reads what a process has cost from Linux's /proc; elsewhere the costs are unknown. */
import { readFileSync, writeFileSync } from 'node:fs';

const ticksPerSecond = 100;
const bytesPerKibibyte = 1024;

/** User and system time of all threads of `pid` so far, in seconds. */
export function cpuSeconds(pid: number): number | undefined {
  return cpuFields(pid, 11, 12);
}

/**
 * The same of the processes that `pid` has started, such as a database's, those included that have
 * ended and been waited for meanwhile.
 */
export function cpuSecondsOfFamily(pid: number): number | undefined {
  const children = readOrUndefined(`/proc/${pid}/task/${pid}/children`)?.trim().split(' ');
  const ended = cpuFields(pid, 13, 14);
  if (children === undefined || ended === undefined) return undefined;
  return children.reduce((sum, child) => sum + (cpuSeconds(Number(child)) ?? 0), ended);
}

/** The most memory that `pid` has ever held, in bytes. */
export function peakRssBytes(pid: number): number | undefined {
  return statusBytes(pid, /VmHWM:\s+(\d+) kB/);
}

/** The memory that `pid` holds now, in bytes. */
export function rssBytes(pid: number): number | undefined {
  return statusBytes(pid, /VmRSS:\s+(\d+) kB/);
}

/** The most memory that `pid` has held while `work` was done. */
export async function peakRssBytesDuring(
  pid: number,
  work: () => Promise<unknown>,
): Promise<number | undefined> {
  const reset = '5'; // what is written to begin the peak anew
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, reset);
  } catch {
    return undefined;
  }
  await work();
  return peakRssBytes(pid);
}

export interface Cost {
  readonly wallSeconds: number;
  readonly cpuSeconds: number | undefined;
}

/** Runs `work` and tells what it cost in wall time, and in CPU time of the process `pid`. */
export async function costOf<T>(
  pid: number,
  work: () => Promise<T>,
): Promise<Cost & { result: T }> {
  const cpuBefore = cpuSeconds(pid);
  const start = performance.now();
  const result = await work();
  const wallSeconds = (performance.now() - start) / 1000;
  const cpuAfter = cpuSeconds(pid);
  const known = cpuBefore !== undefined && cpuAfter !== undefined;
  return { result, wallSeconds, cpuSeconds: known ? cpuAfter - cpuBefore : undefined };
}

/** The value below which a share `quantile` (0–1) of `values` lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
  return sorted[index] ?? Number.NaN;
}

/** Two of the fields that count ticks, together; counted from 0 behind the program's name. */
function cpuFields(pid: number, user: number, system: number): number | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses and may hold spaces.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined) return undefined;
  return (Number(fields[user]) + Number(fields[system])) / ticksPerSecond;
}

function statusBytes(pid: number, line: RegExp): number | undefined {
  const kibibytes = line.exec(readOrUndefined(`/proc/${pid}/status`) ?? '')?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * bytesPerKibibyte;
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
