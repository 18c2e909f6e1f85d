import { AppError } from '../core/errors.ts';
import type { Reader } from './database.ts';

/** Throws `input_invalid` when a tenant (or nobody) has as many rows in `table` as it may have. */
export async function assertRoom(
  connection: Reader,
  table: 'person' | 'api_client' | 'ingest_key' | 'connector',
  tenant: string | null,
  max: number,
): Promise<void> {
  const { count } = await connection
    .selectFrom(table)
    .select((query) => query.fn.countAll().as('count'))
    .where('tenant', tenant === null ? 'is' : '=', tenant)
    .executeTakeFirstOrThrow();
  if (Number(count) < max) return;
  const what = table === 'person' ? 'people' : `${table.replace('_', ' ')}s`;
  const who = tenant === null ? 'operators' : `tenant ${tenant}`;
  throw new AppError('input_invalid', `${who} may have at most ${max} ${what}, has ${count}`);
}
