import { readdirSync } from 'node:fs';
import type { Registry } from 'prom-client';
import { counter, gauge } from './collected-metric.ts';

interface ProcessMetric {
  readonly help: string;
  /** Undefined where the platform cannot tell. */
  readonly value: () => number | undefined;
}

const counters: Readonly<Record<string, ProcessMetric>> = {
  process_cpu_seconds_total: {
    help: 'User and system time of all threads, in seconds.',
    value: () => cpuSeconds(process.cpuUsage()),
  },
  nodejs_eventloop_busy_seconds_total: {
    help: 'How long the main thread has been at work, in seconds; its rate is its utilization.',
    value: () => performance.eventLoopUtilization().active / 1000,
  },
};

const gauges: Readonly<Record<string, ProcessMetric>> = {
  process_start_time_seconds: {
    help: 'When the process started, seconds since 1970.',
    value: () => Math.round(performance.timeOrigin / 1000),
  },
  process_resident_memory_bytes: {
    help: 'Memory of the process, all threads.',
    value: () => process.memoryUsage.rss(),
  },
  process_open_fds: { help: 'Open files and connections.', value: openFiles },
  nodejs_heap_size_used_bytes: {
    help: 'Of the main thread’s heap, what is used.',
    value: () => process.memoryUsage().heapUsed,
  },
  nodejs_external_memory_bytes: {
    help: 'Bytes that the main thread holds outside of its heap.',
    value: () => process.memoryUsage().external,
  },
};

/**
 * What prom-client's own set is used for, mostly under its names. That one also watches every
 * garbage collection, which creates more than a small heap collects, and wakes an idle process a
 * hundred times a second.
 */
export function registerProcessMetrics(registry: Registry): void {
  for (const [metrics, register] of [[counters, counter] as const, [gauges, gauge] as const]) {
    for (const [name, { help, value }] of Object.entries(metrics)) {
      register(registry, `tailrace_${name}`, help, [], () => {
        const now = value();
        return now === undefined ? [] : [[{}, now]];
      });
    }
  }
}

function cpuSeconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6;
}

function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}
