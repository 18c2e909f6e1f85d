import { appendToAuditTrail } from './audit-trail.ts';
import type { DirectoryParts } from './change.ts';
import type { Actor } from './directory.ts';

/** See `Directory.recordReading`. It changes nothing, so what is cached stays good. */
export async function recordReading(
  { database, clock }: DirectoryParts,
  tenant: string,
  reading: { readonly action: string; readonly detail: string },
  actor: Actor,
): Promise<void> {
  const entry = { ...reading, tenant, actor, atMs: clock.nowMs(), outcome: 'success' } as const;
  await database.writer
    .transaction()
    .execute((transaction) => appendToAuditTrail(transaction, [entry]));
}
