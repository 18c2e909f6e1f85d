import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import type { PostgresOptions } from '../../postgres/options.ts';

export interface PostgresStoreOptions extends PostgresOptions {
  readonly clock: Clock;
  readonly log?: Logger;
  /** Appends that wait for their commit, in bytes of JSON; beyond it `append` rejects `overloaded`. */
  readonly queuedBytesMax?: number;
  /** How long an append is tried again before it rejects, from when its connection was found lost. */
  readonly retryMs?: number;
}

export const postgresStoreDefaults = {
  queuedBytesMax: 32 * 1024 ** 2,
  retryMs: 30_000,
} as const;
