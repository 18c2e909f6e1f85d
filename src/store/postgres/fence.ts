import { AppError } from '../../core/errors.ts';
import type { Lease } from '../lease-store.ts';
import type { Transaction } from './database.ts';
import type { HotStatements } from './statements.ts';

/**
 * Rejects with `lease_lost` when another node has taken the lease over. Until the transaction ends
 * nobody can.
 */
export async function assertFence(
  transaction: Transaction,
  sql: HotStatements,
  lease: Lease,
): Promise<void> {
  await assertHeld(transaction, sql.fence, lease);
}

/**
 * The same, and waits for all other writes under the lease: one whose connection was lost may still
 * be under way, and would overwrite what was saved after it.
 */
export async function assertFenceAlone(
  transaction: Transaction,
  sql: HotStatements,
  lease: Lease,
): Promise<void> {
  await assertHeld(transaction, sql.fenceAlone, lease);
}

async function assertHeld(
  transaction: Transaction,
  statement: string,
  { stream, name, fence }: Lease,
): Promise<void> {
  const [row] = await transaction.query<{ fence: number }>(statement, [stream, name]);
  if (row?.fence === fence) return;
  throw new AppError('lease_lost', `${name} of ${stream} is another node's work now`);
}
