import { findCitus } from '../../postgres/citus.ts';
import type { Ask } from './inspect.ts';
import { distributedTables } from './schema.ts';

/** A cluster of Citus as its coordinator sees it. */
export interface CitusInspection {
  readonly version: string;
  /** Of the server that was asked; 0 is the coordinator's. */
  readonly group: number;
  /** The coordinator among them, when it takes shards too. */
  readonly workers: readonly CitusWorker[];
  /** Names of tables, those of tenants included, by how they are held. */
  readonly distributed: readonly string[];
  readonly reference: readonly string[];
  /** On the coordinator alone; tenants may be. */
  readonly local: readonly string[];
  /** Distributed, but not by the stream or not side by side with the others. */
  readonly astray: readonly string[];
  /** Of each distributed table. */
  readonly shardCount: number;
}

export interface CitusWorker {
  /** `host:port`. */
  readonly address: string;
  readonly isCoordinator: boolean;
  readonly isActive: boolean;
  /** Of this store's tables. */
  readonly placements: number;
}

interface TableRow {
  readonly name: string;
  /** Of its distribution; null unless it is distributed. */
  readonly column: string | null;
  readonly isReference: boolean;
  readonly isOfTenants: boolean;
  readonly colocation: number | null;
  readonly shards: number;
}

/**
 * Undefined without the extension. Reads the catalogue and not the views over it, which ask every
 * worker for sizes and so fail when one is away, the very moment when somebody looks.
 */
export async function inspectCitus(ask: Ask, schema: string): Promise<CitusInspection | undefined> {
  const [extension] = await ask<{ version: string }>(findCitus, []);
  if (extension === undefined) return undefined;
  const [place] = await ask<{ group: number }>(localGroupSql, []);
  const tables = await ask<TableRow>(tablesSql, [schema]);
  const workers = await ask<CitusWorker>(workersSql, [schema]);
  const distributed = tables.filter(({ column }) => column !== null);
  const first = distributed.find(({ name }) => name === distributedTables[0]);
  const isAstray = ({ column, colocation }: TableRow) =>
    column !== 'stream' || colocation !== first?.colocation;
  const isLocal = ({ column, isReference, isOfTenants }: TableRow) =>
    column === null && !isReference && !isOfTenants;
  return {
    version: extension.version,
    group: place?.group ?? 0,
    workers,
    distributed: named(distributed),
    reference: named(tables.filter(({ isReference }) => isReference)),
    local: named(tables.filter(isLocal)),
    astray: named(distributed.filter(isAstray)),
    shardCount: Math.max(0, ...distributed.map(({ shards }) => shards)),
  };
}

function named(tables: readonly TableRow[]): readonly string[] {
  return tables.map(({ name }) => name);
}

const localGroupSql = 'select groupid as "group" from pg_dist_local_group';

const tablesSql = /* sql */ `
  select c.relname as name, p.colocationid as colocation,
    case when p.partkey is not null then column_to_column_name(p.logicalrelid, p.partkey) end as column,
    n.nspname <> $1::text as "isOfTenants",
    coalesce(p.partkey is null and p.repmodel = 't', false) as "isReference",
    (select count(*)::int from pg_dist_shard s where s.logicalrelid = p.logicalrelid) as shards
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
    left join pg_dist_partition p on p.logicalrelid = c.oid
  where n.nspname in ($1::text, $1::text || '_directory') and c.relkind = 'r' order by n.nspname, c.oid`;

const workersSql = /* sql */ `
  select w.nodename || ':' || w.nodeport as address, w.isactive as "isActive",
    w.groupid = 0 as "isCoordinator",
    (select count(*)::int from pg_dist_placement l join pg_dist_shard s on s.shardid = l.shardid
       join pg_class c on c.oid = s.logicalrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ($1::text, $1::text || '_directory') and l.groupid = w.groupid) as placements
  from pg_dist_node w where w.noderole = 'primary' and (w.groupid <> 0 or w.shouldhaveshards)
  order by 1`;

/** What is to be said of it. */
export function citusFindings({ group, workers, local, astray }: CitusInspection): {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
} {
  const idle = workers.filter(({ isActive }) => !isActive).map(({ address }) => address);
  const alone = workers.every(({ isCoordinator }) => isCoordinator);
  return {
    problems: [
      ...(group === 0 ? [] : ['this is a worker of Citus: name the coordinator']),
      ...(idle.length > 0 ? [`Citus counts these workers out: ${idle.join(', ')}`] : []),
      ...(local.length > 0
        ? [
            `the extension came after the tables: ${local.join(', ')} are on the coordinator alone; distribute them as the guide says`,
          ]
        : []),
      ...(astray.length > 0
        ? [`not distributed by stream, side by side with the others: ${astray.join(', ')}`]
        : []),
    ],
    warnings: alone
      ? ['Citus has no worker beside the coordinator: everything is on one machine']
      : [],
  };
}
