import { sql } from 'kysely';
import type { Selectable } from 'kysely';
import { z } from 'zod';
import { toEntry } from './audit-trail.ts';
import type { Reader } from './database.ts';
import { auditKinds } from './directory.ts';
import type { AuditPage, AuditQuery } from './directory.ts';
import { accept } from './input.ts';
import type { AuditEntryTable } from './tables.ts';

/** Entries that one request looks at, so that a rare word does not hold everybody else up. */
const candidatesMax = 20_000;
/** Entries are written a moment after their time; so many at most are out of its order. */
const disorderMax = 10_000;

type Row = Selectable<AuditEntryTable>;

const queryText = 'a filter of the audit trail';
const auditQuery = z.strictObject(
  {
    tenant: z.string().optional(),
    kind: z.enum(auditKinds).optional(),
    fromMs: z.number().optional(),
    untilMs: z.number().optional(),
    actor: z.string().max(254).optional(),
    outcome: z.enum(['success', 'failure']).optional(),
    text: z.string().max(200).optional(),
    before: z.int().optional(),
    limit: z.int('must be 1 to 500').min(1, 'must be 1 to 500').max(500, 'must be 1 to 500'),
  },
  queryText,
);

/** Candidates by an index, newest first, and of them those that fit the rest of the filter. */
export async function readAuditPage(connection: Reader, asked: AuditQuery): Promise<AuditPage> {
  const query = accept('limit', auditQuery, asked, asked.limit);
  const range = await idRange(connection, query);
  const candidates = candidatesOf(connection, query, range);
  const looked = await connection
    .selectFrom(candidates.as('candidate'))
    .select((all) => [all.fn.countAll().as('count'), all.fn.min('id').as('lowest')])
    .executeTakeFirstOrThrow();
  if (looked.lowest === null) return { entries: [], next: undefined };
  const rows = await fitting(connection, query, { ...range, from: looked.lowest });
  const last = rows.at(-1);
  const isCut = rows.length === query.limit && last !== undefined && last.id > looked.lowest;
  const isExhausted = Number(looked.count) < candidatesMax;
  const reached = isCut ? last.id : isExhausted ? undefined : looked.lowest;
  const entries = rows.map((row) => ({ ...toEntry(row), id: row.id, kind: row.kind }));
  return { entries, next: reached };
}

interface IdRange {
  readonly from: number;
  /** Exclusive. */
  readonly before: number;
}

/** Wide enough for what the filter's times allow. */
async function idRange(connection: Reader, query: AuditQuery): Promise<IdRange> {
  const { fromMs, untilMs, before } = query;
  const first = fromMs === undefined ? undefined : await idAt(connection, '>=', fromMs);
  const last = untilMs === undefined ? undefined : await idAt(connection, '<', untilMs);
  const end = last === undefined ? Infinity : last + disorderMax;
  return {
    from: first === undefined ? 0 : first - disorderMax,
    before: Math.min(before ?? Number.MAX_SAFE_INTEGER, end, Number.MAX_SAFE_INTEGER),
  };
}

async function idAt(
  connection: Reader,
  comparison: '>=' | '<',
  atMs: number,
): Promise<number | undefined> {
  const row = await connection
    .selectFrom('audit_entry')
    .select('id')
    .where('at_ms', comparison, atMs)
    .orderBy('at_ms', comparison === '<' ? 'desc' : 'asc')
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

function candidatesOf(connection: Reader, query: AuditQuery, { from, before }: IdRange) {
  return selection(connection, query)
    .select('id')
    .where('id', '>=', from)
    .where('id', '<', before)
    .orderBy('id', 'desc')
    .limit(candidatesMax);
}

async function fitting(
  connection: Reader,
  query: AuditQuery,
  { from, before }: IdRange,
): Promise<readonly Row[]> {
  const { fromMs, untilMs, actor, outcome, text, limit } = query;
  return selection(connection, query)
    .selectAll()
    .where('id', '>=', from)
    .where('id', '<', before)
    .$if(fromMs !== undefined, (some) => some.where('at_ms', '>=', fromMs ?? 0))
    .$if(untilMs !== undefined, (some) => some.where('at_ms', '<', untilMs ?? 0))
    .$if(outcome !== undefined, (some) => some.where('outcome', '=', outcome ?? 'success'))
    .$if(actor !== undefined, (some) => some.where(contains(['actor_name'], actor ?? '')))
    .$if(text !== undefined, (some) =>
      some.where(contains(['action', 'detail', 'actor_name', 'actor_address'], text ?? '')),
    )
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

function selection(connection: Reader, { tenant, kind }: AuditQuery) {
  return connection
    .selectFrom('audit_entry')
    .$if(tenant !== undefined, (some) => some.where('tenant', '=', tenant ?? null))
    .$if(kind !== undefined, (some) => some.where('kind', '=', kind ?? 'changes'));
}

function contains(columns: readonly (keyof Row)[], part: string) {
  const pattern = `%${part.replaceAll(/[\\%_]/g, '\\$&')}%`;
  const texts = sql.join(
    columns.map((column) => sql`coalesce(${sql.ref(column)}, '')`),
    sql` || ' ' || `,
  );
  return sql<boolean>`lower(${texts}) like lower(${pattern}) escape '\\'`;
}
