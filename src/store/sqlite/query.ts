import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

/** A prepared select whose rows have the shape `Row`: its columns, by their names. */
export interface Query<Row> {
  get(...parameters: SQLInputValue[]): Row | undefined;
  all(...parameters: SQLInputValue[]): Row[];
}

/** The caller answers for `Row` being what the select list says. */
export function prepareQuery<Row>(database: DatabaseSync, sql: string): Query<Row> {
  const statement: unknown = database.prepare(sql);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place where SQL gets types
  return statement as Query<Row>;
}

/** The value of a pragma. */
export function readPragma(database: DatabaseSync, name: string): unknown {
  return database.prepare(`pragma ${name}`).get()?.[name];
}
