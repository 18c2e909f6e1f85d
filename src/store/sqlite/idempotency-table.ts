import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Appended, Idempotency } from '../event-store.ts';
import { AppError } from '../../core/errors.ts';
import { prepareQuery, type Query } from './query.ts';

/** How long an answer is kept. */
export const idempotencyLifeMs = 24 * 3_600_000;

type FirstAnswer = Omit<Appended, 'repeated'>;

interface IdempotencyRow extends FirstAnswer {
  readonly digest: string;
}

/** The answers given to batches that came with a key. */
export class IdempotencyTable {
  readonly #select: Query<IdempotencyRow>;
  readonly #insert: StatementSync;
  readonly #deleteExpired: StatementSync;

  constructor(database: DatabaseSync) {
    this.#select = prepareQuery(
      database,
      /* sql */ `
      select digest, first_position as firstPosition, last_position as lastPosition, duplicates
      from idempotency where stream_id = ? and key = ? and expires_at_ms > ?`,
    );
    this.#insert = database.prepare(
      'insert or replace into idempotency values (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#deleteExpired = database.prepare(/* sql */ `
      delete from idempotency where (stream_id, key) in (
        select stream_id, key from idempotency where expires_at_ms <= ? limit ?)`);
  }

  /** The first answer to this key, if there was one. Throws `input_invalid` for another digest. */
  answer(streamId: number, { key, digest }: Idempotency, nowMs: number): Appended | undefined {
    const row = this.#select.get(streamId, key, nowMs);
    if (!row) return undefined;
    if (row.digest !== digest) {
      throw new AppError(
        'input_invalid',
        'the idempotency key was used for a batch with other content within 24 hours',
      );
    }
    const { firstPosition, lastPosition, duplicates } = row;
    return { firstPosition, lastPosition, duplicates, repeated: true };
  }

  save(streamId: number, { key, digest }: Idempotency, answer: Appended, nowMs: number): void {
    const { firstPosition, lastPosition, duplicates } = answer;
    const expiresAtMs = nowMs + idempotencyLifeMs;
    this.#insert.run(streamId, key, digest, firstPosition, lastPosition, duplicates, expiresAtMs);
  }

  /** Returns how many went. */
  deleteExpired(nowMs: number, limit: number): number {
    return Number(this.#deleteExpired.run(nowMs, limit).changes);
  }
}
