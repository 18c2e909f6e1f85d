import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Checkpoint, Delivery, SinkDelivery } from '../event-store.ts';
import type { StreamName } from '../../core/stream.ts';
import { prepareQuery, type Query } from './query.ts';
import { assertRowChecksum, rowChecksum } from './row-checksum.ts';

interface CheckpointRow extends Checkpoint {
  readonly stream: StreamName | null;
  readonly checksum: number;
}

interface DeliveryRow {
  readonly sink: string;
  readonly stream: StreamName;
  readonly position: number;
  readonly intent: string | null;
  readonly checksum: number;
}

/** Where sources and sinks go on: checkpoints and deliveries. */
export class ProgressTable {
  readonly #checkpoint: Query<CheckpointRow>;
  readonly #saveCheckpoint: StatementSync;
  readonly #delivery: Query<DeliveryRow>;
  readonly #deliveries: Query<DeliveryRow>;
  readonly #saveDelivery: StatementSync;
  readonly #forgetCheckpoints: StatementSync;
  readonly #forgetDeliveries: StatementSync;

  constructor(database: DatabaseSync) {
    this.#checkpoint = prepareQuery(database, 'select * from checkpoint where source = ?');
    this.#saveCheckpoint = database.prepare(
      'insert or replace into checkpoint values (?, ?, ?, ?)',
    );
    this.#delivery = prepareQuery(database, 'select * from delivery where sink = ? and stream = ?');
    this.#deliveries = prepareQuery(database, 'select * from delivery order by sink, stream');
    this.#saveDelivery = database.prepare('insert or replace into delivery values (?, ?, ?, ?, ?)');
    this.#forgetCheckpoints = database.prepare('delete from checkpoint where stream = ?');
    this.#forgetDeliveries = database.prepare('delete from delivery where stream = ?');
  }

  checkpoint(source: string): string | undefined {
    return this.#checkpointRow(source)?.value;
  }

  /** Without `stream`, the checkpoint keeps the stream it was last committed with. */
  saveCheckpoint({ source, value }: Checkpoint, stream?: StreamName): void {
    const owner = stream ?? this.#checkpointRow(source)?.stream ?? null;
    this.#saveCheckpoint.run(source, value, owner, rowChecksum([source, value, owner]));
  }

  delivery(sink: string, stream: StreamName): Delivery {
    const row = this.#delivery.get(sink, stream);
    return row ? toDelivery(row) : { position: 0 };
  }

  deliveries(): readonly SinkDelivery[] {
    const rows = this.#deliveries.all();
    return rows.map((row) => ({ sink: row.sink, stream: row.stream, ...toDelivery(row) }));
  }

  saveDelivery({ sink, stream, position, intent }: SinkDelivery): void {
    const columns = [sink, stream, position, intent ?? null] as const;
    this.#saveDelivery.run(...columns, rowChecksum(columns));
  }

  forget(stream: StreamName): void {
    this.#forgetCheckpoints.run(stream);
    this.#forgetDeliveries.run(stream);
  }

  #checkpointRow(source: string): CheckpointRow | undefined {
    const row = this.#checkpoint.get(source);
    if (row) {
      const { value, stream, checksum } = row;
      assertRowChecksum(`checkpoint of ${source}`, [source, value, stream], checksum);
    }
    return row;
  }
}

function toDelivery({ sink, stream, position, intent, checksum }: DeliveryRow): Delivery {
  assertRowChecksum(`delivery of ${sink}`, [sink, stream, position, intent], checksum);
  return intent === null ? { position } : { position, intent };
}
