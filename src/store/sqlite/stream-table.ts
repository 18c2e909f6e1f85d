import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Position, StreamName } from '../../core/stream.ts';
import { prepareQuery, type Query } from './query.ts';
import { assertRowChecksum, rowChecksum } from './row-checksum.ts';

/** A stream's head. Read under the write lock it is the truth until the transaction ends. */
export interface StreamRow {
  readonly id: number;
  readonly name: StreamName;
  headPosition: Position;
  firstRetainedPosition: Position;
  /** Of its blocks. */
  storedBytes: number;
}

interface StoredStreamRow extends StreamRow {
  readonly checksum: number;
}

const columns = /* sql */ `
  id, name, head_position as headPosition, first_retained_position as firstRetainedPosition,
  stored_bytes as storedBytes, checksum`;

export class StreamTable {
  readonly #select: Query<StoredStreamRow>;
  readonly #selectById: Query<StoredStreamRow>;
  readonly #selectAll: Query<StoredStreamRow>;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;

  constructor(database: DatabaseSync) {
    this.#select = prepareQuery(database, `select ${columns} from stream where name = ?`);
    this.#selectById = prepareQuery(
      database,
      `select ${columns} from stream where id = ? and name is not null`,
    );
    this.#selectAll = prepareQuery(
      database,
      `select ${columns} from stream where name is not null order by name`,
    );
    this.#insert = database.prepare('insert into stream values (null, ?, 0, 1, 0, 0)');
    this.#update = database.prepare(/* sql */ `
      update stream set head_position = ?, first_retained_position = ?, stored_bytes = ?, checksum = ?
      where id = ?`);
  }

  find(name: StreamName): StreamRow | undefined {
    const row = this.#select.get(name);
    return row && checked(row);
  }

  findById(id: number): StreamRow | undefined {
    const row = this.#selectById.get(id);
    return row && checked(row);
  }

  all(): readonly StreamRow[] {
    return this.#selectAll.all().map(checked);
  }

  findOrCreate(name: StreamName): StreamRow {
    const found = this.find(name);
    if (found) return found;
    const id = Number(this.#insert.run(name).lastInsertRowid);
    const created = { id, name, headPosition: 0, firstRetainedPosition: 1, storedBytes: 0 };
    this.save(created);
    return created;
  }

  save(row: StreamRow): void {
    const { id, headPosition, firstRetainedPosition, storedBytes } = row;
    const checksum = rowChecksum(checkedColumns(row));
    this.#update.run(headPosition, firstRetainedPosition, storedBytes, checksum, id);
  }
}

function checked(row: StoredStreamRow): StreamRow {
  assertRowChecksum(`stream ${row.name}`, checkedColumns(row), row.checksum);
  return row;
}

function checkedColumns(row: StreamRow): readonly (string | number)[] {
  return [row.id, row.name, row.headPosition, row.firstRetainedPosition, row.storedBytes];
}
