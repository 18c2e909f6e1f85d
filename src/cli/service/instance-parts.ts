import { statfs } from 'node:fs/promises';
import type { Config } from '../../config/read-config.ts';
import type { InstanceParts } from '../../http/console-api/instance-parts.ts';
import type { Workers } from './workers.ts';

export interface Instance {
  readonly startedAtMs: number;
  /** As they are now: a reload replaces both. */
  readonly config: () => Config;
  readonly workers: () => Workers;
}

/** What the console shows of this process. */
export function instanceParts({ startedAtMs, config, workers }: Instance): InstanceParts {
  return {
    startedAtMs,
    workers: () => ({
      sources: workers().sources.map(({ status, behindMs }) => ({ ...status, behindMs })),
      sinks: workers().sinkStatuses(),
    }),
    retention: () => {
      const { events, audit } = config().retention;
      return { eventsMs: events, auditMs: audit };
    },
    freeBytes: () => freeBytes(config().dataDirectory),
  };
}

/** For a process that is not root. */
async function freeBytes(directory: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
