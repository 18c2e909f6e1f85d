import { z } from 'zod';
import { durationIn } from '../core/quantity.ts';
import { secretReferenceSchema, type Secret } from '../core/secret.ts';

export const postgresDefaults = {
  schema: 'tailrace',
  poolSize: 10,
  statementTimeoutMs: 30_000,
} as const;

export const schemaNamePattern = /^[a-z_][a-z0-9_]{0,40}$/;

/** The configuration's `store`. */
export const postgresStoreOptions = z.strictObject({
  url: secretReferenceSchema.describe(
    'Where `postgres://user:password@host:port/database?sslmode=verify-full` is kept: it holds a ' +
      'password, so it does not stand here.',
  ),
  schema: z
    .string()
    .regex(schemaNamePattern, 'lower-case letters, digits and underscores, at most 41')
    .default(postgresDefaults.schema)
    .describe(
      "The database's schema for events; tenants are kept in the one of this name with `_directory`.",
    ),
  poolSize: z
    .int()
    .min(2)
    .max(200)
    .default(postgresDefaults.poolSize)
    .describe(
      'Connections to the event store at most, per node; the directory and notices have 6 more.',
    ),
  statementTimeout: durationIn('1s', '1d')
    .prefault('30s')
    .describe(
      'The server ends a statement that takes longer, waiting for locks included. A connection that ' +
        'stays silent for more than twice as long is given up.',
    ),
});
export type PostgresStoreConfig = z.output<typeof postgresStoreOptions>;

/** Which PostgreSQL, and what of it may be used. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?sslmode=verify-full`. */
  readonly url: Secret;
  /** The database's schema that holds the tables; made when it is not there. */
  readonly schema?: string;
  readonly poolSize?: number;
  /** The server ends a statement that takes longer, waiting for locks included. */
  readonly statementTimeoutMs?: number;
}
