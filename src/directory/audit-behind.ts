import { toEntry } from './audit-trail.ts';
import type { Reader } from './database.ts';
import type { AuditKind, NumberedAuditEntry } from './directory.ts';
import { accept, auditBehindLimit } from './input.ts';

/** See `Directory.auditBehind`. Each kind by its index: pulls outnumber the rest a thousandfold. */
export async function readAuditBehind(
  connection: Reader,
  entry: number,
  limit: number,
): Promise<readonly NumberedAuditEntry[]> {
  accept('limit', auditBehindLimit, limit);
  // One statement: of two, the second could see an entry behind one that the first did not.
  const rows = await ofKind(connection, 'changes', entry, limit)
    .unionAll(ofKind(connection, 'sign-ins', entry, limit))
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...toEntry(row), id: row.id, kind: row.kind }));
}

function ofKind(connection: Reader, kind: AuditKind, entry: number, limit: number) {
  const some = connection
    .selectFrom('audit_entry')
    .selectAll()
    .where('kind', '=', kind)
    .where('id', '>', entry)
    .orderBy('id')
    .limit(limit);
  return connection.selectFrom(some.as('some')).selectAll();
}

/** See `Directory.newestAuditEntry`. Entries are counted: retention may have dropped the newest. */
export async function newestAuditEntry(connection: Reader): Promise<number> {
  const { audit_count: newest } = await connection
    .selectFrom('installation')
    .select('audit_count')
    .executeTakeFirstOrThrow();
  return newest;
}
