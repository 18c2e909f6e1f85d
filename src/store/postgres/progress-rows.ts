import type { StreamName } from '../../core/stream.ts';
import type { Delivery, RefusedEvent, SinkDelivery } from '../event-store.ts';
import type { Lease } from '../lease-store.ts';
import type { PostgresDatabase } from './database.ts';
import { assertFenceAlone } from './fence.ts';
import { QuarantineRows } from './quarantine-rows.ts';
import type { HotStatements } from './statements.ts';

interface DeliveryRow {
  readonly position: number;
  readonly intent: string | null;
}

/** Where sources and sinks go on: checkpoints and deliveries. */
export class ProgressRows {
  readonly #database: PostgresDatabase;
  readonly #sql: HotStatements;

  constructor(database: PostgresDatabase, sql: HotStatements) {
    this.#database = database;
    this.#sql = sql;
  }

  async checkpoint(source: string): Promise<string | undefined> {
    return (await this.#newest(source))?.value;
  }

  /** Without a stream, the checkpoint keeps the stream it was last saved with. */
  async saveCheckpoint(source: string, value: string, lease: Lease | undefined): Promise<void> {
    const stream = lease?.stream ?? (await this.#newest(source))?.stream ?? '';
    await this.#database.transaction(async (transaction) => {
      if (lease) await assertFenceAlone(transaction, this.#sql, lease);
      transaction.send(this.#sql.saveCheckpoint, [stream, source, value]);
    });
  }

  async delivery(sink: string, stream: StreamName): Promise<Delivery> {
    const [row] = await this.#database.read<DeliveryRow>(this.#sql.delivery, [stream, sink]);
    return row ? toDelivery(row) : { position: 0 };
  }

  async deliveries(): Promise<readonly SinkDelivery[]> {
    const rows = await this.#database.read<DeliveryRow & { sink: string; stream: StreamName }>(
      /* sql */ `select sink, stream, position, intent from ${this.#database.schema}.delivery
        where position >= $1 order by sink, stream`,
      [0],
    );
    return rows.map((row) => ({ sink: row.sink, stream: row.stream, ...toDelivery(row) }));
  }

  async saveDelivery(
    { sink, stream, position, intent }: SinkDelivery,
    refused: readonly RefusedEvent[],
    lease: Lease | undefined,
  ): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      if (lease) await assertFenceAlone(transaction, this.#sql, lease);
      if (refused.length > 0) {
        await new QuarantineRows(this.#database).add(transaction, sink, stream, refused);
      }
      transaction.send(this.#sql.saveDelivery, [stream, sink, position, intent ?? null]);
    });
  }

  /** A source that was given another stream has two; the later one counts. */
  async #newest(source: string): Promise<{ stream: StreamName; value: string } | undefined> {
    const [row] = await this.#database.read<{ stream: StreamName; value: string }>(
      /* sql */ `select stream, value from ${this.#database.schema}.checkpoint
        where source = $1 order by saved_at desc limit 1`,
      [source],
    );
    return row;
  }
}

function toDelivery({ position, intent }: DeliveryRow): Delivery {
  return intent === null ? { position } : { position, intent };
}
