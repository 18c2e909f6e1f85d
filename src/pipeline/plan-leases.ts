import type { HeldLease, LeaseItem, NodeInfo } from '../store/lease-store.ts';

export interface LeaseView {
  /** Whose plan it is. */
  readonly node: string;
  /** What it could do. */
  readonly wanted: readonly LeaseItem[];
  readonly nodes: readonly NodeInfo[];
  readonly leases: readonly HeldLease[];
  readonly silentMsMax: number;
}

export interface LeasePlan {
  readonly take: readonly LeaseItem[];
  readonly release: readonly LeaseItem[];
}

/**
 * What a node takes and lets go of, so that all that is wanted is done by somebody and nodes do about
 * the same number of things. What is bound to a place is always taken there, and never let go of.
 */
export function planLeases({ node, wanted, nodes, leases, silentMsMax }: LeaseView): LeasePlan {
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
  const share = Math.ceil(wanted.length / Math.max(1, workers.length));
  const room = Math.max(0, share - held.length - bound.length);
  const take = [...bound, ...movable.slice(0, room)];
  return { take, release: take.length > 0 ? [] : tooMany(held) };

  /** One at a time: the other node has taken it before this one looks again. */
  function tooMany(items: readonly LeaseItem[]): readonly LeaseItem[] {
    const loads = new Map(workers.map((other) => [other.node, 0]));
    for (const { node: holder } of leases) {
      if (holder !== undefined && loads.has(holder)) {
        loads.set(holder, (loads.get(holder) ?? 0) + 1);
      }
    }
    const isWantedBy = (item: LeaseItem) =>
      workers.some(
        (other) =>
          other.works.includes(item.name) && (loads.get(other.node) ?? 0) + 2 <= items.length,
      );
    return items.filter((item) => item.home === undefined && isWantedBy(item)).slice(0, 1);
  }
}

function keyOf({ stream, name }: Pick<LeaseItem, 'stream' | 'name'>): string {
  return `${name} ${stream}`;
}
