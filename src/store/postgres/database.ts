import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseError, Pool, type PoolClient } from 'pg';
import type { Logger } from 'pino';
import { AppError, errorMessage } from '../../core/errors.ts';
import { Backoff } from '../../lib/backoff.ts';
import { publicAddress } from '../../postgres/connection-string.ts';
import { codeOf, isTransient, toStoreError } from '../../postgres/errors.ts';
import { postgresDefaults, type PostgresOptions } from '../../postgres/options.ts';
import { poolConfig } from '../../postgres/pool-config.ts';
import { rowTypes } from '../../postgres/row-types.ts';
import { postgresStoreDefaults } from './options.ts';

export type SqlValue = string | number | boolean | null | Buffer | readonly (string | number)[];

/** A statement, for messages by its name, with the values of `$1`, `$2` … */
export interface Statement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** A transaction whose `commit` was sent and got no answer, or one that does not tell. */
export class CommitUnknown extends Error {
  override readonly name = 'CommitUnknown';
}

const backoffLimits = { firstMs: 20, maxMs: 1000 } as const;

/** Statements inside one transaction, on one connection, in the order in which they are given. */
export class Transaction {
  readonly #client: PoolClient;
  readonly #sent: Promise<unknown>[] = [];

  constructor(client: PoolClient) {
    this.#client = client;
  }

  /** The caller answers for `Row` being what the select list says. */
  async query<Row>(sql: string, values: readonly SqlValue[]): Promise<readonly Row[]> {
    const { rows } = await this.#client.query(queryConfig(sql, values));
    return rows;
  }

  /** Sends without waiting; the commit fails when this does. */
  send(sql: string, values: readonly SqlValue[]): void {
    const sent = this.query(sql, values);
    sent.catch(() => {}); // `settled` tells
    this.#sent.push(sent);
  }

  /** Rejects with what the first of the sent statements failed with. */
  async settled(): Promise<void> {
    await Promise.all(this.#sent);
  }

  /** What made the transaction fail: a statement that was sent earlier, or what was `thrown`. */
  async causeOf(thrown: unknown): Promise<unknown> {
    const outcomes = await Promise.allSettled(this.#sent);
    const failed = outcomes.find(
      (outcome) => outcome.status === 'rejected' && codeOf(outcome.reason) !== abortedState,
    );
    return failed?.status === 'rejected' ? failed.reason : thrown;
  }
}

/** in_failed_sql_transaction: a statement before this one failed. */
const abortedState = '25P02';

/** A pool of connections to one PostgreSQL. */
export class PostgresDatabase implements AsyncDisposable {
  /** For messages: where it is, without credentials. */
  readonly address: string;
  readonly schema: string;
  readonly #pool: Pool;
  #closing: Promise<void> | undefined;

  constructor(options: PostgresOptions, log?: Logger) {
    this.address = publicAddress(options.url);
    this.schema = options.schema ?? postgresDefaults.schema;
    this.#pool = new Pool(poolConfig(options));
    // A connection that dies while nobody uses it is replaced when one is needed.
    this.#pool.on('error', (error) => {
      log?.debug({ message: errorMessage(error) }, 'an idle connection to the store was lost');
    });
    this.#pool.on('connect', (client) => client.on('error', () => {}));
  }

  /** One statement that only reads, tried again for a while when the connection fails. */
  async read<Row>(sql: string, values: readonly SqlValue[]): Promise<readonly Row[]> {
    return this.untilDone(async () => {
      const { rows } = await this.#pool.query(queryConfig(sql, values));
      return rows;
    }, readRetryMs);
  }

  /**
   * Runs `work` in one transaction. Rejects with the driver's error; with `CommitUnknown` when nobody
   * can tell whether it was committed.
   */
  async attempt<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    const transaction = new Transaction(client);
    let isEnding = false;
    try {
      transaction.send('begin', []);
      const result = await work(transaction);
      isEnding = true;
      const committed = client.query('commit');
      committed.catch(() => {});
      await transaction.settled();
      const { command } = await committed;
      if (command !== 'COMMIT') throw new AppError('internal', `commit answered ${command}`);
      client.release();
      return result;
    } catch (thrown) {
      const error = await transaction.causeOf(thrown);
      await this.#giveUp(client, error);
      if (isEnding && !isVerdict(error)) {
        throw new CommitUnknown(errorMessage(error), { cause: error });
      }
      throw error;
    }
  }

  /** As `attempt` for work that may be done twice, tried again for a while. */
  async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.untilDone(() => this.attempt(work), postgresStoreDefaults.retryMs);
  }

  /**
   * Repeats `attempt` while it fails for a reason that passes, for `retryMs` from the first failure
   * on, however long that took to show: silence takes longer. A commit that became unknown has as
   * long again, to be asked about. Then rejects with `store_unavailable`, whatever it was that left
   * a commit unknown.
   */
  async untilDone<T>(attempt: (attempts: number) => Promise<T>, retryMs: number): Promise<T> {
    const backoff = new Backoff(backoffLimits);
    let failedMs: number | undefined;
    let unknownMs: number | undefined;
    for (;;) {
      try {
        this.#assertOpen();
        return await attempt(backoff.failures);
      } catch (error) {
        const isUnknown = error instanceof CommitUnknown;
        const mayPass = isUnknown || isTransient(error);
        const nowMs = performance.now();
        failedMs ??= nowMs;
        if (isUnknown) unknownMs ??= nowMs;
        if (!mayPass || nowMs > (unknownMs ?? failedMs) + retryMs) {
          throw isUnknown ? this.#unavailable(error) : toStoreError(error, this.address);
        }
        await pause(backoff.failed()); // real time: the server is not simulated
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#pool.end();
    await this.#closing;
  }

  #assertOpen(): void {
    if (!this.#closing) return;
    throw new AppError('store_unavailable', `${this.address}: the store is closed`);
  }

  #unavailable(error: CommitUnknown): AppError {
    const message = `${this.address}: whether it was committed is unknown: ${error.message}`;
    return new AppError('store_unavailable', message, { cause: error });
  }

  /** A connection in an unknown state is not used again. */
  async #giveUp(client: PoolClient, error: unknown): Promise<void> {
    const isUsable = !isTransient(error) || codeOf(error)?.startsWith('40') === true;
    try {
      if (isUsable) await client.query('rollback');
      client.release(!isUsable);
    } catch {
      client.release(true);
    }
  }
}

const readRetryMs = 5000;

/** True when the server itself has refused what was to be committed: then it is not. */
function isVerdict(error: unknown): boolean {
  const isAnswer = error instanceof DatabaseError || error instanceof AppError;
  return isAnswer && !isTransient(error);
}

function queryConfig(text: string, values: readonly SqlValue[]) {
  return { text, values: [...values], types: rowTypes };
}
