/** What a stretch of work has cost the nodes and PostgreSQL. */
import { Pool } from 'pg';
import { cpuSeconds, cpuSecondsOfFamily } from '../measure.ts';
import type { ClusterNode, ClusterStand } from './cluster-stand.ts';

export interface ClusterCost {
  readonly seconds: number;
  readonly serviceCpuSeconds: number;
  readonly collectorCpuSeconds: number;
  readonly postgresCpuSeconds: number;
  /** Written to PostgreSQL's log. */
  readonly walBytes: number;
  /** How often the log was made durable. */
  readonly walSyncs: number;
  /** Transactions, those that only read included. */
  readonly transactions: number;
}

/** Looks at the cluster from outside, on a connection of its own. */
export class ClusterMeter implements AsyncDisposable {
  readonly #stand: ClusterStand;
  readonly #pool: Pool;

  constructor(stand: ClusterStand) {
    this.#stand = stand;
    this.#pool = new Pool({ connectionString: stand.postgres.url.reveal(), max: 1 });
  }

  async costOf(work: () => Promise<unknown>): Promise<ClusterCost> {
    const before = await this.#look();
    await work();
    const after = await this.#look();
    return {
      seconds: after.seconds - before.seconds,
      serviceCpuSeconds: after.serviceCpuSeconds - before.serviceCpuSeconds,
      collectorCpuSeconds: after.collectorCpuSeconds - before.collectorCpuSeconds,
      postgresCpuSeconds: after.postgresCpuSeconds - before.postgresCpuSeconds,
      walBytes: after.walBytes - before.walBytes,
      walSyncs: after.walSyncs - before.walSyncs,
      transactions: after.transactions - before.transactions,
    };
  }

  /** Positions given in the streams whose names are like `pattern`. */
  async headsLike(pattern: string): Promise<number> {
    const sql = `select coalesce(sum(head_position), 0)::float8 as heads from tailrace.stream where stream like $1`;
    const { rows } = await this.#pool.query<{ heads: number }>(sql, [pattern]);
    return rows[0]?.heads ?? 0;
  }

  /** Commits of one small row a second, `clients` at a time: what the server can do at most. */
  async plainCommitRate(clients: number, seconds: number): Promise<number> {
    const pool = new Pool({ connectionString: this.#stand.postgres.url.reveal(), max: clients });
    try {
      await pool.query('create table if not exists plain_commit (text text)');
      const endMs = performance.now() + seconds * 1000;
      const commits = await Promise.all(
        Array.from({ length: clients }, async () => {
          let count = 0;
          for (; performance.now() < endMs; count += 1) {
            await pool.query('insert into plain_commit values ($1)', ['x'.repeat(100)]);
          }
          return count;
        }),
      );
      return commits.reduce((sum, count) => sum + count, 0) / seconds;
    } finally {
      await pool.end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
  }

  async #look(): Promise<ClusterCost> {
    const { services, collectors, postgres } = this.#stand;
    const { rows } = await this.#pool.query<
      Record<'bytes' | 'syncs' | 'transactions', number>
    >(/* sql */ `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as bytes, wal_sync::float8 as syncs,
        (select sum(xact_commit)::float8 from pg_stat_database) as transactions from pg_stat_wal`);
    const [row] = rows;
    return {
      seconds: performance.now() / 1000,
      serviceCpuSeconds: cpuOf(services),
      collectorCpuSeconds: cpuOf(collectors),
      postgresCpuSeconds: cpuSecondsOfFamily(postgres.pid) ?? 0,
      walBytes: row?.bytes ?? 0,
      walSyncs: row?.syncs ?? 0,
      transactions: row?.transactions ?? 0,
    };
  }
}

function cpuOf(nodes: readonly ClusterNode[]): number {
  return nodes.reduce((sum, { process }) => sum + (cpuSeconds(process.pid) ?? 0), 0);
}
