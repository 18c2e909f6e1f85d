import type { PoolConfig } from 'pg';
import { postgresDefaults, type PostgresOptions } from './options.ts';

const connectTimeoutMs = 10_000;
/** A process that stands still must not keep a row locked. */
const idleInTransactionMs = 15_000;

/** How every connection is made. */
export function poolConfig(options: PostgresOptions): PoolConfig {
  const { poolSize, statementTimeoutMs } = { ...postgresDefaults, ...options };
  return {
    connectionString: options.url.reveal(),
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    fallback_application_name: 'tailrace',
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    allowExitOnIdle: true,
  };
}
