import {
  silentMsMax,
  type HeldLease,
  type LeaseStore,
  type NodeInfo,
} from '../../store/lease-store.ts';
import { parseStatus, type RecordedStatus } from '../service/status-file.ts';

export interface NodeReport {
  readonly node: string;
  readonly isAlive: boolean;
  readonly silentMs: number;
  readonly version: string;
  readonly listen: string | undefined;
  /** What it holds: `source druva`, `sink siem acme/insync`. */
  readonly does: readonly string[];
}

/** The nodes that share a store, and what they say of sources and sinks together. */
export async function nodesReport(leases: LeaseStore) {
  const held = await leases.leases();
  const known = (await leases.nodes()).map((node) => ({
    ...node,
    isAlive: node.silentMs < silentMsMax,
    said: parseStatus(node.status, `the status of node ${node.node}`),
  }));
  const alive = known.filter(({ isAlive }) => isAlive);
  // Of nodes that have all ended, the last one says how it went.
  const [last] = known.toSorted((a, b) => a.silentMs - b.silentMs);
  const telling = alive.length > 0 || last === undefined ? alive : [last];
  return {
    isRunning: alive.length > 0,
    recorded: together(telling.map(({ said }) => said)),
    nodes: known.map((node) => toReport(node, held)),
  };
}

/** As if one process did it all: of what one node does, the others only stand by. */
function together(statuses: readonly RecordedStatus[]): RecordedStatus | undefined {
  const [first] = statuses;
  if (first === undefined) return undefined;
  return {
    ...first,
    sources: statuses.flatMap(({ sources }) => sources).filter(({ isStandby }) => !isStandby),
    sinks: statuses.flatMap(({ sinks }) => sinks).filter(({ isStandby }) => !isStandby),
  };
}

function toReport(
  node: NodeInfo & { readonly isAlive: boolean; readonly said: RecordedStatus },
  held: readonly HeldLease[],
): NodeReport {
  const own = held.filter((lease) => lease.node === node.node);
  const { isAlive, silentMs, said } = node;
  return {
    node: node.node,
    isAlive,
    silentMs,
    version: said.version,
    listen: said.listen,
    does: own.map(({ name, stream }) => `${name} ${stream}`.trim()),
  };
}
