import { Client } from 'pg';
import type { Secret } from '../../core/secret.ts';
import { errorMessage } from '../../core/errors.ts';
import { publicAddress } from '../../postgres/connection-string.ts';
import {
  explainConnectionError,
  type ConnectionProblem,
} from '../../postgres/explain-connection.ts';
import { rowTypes } from '../../postgres/row-types.ts';
import { inspectStore, type Ask, type StoreInspection } from '../../store/postgres/inspect.ts';
import { systemClock } from '../system-clock.ts';

const timeoutMs = 10_000;
/** What a node opens beside `poolSize`: the directory's and the one that listens. */
const connectionsBeside = 6;

export interface StorePlace {
  readonly url: Secret;
  readonly schema: string;
  readonly poolSize: number;
}

/** How a look at the configured store went. */
export type StoreProbe = { readonly address: string } & (
  | ({ readonly reached: true; readonly tookMs: number } & StoreInspection)
  | ({ readonly reached: false } & ConnectionProblem)
);

/** Connects once and looks; changes nothing. Never rejects. */
export async function probeStore({ url, schema, poolSize }: StorePlace): Promise<StoreProbe> {
  const startedMs = systemClock.monotonicMs();
  let address = '';
  try {
    address = publicAddress(url);
  } catch (error) {
    const hint = 'Correct what the secret of `store.url` holds.';
    return { address: 'store.url', reached: false, message: errorMessage(error), hint };
  }
  try {
    const client = new Client({
      connectionString: url.reveal(),
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      fallback_application_name: 'tailrace check',
    });
    client.on('error', () => {}); // a question says it too
    try {
      await client.connect();
      const ask: Ask = async (text, values) =>
        (await client.query({ text, values: [...values], types: rowTypes })).rows;
      const wanted = { schema, connections: poolSize + connectionsBeside };
      const inspection = await inspectStore(ask, wanted);
      const tookMs = Math.round(systemClock.monotonicMs() - startedMs);
      return { address, reached: true, tookMs, ...inspection };
    } finally {
      await client.end().catch(() => {});
    }
  } catch (error) {
    return { address, reached: false, ...explainConnectionError(error, address) };
  }
}

/** True when a node could be started on it. */
export function isInOrder(probe: StoreProbe): boolean {
  return probe.reached && probe.problems.length === 0;
}

/** For people: lines for standard output, and for standard error. */
export function describeStoreProbe(probe: StoreProbe, schema: string) {
  if (!probe.reached) {
    return { said: [], wrong: [`error: store ${probe.message}`, `hint: ${probe.hint}`] };
  }
  const { address, serverVersion, role, tookMs, schemaVersion, citus } = probe;
  const tables =
    schemaVersion === undefined
      ? `the schema ${schema} has no tables yet: the first node makes them`
      : `the schema ${schema} has version ${schemaVersion}`;
  return {
    said: [
      `store ${address}: PostgreSQL ${serverVersion}, reached as ${role} in ${tookMs} ms; ${tables}`,
      citus === undefined ? 'without Citus: one server holds everything' : describeCitus(citus),
    ],
    wrong: [
      ...probe.problems.map((problem) => `error: store ${address}: ${problem}`),
      ...probe.warnings.map((warning) => `warning: store ${address}: ${warning}`),
    ],
  };
}

function describeCitus(citus: NonNullable<StoreInspection['citus']>): string {
  const { version, workers, distributed, reference, shardCount } = citus;
  const placed = workers.map(({ address, placements }) => `${address} ${placements}`).join(', ');
  return (
    `Citus ${version}: ${distributed.length} distributed tables of ${shardCount} shards, ` +
    `${reference.length} reference tables, ${workers.length} workers` +
    (placed === '' ? '' : `; shards placed on ${placed}`)
  );
}
