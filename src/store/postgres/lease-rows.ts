import { randomInt } from 'node:crypto';
import type { HeldLease, Lease, LeaseItem, NodeBeat, NodeInfo } from '../lease-store.ts';
import type { PostgresDatabase, Transaction } from './database.ts';

/** Signs of life come again by themselves; one that comes late is of no use. */
const beatRetryMs = 1000;

/** A lease comes back after its stream was deleted: no fence of before may be good again. */
const firstFenceMax = 2 ** 47;

/**
 * Leases and the nodes that hold them. A node gives one sign of life for all that it holds; time is
 * the database's, so clocks of nodes do not matter.
 */
export class LeaseRows {
  readonly #database: PostgresDatabase;
  readonly #lease: string;
  readonly #node: string;

  constructor(database: PostgresDatabase) {
    this.#database = database;
    this.#lease = `${database.schema}.lease`;
    this.#node = `${database.schema}.node`;
  }

  async beat({ node, home, works, status }: NodeBeat): Promise<void> {
    const sql = /* sql */ `insert into ${this.#node} values ($1, $2, $3, clock_timestamp(), $4)
        on conflict (node) do update
        set home = $2, works = $3, beat_at = excluded.beat_at, status = $4`;
    const beat = (transaction: Transaction) => transaction.query(sql, [node, home, works, status]);
    await this.#database.untilDone(() => this.#database.attempt(beat), beatRetryMs);
  }

  async leave(node: string): Promise<void> {
    await this.#write(`update ${this.#lease} set node = null where node = $1`, [node]);
    await this.#write(`delete from ${this.#node} where node = $1`, [node]);
  }

  async forgetHome(home: string): Promise<void> {
    await this.#write(`update ${this.#lease} set node = null, home = null where home = $1`, [home]);
    await this.#write(`delete from ${this.#node} where home = $1`, [home]);
  }

  async nodes(): Promise<readonly NodeInfo[]> {
    return this.#database.read<NodeInfo>(
      /* sql */ `select node, home, works, status, ${silentMs('beat_at')} as "silentMs"
        from ${this.#node} where node > $1 order by node`,
      [''],
    );
  }

  async leases(): Promise<readonly HeldLease[]> {
    const rows = await this.#database.read<
      Lease & { readonly node: string | null; readonly home: string | null }
    >(
      /* sql */ `select stream, name, node, fence, home from ${this.#lease}
        where fence >= $1 order by name, stream`,
      [0],
    );
    return rows.map((row) => ({
      ...row,
      node: row.node ?? undefined,
      home: row.home ?? undefined,
    }));
  }

  async acquire(
    { stream, name, home }: LeaseItem,
    node: string,
    silentMsMin: number,
  ): Promise<Lease | undefined> {
    await this.#write(
      /* sql */ `insert into ${this.#lease} values ($1, $2, null, $3, null)
        on conflict (stream, name) do nothing`,
      [stream, name, randomInt(firstFenceMax)],
    );
    // Two statements, as on Citus the nodes are a reference table and leases are distributed.
    const alive = (await this.nodes()).filter((other) => other.silentMs < silentMsMin);
    const others = alive.map((other) => other.node).filter((other) => other !== node);
    const rows = await this.#write<{ fence: number }>(
      /* sql */ `update ${this.#lease} set node = $3, fence = fence + 1, home = $4
        where stream = $1 and name = $2 and (node is null or not node = any($5))
          and ($4::text is null or home is null or home = $4) returning fence`,
      [stream, name, node, home ?? null, others],
    );
    const [row] = rows;
    return row && { stream, name, fence: row.fence };
  }

  async release({ stream, name, fence }: Lease): Promise<void> {
    await this.#write(
      /* sql */ `update ${this.#lease} set node = null
        where stream = $1 and name = $2 and fence = $3`,
      [stream, name, fence],
    );
  }

  async #write<Row>(
    sql: string,
    values: readonly (string | number | null | readonly string[])[],
  ): Promise<readonly Row[]> {
    return this.#database.transaction((transaction) => transaction.query<Row>(sql, values));
  }
}

function silentMs(column: string): string {
  return `(extract(epoch from clock_timestamp() - ${column}) * 1000)::bigint`;
}
