import type { HeldLease, LeaseItem, NodeInfo } from '../store/lease-store.ts';

export interface LeaseView {
  /** Whose plan it is. */
  readonly node: string;
  /** What it could do. */
  readonly wanted: readonly LeaseItem[];
  readonly nodes: readonly NodeInfo[];
  readonly leases: readonly HeldLease[];
  readonly silentMsMax: number;
  /** True of what was left to another node, which has not taken it for some time. */
  readonly isOverdue?: (item: LeaseItem) => boolean;
  /** False of what the node does not do although it holds it: an answer of the store was lost. */
  readonly isDone?: (item: LeaseItem) => boolean;
}

export interface LeasePlan {
  readonly take: readonly LeaseItem[];
  readonly release: readonly LeaseItem[];
  /** Held by nobody, and left to a node that has less to do. */
  readonly left: readonly LeaseItem[];
}

/**
 * What a node takes and lets go of, so that all that is wanted is done by somebody and nodes do about
 * the same number of things. What is bound to a place is always taken there, and never let go of.
 */
export function planLeases(view: LeaseView): LeasePlan {
  const { node, wanted, nodes, leases, silentMsMax } = view;
  const { isOverdue = () => false, isDone = () => true } = view;
  const alive = nodes.filter((other) => other.node === node || other.silentMs < silentMsMax);
  const workers = alive.filter(({ works }) => works.length > 0);
  const holders = new Map(leases.map((lease) => [keyOf(lease), lease]));
  const holderOf = (item: LeaseItem) => {
    const lease = holders.get(keyOf(item));
    return alive.some((other) => other.node === lease?.node) ? lease?.node : undefined;
  };
  const isElsewhere = (item: LeaseItem) => {
    const home = holders.get(keyOf(item))?.home;
    return item.home !== undefined && home !== undefined && home !== item.home;
  };
  const held = wanted.filter((item) => holderOf(item) === node);
  const free = wanted.filter((item) => holderOf(item) === undefined && !isElsewhere(item));
  const bound = free.filter(({ home }) => home !== undefined);
  const movable = free.filter(({ home }) => home === undefined);
  const isOwn = sharedOut({ node, workers, loads: loadsOf(workers, leases), movable, bound });
  const own = movable.filter((item) => isOwn(item) || isOverdue(item));
  const take = [...held.filter((item) => !isDone(item)), ...bound, ...own];
  const left = movable.filter((item) => !own.includes(item));
  return { take, release: take.length > 0 ? [] : tooMany(held), left };

  /** One at a time: the other node has taken it before this one looks again. */
  function tooMany(items: readonly LeaseItem[]): readonly LeaseItem[] {
    const loads = loadsOf(workers, leases);
    const isWantedBy = (item: LeaseItem) =>
      workers.some(
        (other) =>
          other.works.includes(item.name) && (loads.get(other.node) ?? 0) + 2 <= items.length,
      );
    return items.filter((item) => item.home === undefined && isWantedBy(item)).slice(0, 1);
  }
}

interface Sharing {
  readonly node: string;
  readonly workers: readonly NodeInfo[];
  readonly loads: Map<string, number>;
  readonly movable: readonly LeaseItem[];
  readonly bound: readonly LeaseItem[];
}

/**
 * Gives each thing to the one with least to do among those that can do it. All nodes reckon alike, so
 * that nothing is left to a node that cannot: only the share of one's own is asked for.
 */
function sharedOut({ node, workers, loads, movable, bound }: Sharing) {
  const loadOf = (name: string) => loads.get(name) ?? 0;
  const give = (name: string, count: number) => loads.set(name, loadOf(name) + count);
  give(node, bound.length);
  const takers = new Map<string, string>();
  for (const item of movable.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) {
    const able = workers.filter((other) => other.works.includes(item.name)).map((w) => w.node);
    const [taker = node] = able.toSorted((a, b) => loadOf(a) - loadOf(b) || (a < b ? -1 : 1));
    give(taker, 1);
    takers.set(keyOf(item), taker);
  }
  return (item: LeaseItem) => takers.get(keyOf(item)) === node;
}

/** How many things each does. */
function loadsOf(workers: readonly NodeInfo[], leases: readonly HeldLease[]): Map<string, number> {
  const loads = new Map(workers.map((worker) => [worker.node, 0]));
  for (const { node } of leases) {
    if (node !== undefined && loads.has(node)) loads.set(node, (loads.get(node) ?? 0) + 1);
  }
  return loads;
}

function keyOf({ stream, name }: Pick<LeaseItem, 'stream' | 'name'>): string {
  return `${name} ${stream}`;
}
