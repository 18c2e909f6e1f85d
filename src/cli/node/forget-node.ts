import { AppError } from '../../core/errors.ts';
import type { StreamName } from '../../core/stream.ts';
import { parseIntent } from '../../sinks/file/intent.ts';
import type { EventStore } from '../../store/event-store.ts';
import {
  silentMsMax,
  type HeldLease,
  type LeaseStore,
  type NodeInfo,
} from '../../store/lease-store.ts';

/** A data directory that file sinks are bound to. */
export interface NodeHome {
  readonly home: string;
  /** The newest process on it; undefined when it has ended in good order, or is long forgotten. */
  readonly node: string | undefined;
  readonly silentMs: number | undefined;
  readonly bound: readonly HeldLease[];
}

export interface ForgottenSink {
  readonly sink: string;
  readonly stream: StreamName;
  /** Positions of its last file, which is written once more; undefined when it stays as it is. */
  readonly again: { readonly first: number; readonly last: number } | undefined;
}

/** Nodes that are known and data directories that something is bound to. */
export async function nodeHomes(leases: LeaseStore): Promise<readonly NodeHome[]> {
  const bound = Map.groupBy(
    (await leases.leases()).filter(({ home }) => home !== undefined),
    ({ home }) => home ?? '',
  );
  const nodes = await leases.nodes();
  const gone = [...bound.keys()].filter((home) => !nodes.some((node) => node.home === home));
  return [
    ...nodes.map(({ node, home, silentMs }) => ({
      home,
      node,
      silentMs,
      bound: bound.get(home) ?? [],
    })),
    ...gone.map((home) => ({
      home,
      node: undefined,
      silentMs: undefined,
      bound: bound.get(home) ?? [],
    })),
  ];
}

/**
 * Lets go of everything that is bound to the data directory of a node which will not come back, named
 * by its node or its home. Whether the watcher there has got the last file of each stream nobody can
 * tell any more, so it is written once more elsewhere; `isPublished` says that it has. Refused while a
 * node lives there. May be repeated.
 */
export async function forgetNode(
  store: EventStore & { readonly leases: LeaseStore },
  name: string,
  isPublished: boolean,
): Promise<readonly ForgottenSink[]> {
  const { leases } = store;
  const home = await homeNamed(leases, name);
  const forgotten: ForgottenSink[] = [];
  for (const lease of await leases.leases()) {
    if (lease.home !== home || lease.stream === '') continue;
    const sink = lease.name.replace(/^sink /, '');
    forgotten.push(await letGo(store, { home, sink, stream: lease.stream }, isPublished));
  }
  await leases.forgetHome(home);
  return forgotten;
}

async function homeNamed(leases: LeaseStore, name: string): Promise<string> {
  const nodes = await leases.nodes();
  const bound = await leases.leases();
  const home =
    nodes.find(({ node }) => node === name)?.home ??
    bound.find((lease) => lease.home === name)?.home;
  if (home === undefined) throw new AppError('not_found', `there is no node ${name}`);
  const living = nodes.find((node) => node.home === home && isAlive(node));
  if (living !== undefined) {
    throw new AppError('argument_invalid', `node ${living.node} lives; stop it first`);
  }
  return home;
}

export function isAlive({ silentMs }: Pick<NodeInfo, 'silentMs'>): boolean {
  return silentMs < silentMsMax;
}

interface BoundSink {
  readonly home: string;
  readonly sink: string;
  readonly stream: StreamName;
}

/** Under a lease of its own: should the node wake after all, its writes are refused. */
async function letGo(
  store: EventStore & { readonly leases: LeaseStore },
  { home, sink, stream }: BoundSink,
  isPublished: boolean,
): Promise<ForgottenSink> {
  const { leases } = store;
  const item = { stream, name: `sink ${sink}`, home };
  const lease = await leases.acquire(item, `forgetting ${home}`, silentMsMax);
  if (lease === undefined) {
    throw new AppError(
      'argument_invalid',
      `sink ${sink} of ${stream} is held by a node that lives`,
    );
  }
  const { position, intent } = await store.delivery(sink, stream);
  if (intent === undefined) return { sink, stream, again: undefined };
  const { firstPosition: first, lastPosition: last } = parseIntent(intent).facts;
  const next = isPublished ? position : first - 1;
  await leases.fenced(lease).saveDelivery(sink, stream, { position: next });
  return { sink, stream, again: isPublished ? undefined : { first, last } };
}
