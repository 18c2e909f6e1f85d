import type { Secret } from '../core/secret.ts';
import { newSchemaName, runSql } from './postgres-cluster.ts';

/**
 * Schemas that tests take one after the other. One that was given back is emptied and handed out
 * again with its tables, as making tables costs a test more than all the rest.
 */
export class PostgresSchemas implements AsyncDisposable {
  readonly #url: Secret;
  readonly #suffix: string;
  readonly #kept: string;
  readonly #free: string[] = [];
  readonly #made: string[] = [];

  /** `kept`: the table that says which version the others have; `suffix`: of the schema's name. */
  constructor(
    url: Secret,
    { kept, suffix = '' }: { readonly kept: string; readonly suffix?: string },
  ) {
    this.#url = url;
    this.#kept = kept;
    this.#suffix = suffix;
  }

  /** The name without the suffix; no table in it has a row, or there is no table. */
  take(): string {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const schema = newSchemaName();
    this.#made.push(schema);
    return schema;
  }

  async giveBack(schema: string): Promise<void> {
    // Rows of other tables go first or with those that they refer to: order does not matter.
    await runSql(
      this.#url,
      /* sql */ `do $$ declare name text; begin
        for name in select tablename from pg_tables
          where schemaname = '${schema}${this.#suffix}' and tablename <> '${this.#kept}'
        loop execute format('delete from %I.%I', '${schema}${this.#suffix}', name); end loop;
      end $$`,
    );
    this.#free.push(schema);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const schema of this.#made) {
      await runSql(this.#url, `drop schema if exists ${schema}${this.#suffix} cascade`);
    }
  }
}
