import { change } from './change.ts';
import type { DirectoryParts } from './change.ts';
import type { Actor } from './directory.ts';
import { installationRow } from './keyring.ts';
import { newMasterKey } from './master-key.ts';

/**
 * Stages the new key, wraps every key under it in one transaction, then makes it the only one. The
 * data says at each moment which key it is under, so a crash at any step is finished or undone when
 * the directory is opened next; see the table at `MasterKeyFile`.
 */
export async function rotateMasterKey(parts: DirectoryParts, actor: Actor): Promise<void> {
  const { store } = parts.keyring;
  const next = newMasterKey();
  await change(parts, actor, async (transaction) => {
    const { master_key_id: present } = await installationRow(transaction);
    await store.find(present);
    await store.settle(present);
    await store.stage(next);
    await parts.keyring.rewrap(next, transaction);
    const detail = `${present} → ${next.id}`;
    return {
      result: undefined,
      audit: { tenant: undefined, action: 'rotated the master key', detail },
    };
  });
  await settleMasterKey(parts);
  await parts.database.scrub(); // what the old key wrapped must not lie around
}

/** Under the write lock, so that no rotation of another process is under way. */
export async function settleMasterKey({
  database,
  keyring,
}: Pick<DirectoryParts, 'database' | 'keyring'>): Promise<void> {
  await database.writer.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('installation')
      .set((column) => ({ audit_count: column('audit_count', '+', 0) }))
      .execute();
    const { master_key_id: present } = await installationRow(transaction);
    await keyring.store.find(present);
    await keyring.store.settle(present);
  });
}
