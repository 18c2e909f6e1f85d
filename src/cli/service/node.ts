import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import { AppError, errorMessage } from '../../core/errors.ts';
import { writeFileAtomically } from '../../lib/atomic-file.ts';
import { LeaseKeeper, soleHolder, type Leases } from '../../pipeline/leases.ts';
import type { EventStore } from '../../store/event-store.ts';
import type { LeaseStore } from '../../store/lease-store.ts';

const homeFile = 'node-home';
const forgetAfterMs = 24 * 3_600_000;

/** This process among those that share the store. */
export interface ServiceNode {
  readonly leases: Leases;
  readonly home: string;
  /** Gives signs of life until `signal` aborts. */
  keep(signal: AbortSignal): Promise<void>;
  /** To be called when nothing is left to do. */
  leave(): Promise<void>;
}

export interface ServiceNodeOptions {
  readonly store: EventStore;
  readonly dataDirectory: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** What the node says about itself, as JSON. */
  readonly status: () => string;
}

/** With a store of its own a process is the only node, and holds every lease. */
export async function openNode(options: ServiceNodeOptions): Promise<ServiceNode> {
  const { store, dataDirectory, clock, log, status } = options;
  if (store.leases === undefined) {
    return {
      leases: soleHolder(store),
      home: dataDirectory,
      keep: async () => {},
      leave: async () => {},
    };
  }
  const home = await homeOf(dataDirectory);
  await forgetPredecessors(store.leases, home);
  const node = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const keeper = new LeaseKeeper({ store: store.leases, node, home, clock, log, status });
  return {
    leases: keeper,
    home,
    keep: (signal) => keeper.keep(signal),
    leave: () =>
      keeper.leave().catch((error: unknown) => {
        log.warn({ message: errorMessage(error) }, 'the other nodes could not be told of the end');
      }),
  };
}

/**
 * The data directory is locked: whoever had it before has ended, and need not be waited for. What
 * ended long ago elsewhere is not worth showing any more.
 */
async function forgetPredecessors(leases: LeaseStore, home: string): Promise<void> {
  for (const node of await leases.nodes()) {
    if (node.home === home || node.silentMs > forgetAfterMs) await leases.leave(node.node);
  }
}

/**
 * What the data directory is called among the nodes: a file sink stays with it, wherever it is
 * mounted and whatever the machine is called.
 */
export async function homeOf(dataDirectory: string): Promise<string> {
  const path = join(dataDirectory, homeFile);
  try {
    await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
    const known = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    if (known.trim() !== '') return known.trim();
    const home = randomUUID();
    await writeFileAtomically(path, `${home}\n`, 0o600);
    return home;
  } catch (error) {
    throw new AppError('directory_unwritable', `${path}: ${errorMessage(error)}`, { cause: error });
  }
}
