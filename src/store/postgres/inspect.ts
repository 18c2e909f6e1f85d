import { citusFindings, inspectCitus, type CitusInspection } from './inspect-citus.ts';
import { compatibleVersion, schemaVersion } from './schema.ts';

/** Asks the server; the caller answers for `Row` being what the select list says. */
export type Ask = <Row>(sql: string, values: readonly string[]) => Promise<readonly Row[]>;

export interface Wanted {
  /** The schema for events; tenants are in the one with `_directory`. */
  readonly schema: string;
  /** Connections that one node may open. */
  readonly connections: number;
}

/** What a look at a PostgreSQL tells before a node is started on it. */
export interface StoreInspection {
  readonly serverVersion: string;
  readonly role: string;
  /** Undefined when the tables are still to be made. */
  readonly schemaVersion: number | undefined;
  readonly citus: CitusInspection | undefined;
  /** Nothing can run, or not rightly, until somebody puts these right. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

const oldestServer = 150_000;

interface ServerRow {
  readonly version: string;
  readonly number: number;
  readonly role: string;
  readonly canCreate: boolean;
  readonly isStandby: boolean;
  readonly fsync: string;
  readonly synchronousCommit: string;
  readonly connections: number;
}

/** Looks and changes nothing. Rejects with the driver's error. */
export async function inspectStore(ask: Ask, wanted: Wanted): Promise<StoreInspection> {
  const [server] = await ask<ServerRow>(serverSql, []);
  if (server === undefined) throw new Error('the server said nothing about itself');
  const tables = await tablesOf(ask, wanted.schema);
  const citus = await inspectCitus(ask, wanted.schema);
  const cluster = citus && citusFindings(citus);
  const found = await inspectTables(ask, wanted.schema, tables);
  return {
    serverVersion: server.version,
    role: server.role,
    schemaVersion: found.version,
    citus,
    problems: [
      ...serverProblems(server, tables.length === 0),
      ...found.problems,
      ...(await missingRights(ask, wanted.schema)),
      ...(cluster?.problems ?? []),
    ],
    warnings: [...serverWarnings(server, wanted), ...(cluster?.warnings ?? [])],
  };
}

const serverSql = /* sql */ `
  select current_setting('server_version') as version,
    current_setting('server_version_num')::int as number, current_user::text as role,
    has_database_privilege(current_database(), 'create') as "canCreate",
    pg_is_in_recovery() as "isStandby", current_setting('fsync') as fsync,
    current_setting('synchronous_commit') as "synchronousCommit",
    current_setting('max_connections')::int as connections`;

function serverProblems(server: ServerRow, mustCreate: boolean): readonly string[] {
  const { number, version, isStandby, role, canCreate } = server;
  return [
    ...(number < oldestServer ? [`PostgreSQL 15 or newer is needed, this is ${version}`] : []),
    ...(isStandby ? ['this is a standby, which only reads: name the primary'] : []),
    ...(mustCreate && !canCreate
      ? [`the role ${role} may not create a schema: grant create on the database`]
      : []),
  ];
}

function serverWarnings(server: ServerRow, { connections }: Wanted): readonly string[] {
  const unsafe = (['fsync', 'synchronousCommit'] as const).filter((name) => server[name] === 'off');
  return [
    ...(unsafe.length > 0
      ? [
          'the server acknowledges commits before they are durable (fsync or synchronous_commit is off)',
        ]
      : []),
    ...(server.connections < connections
      ? [`one node may open ${connections} connections, the server takes ${server.connections}`]
      : []),
  ];
}

async function tablesOf(ask: Ask, schema: string): Promise<readonly string[]> {
  const sql = 'select tablename as name from pg_tables where schemaname = $1';
  return (await ask<{ name: string }>(sql, [schema])).map(({ name }) => name);
}

async function inspectTables(
  ask: Ask,
  schema: string,
  tables: readonly string[],
): Promise<{ readonly version: number | undefined; readonly problems: readonly string[] }> {
  if (tables.length === 0) return { version: undefined, problems: [] };
  if (!tables.includes('store_version')) {
    const problem = `the schema ${schema} holds the tables of another program: choose another with store.schema`;
    return { version: undefined, problems: [problem] };
  }
  const [row] = await ask<{ version: number; oldest: number }>(
    `select version, compatible_with as oldest from ${schema}.store_version where $1 <> ''`,
    [schema],
  );
  const problems =
    row !== undefined && row.oldest > schemaVersion
      ? [
          `the tables have version ${row.version} and need a program that knows ${row.oldest}; this one knows ${compatibleVersion} to ${schemaVersion}`,
        ]
      : [];
  return { version: row?.version, problems };
}

async function missingRights(ask: Ask, schema: string): Promise<readonly string[]> {
  const rows = await ask<{ name: string }>(
    /* sql */ `select n.nspname || '.' || c.relname as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ($1::text, $1::text || '_directory') and c.relkind in ('r', 'p')
        and not (has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
          and has_table_privilege(c.oid, 'insert') and has_table_privilege(c.oid, 'update')
          and has_table_privilege(c.oid, 'delete'))
      order by 1`,
    [schema],
  );
  if (rows.length === 0) return [];
  const names = rows.map(({ name }) => name).join(', ');
  return [`the role may not read and write ${names}: grant select, insert, update and delete`];
}
