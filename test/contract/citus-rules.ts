/**
 * What Citus asks of statements, held against what the server was really given: its manual ("SQL
 * Support and Workarounds") and its router planner say that a statement goes to one shard when each
 * distributed table in it is held to one value of the distribution column, and that functions behind
 * `do update set` and `returning` must be immutable and those of an update not volatile. PostgreSQL's
 * own planner says which condition each table is read with. Nothing here runs on Citus.
 */
import assert from 'node:assert/strict';
import type { Client } from 'pg';
import { z } from 'zod';

export interface Ruled {
  readonly schema: string;
  readonly distributedTables: readonly string[];
}

interface PlanNode {
  readonly 'Relation Name'?: string | undefined;
  readonly 'Parent Relationship'?: string | undefined;
  readonly 'Index Cond'?: string | undefined;
  readonly 'Recheck Cond'?: string | undefined;
  readonly Filter?: string | undefined;
  readonly 'Node Type': string;
  readonly Plans?: readonly PlanNode[] | undefined;
}

const planNode: z.ZodType<PlanNode> = z.object({
  'Node Type': z.string(),
  'Relation Name': z.string().optional(),
  'Parent Relationship': z.string().optional(),
  'Index Cond': z.string().optional(),
  'Recheck Cond': z.string().optional(),
  Filter: z.string().optional(),
  get Plans() {
    return z.array(planNode).optional();
  },
});
const explained = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: planNode })]) })]);

/** True when every distributed table in it is held to the stream that a parameter names. */
export async function isSingleShard(client: Client, sql: string, ruled: Ruled): Promise<boolean> {
  const { schema, distributedTables } = ruled;
  if (/^insert /i.test(sql)) return insertsOneStream(sql, ruled);
  const { Plan: plan } = await planOf(client, sql, schema);
  return nodesOf(plan)
    .filter((node) => isScanOf(node, distributedTables))
    .every((node) => isHeld(node));
}

/** What only a statement of one shard may have. */
export function asksTooMuch(sql: string): boolean {
  return /\bfor (?:update|share)\b|\bover\s*\(|\bwith recursive\b/i.test(sql);
}

/** The functions that Citus would refuse where they stand, each with its volatility. */
export async function refusedFunctions(client: Client, sql: string): Promise<readonly string[]> {
  const upserted = /\bdo update\s+set\b(.*?)(?:\breturning\b|$)/is.exec(sql)?.[1] ?? '';
  const returned = /\breturning\b(.*)$/is.exec(sql)?.[1] ?? '';
  const changed = /^\s*update\b(.*?)(?:\breturning\b|$)/is.exec(sql)?.[1] ?? '';
  return [
    ...(await functionsIn(client, upserted + returned, ['s', 'v'])),
    ...(await functionsIn(client, changed, ['v'])),
  ];
}

async function planOf(client: Client, sql: string, schema: string) {
  const count = Math.max(0, ...[...sql.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
  const values = Array.from({ length: count }, () => 'null').join(', ');
  await client.query('begin');
  try {
    await client.query(`set local plan_cache_mode = force_generic_plan`);
    // Tables are empty or small: what it would choose for large ones is asked for.
    await client.query(`set local enable_seqscan = off; set local search_path = ${schema}`);
    await client.query(`prepare asked as ${sql}`);
    const execute = `execute asked${count === 0 ? '' : `(${values})`}`;
    const { rows } = await client.query(`explain (format json, verbose, costs off) ${execute}`);
    const [
      {
        'QUERY PLAN': [found],
      },
    ] = explained.parse(rows);
    return found;
  } catch (error) {
    throw new Error(`cannot be planned: ${sql}`, { cause: error });
  } finally {
    await client.query('rollback');
    await client.query('deallocate all');
  }
}

function insertsOneStream(sql: string, { distributedTables }: Ruled): boolean {
  const table = /^insert into "?\w+"?\."?(\w+)"?/i.exec(sql)?.[1];
  if (table === undefined || !distributedTables.includes(table)) return true;
  const rows = /\bvalues\s+(\(.*?\))(?:\s+on conflict\b.*)?$/is.exec(sql)?.[1] ?? '';
  const columns = /^insert into \S+ \((\w+)/i.exec(sql)?.[1] ?? 'stream';
  const first = rows.split(/\),\s*\(/).map((row) => /\$?\w+/.exec(row)?.[0]);
  return columns === 'stream' && first.length > 0 && first.every((value) => value === '$1');
}

function nodesOf(node: PlanNode): readonly PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

function isScanOf(node: PlanNode, tables: readonly string[]): boolean {
  const { 'Node Type': type, 'Relation Name': name } = node;
  return type.includes('Scan') && name !== undefined && tables.includes(name);
}

/** `(stream = $1)`, or a constant, or behind an alias. */
function isHeld(node: PlanNode): boolean {
  const conditions = [node['Index Cond'], node['Recheck Cond'], node.Filter].join(' ');
  return /\((?:\w+\.)?stream = (?:\$1|'\w*'::text)\)/.test(conditions);
}

async function functionsIn(
  client: Client,
  sql: string,
  volatilities: readonly string[],
): Promise<readonly string[]> {
  const names = [...sql.matchAll(/\b([a-z_]\w*)\s*\(/gi)].map(([, name = '']) =>
    name.toLowerCase(),
  );
  const { rows } = await client.query<{ found: string }>(
    /* sql */ `select distinct proname::text || ' ' || provolatile::text as found from pg_proc
      where proname = any($1) and provolatile::text = any($2)`,
    [names, volatilities],
  );
  return rows.map(({ found }) => found);
}

/** What Citus refuses in tables that it is to distribute. */
export async function assertDistributable(client: Client, { schema, distributedTables }: Ruled) {
  const { rows } = await client.query<{ found: string }>(
    /* sql */ `
      select 'unique without stream: ' || i.indexrelid::regclass as found
      from pg_index i join pg_class c on c.oid = i.indrelid
        join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = any($2) and (i.indisunique or i.indisexclusion)
        and not exists (select 1 from pg_attribute a where a.attrelid = c.oid
          and a.attname = 'stream' and a.attnum = any(i.indkey))
      union all
      select 'foreign key: ' || f.conname from pg_constraint f
        join pg_class c on c.oid in (f.conrelid, f.confrelid)
        join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and f.contype = 'f'
      union all
      select 'trigger: ' || t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
        join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1
      union all
      select 'sequence: ' || c.relname from pg_class c
        join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind = 'S'
      union all
      select 'rule: ' || r.rulename from pg_rules r where r.schemaname = $1
      union all
      select 'stream is not the first column, or not text collate "C" not null: ' || c.relname
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum = 1
      where n.nspname = $1 and c.relname = any($2) and not (a.attname = 'stream' and a.attnotnull
        and a.atttypid = 'text'::regtype and a.attcollation = '"C"'::regcollation)`,
    [schema, distributedTables],
  );
  assert.deepEqual(rows, []);
}
