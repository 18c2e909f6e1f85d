import type { Clock } from '../core/clock.ts';
import { appendToAuditTrail } from './audit-trail.ts';
import type { AuditDraft } from './audit-trail.ts';
import type { DirectoryDatabase, Writer } from './database.ts';
import type { Actor } from './directory.ts';
import type { Caches } from './fresh-cache.ts';
import type { Keyring } from './keyring.ts';

/** What the directory's operations work with. */
export interface DirectoryParts {
  readonly database: DirectoryDatabase;
  readonly keyring: Keyring;
  readonly caches: Caches;
  readonly clock: Clock;
  /** Names of the event categories that can be exported. */
  readonly categories: readonly string[];
}

export interface Changed<Result> {
  readonly result: Result;
  readonly audit: AuditDraft;
}

/**
 * Runs `work` in one transaction with its audit entry. Changes stand in line from their first
 * statement on, so what `work` reads stays true until it commits.
 */
export async function change<Result>(
  { database, clock }: DirectoryParts,
  actor: Actor,
  work: (transaction: Writer) => Promise<Changed<Result>>,
): Promise<Result> {
  return database.writer.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('installation')
      .set((column) => ({ change_count: column('change_count', '+', 1) }))
      .execute();
    const { result, audit } = await work(transaction);
    const entry = { ...audit, actor, atMs: clock.nowMs(), outcome: 'success' } as const;
    await appendToAuditTrail(transaction, [entry]);
    return result;
  });
}
