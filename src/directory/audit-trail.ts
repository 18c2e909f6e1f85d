import type { Selectable } from 'kysely';
import type { DirectoryDatabase, Reader, Writer } from './database.ts';
import type { Actor, AuditEntry, AuditKind } from './directory.ts';
import type { AuditEntryTable } from './tables.ts';

const actorNameLengthMax = 254;
const detailLengthMax = 1000;
const rowsPerInsert = 200;
const rowsPerDelete = 10_000;

/** An entry on its way in; `changes` unless it says otherwise. */
export interface NewAuditEntry extends AuditEntry {
  readonly kind?: AuditKind;
}

/** What a change says about itself; never a credential. */
export type AuditDraft = Pick<NewAuditEntry, 'tenant' | 'action' | 'detail' | 'kind'>;

/** Numbers are given out in the order of commits, without holes. */
export async function appendToAuditTrail(
  transaction: Writer,
  entries: readonly NewAuditEntry[],
): Promise<void> {
  const { audit_count: last } = await transaction
    .updateTable('installation')
    .set((column) => ({ audit_count: column('audit_count', '+', entries.length) }))
    .returning('audit_count')
    .executeTakeFirstOrThrow();
  const first = last - entries.length + 1;
  const rows = entries.map((entry, index) => toRow(entry, first + index));
  for (let start = 0; start < rows.length; start += rowsPerInsert) {
    const some = rows.slice(start, start + rowsPerInsert);
    await transaction.insertInto('audit_entry').values(some).execute();
  }
}

/** Newest first. */
export async function readAuditTrail(
  connection: Reader,
  tenant: string | undefined,
  limit: number,
): Promise<readonly AuditEntry[]> {
  const rows = await connection
    .selectFrom('audit_entry')
    .selectAll()
    .$if(tenant !== undefined, (query) => query.where('tenant', '=', tenant ?? null))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toEntry);
}

/** In several transactions, so that nobody waits for the whole. */
export async function trimAuditTrail(database: DirectoryDatabase, beforeMs: number): Promise<void> {
  for (let deleted = rowsPerDelete; deleted === rowsPerDelete;) {
    deleted = await database.writer.transaction().execute(async (transaction) => {
      const { numDeletedRows } = await transaction
        .deleteFrom('audit_entry')
        .where('id', 'in', (query) =>
          query
            .selectFrom('audit_entry')
            .select('id')
            .where('at_ms', '<', beforeMs)
            .limit(rowsPerDelete),
        )
        .executeTakeFirst();
      return Number(numDeletedRows);
    });
  }
}

function toRow(entry: NewAuditEntry, id: number): AuditEntryTable {
  return {
    id,
    at_ms: entry.atMs,
    tenant: entry.tenant ?? null,
    actor_name: printable(entry.actor.name, actorNameLengthMax),
    actor_address:
      entry.actor.address === undefined ? null : printable(entry.actor.address, actorNameLengthMax),
    action: entry.action,
    detail: printable(entry.detail, detailLengthMax),
    outcome: entry.outcome,
    kind: entry.kind ?? 'changes',
  };
}

export function toEntry(row: Selectable<AuditEntryTable>): AuditEntry {
  return {
    atMs: row.at_ms,
    tenant: row.tenant ?? undefined,
    actor: toActor(row),
    action: row.action,
    detail: row.detail,
    outcome: row.outcome,
  };
}

function toActor({ actor_name: name, actor_address: address }: Selectable<AuditEntryTable>): Actor {
  return address === null ? { name } : { name, address };
}

/** An audit entry must not fail over odd characters, nor carry a line break into somebody's log. */
function printable(text: string, lengthMax: number): string {
  return text
    .slice(0, lengthMax)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '\u{FFFD}');
}
