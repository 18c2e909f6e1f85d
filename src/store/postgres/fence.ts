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
  { stream, name, fence }: Lease,
): Promise<void> {
  const [row] = await transaction.query<{ fence: number }>(sql.fence, [stream, name]);
  if (row?.fence === fence) return;
  throw new AppError('lease_lost', `${name} of ${stream} is another node's work now`);
}
