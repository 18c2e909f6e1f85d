import type { PoolConfig } from 'pg';
import { postgresDefaults, type PostgresOptions } from './options.ts';

const connectTimeoutMs = 10_000;
/** A process that stands still must not keep a row locked. */
const idleInTransactionMs = 15_000;

/** On the way there and back, however short a statement may be. */
const travelMs = 1000;
/** A timer takes no more. */
const timerMaxMs = 2 ** 31 - 1;

/**
 * How every connection is made. One that stays silent longer than the server may need, for a
 * statement and another sent ahead of it, is lost: then all that wait for it reject, and it ends.
 */
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
    query_timeout:
      statementTimeoutMs === 0 ? 0 : Math.min(2 * statementTimeoutMs + travelMs, timerMaxMs),
    pipeline: true, // only so does the driver end a connection that was silent for too long
    idle_in_transaction_session_timeout: idleInTransactionMs,
    allowExitOnIdle: true,
  };
}
