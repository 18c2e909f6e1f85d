/** What is looked at once a second while a soak runs. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fetch } from 'undici';

const mebibyte = 1024 ** 2;

/** One of the processes: where its metrics are, and its data. */
export interface Probed {
  readonly url: string;
  readonly dataDirectory: string;
}

const metrics = {
  RSS: { metric: 'tailrace_process_resident_memory_bytes', unitBytes: mebibyte },
  heap: { metric: 'tailrace_nodejs_heap_size_used_bytes', unitBytes: mebibyte },
  'memory outside the heap': {
    metric: 'tailrace_nodejs_external_memory_bytes',
    unitBytes: mebibyte,
  },
  'page cache': { metric: 'tailrace_page_cache_bytes', unitBytes: mebibyte },
  'open files': { metric: 'tailrace_process_open_fds', unitBytes: 1 },
} as const;

export type Probe = keyof typeof metrics | 'disk' | 'segments';

/** Every quantity of one process, memory and disk in MiB; not a number for what it does not have. */
export async function probe({
  url,
  dataDirectory,
}: Probed): Promise<Readonly<Record<Probe, number>>> {
  const response = await fetch(`${url}/metrics`);
  const text = await response.text();
  const value = (name: keyof typeof metrics) => {
    const { metric, unitBytes } = metrics[name];
    return Number(new RegExp(`^${metric} (\\S+)$`, 'm').exec(text)?.[1]) / unitBytes;
  };
  return {
    RSS: value('RSS'),
    heap: value('heap'),
    'memory outside the heap': value('memory outside the heap'),
    'page cache': value('page cache'),
    'open files': value('open files'),
    disk: diskBytes(dataDirectory) / mebibyte,
    segments: segmentCount(dataDirectory),
  };
}

function diskBytes(directory: string): number {
  return readdirSync(directory).reduce((sum, name) => {
    const { size = 0 } = statSync(join(directory, name), { throwIfNoEntry: false }) ?? {};
    return sum + size;
  }, 0);
}

function segmentCount(directory: string): number {
  using database = new DatabaseSync(join(directory, 'events.db'), { readOnly: true });
  return Number(database.prepare('select count(*) as count from segment').get()?.['count']);
}
