import { z } from 'zod';
import { silentMsMax, type LeaseStore } from '../../../../store/lease-store.ts';
import type { NodeView } from '../../api-types.ts';

const status = z.object({ startedAtMs: z.number() });

/** The nodes that share the store, by name. Without `leases` one process has it to itself. */
export async function nodeViews(
  leases: LeaseStore | undefined,
  nowMs: number,
): Promise<readonly NodeView[]> {
  if (leases === undefined) return [];
  const [nodes, held] = await Promise.all([leases.nodes(), leases.leases()]);
  return nodes.map(({ node, silentMs, status: said }) => ({
    name: node,
    startedAtMs: startOf(said),
    lastSeenMs: nowMs - silentMs,
    alive: silentMs < silentMsMax,
    holds: held
      .filter((lease) => lease.node === node)
      .map(({ name, stream }) => `${name} ${stream}`.trim()),
  }));
}

/** Null when a node of another version says it differently. */
function startOf(said: string): number | null {
  try {
    return status.parse(JSON.parse(said)).startedAtMs;
  } catch {
    return null;
  }
}
