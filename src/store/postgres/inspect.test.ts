/**
 * Citus was not to be had where this was written: what it answers here is scripted, after its manual.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspectStore, type Ask } from './inspect.ts';
import { distributedTables, referenceTables } from './schema.ts';

const server = {
  version: '16.4',
  number: 160_004,
  role: 'tailrace',
  canCreate: true,
  isStandby: false,
  fsync: 'on',
  synchronousCommit: 'on',
  connections: 100,
};
const wanted = { schema: 'tailrace', connections: 16 };
const tables = [...distributedTables, ...referenceTables, 'store_version'];

interface Script {
  readonly server?: Partial<typeof server>;
  readonly tables?: readonly string[];
  readonly citus?: {
    readonly tables: readonly object[];
    readonly workers: readonly object[];
  };
}

/** Answers each question by the table it asks. */
function scripted(script: Script): Ask {
  const answers: readonly (readonly [RegExp, readonly object[]])[] = [
    [/server_version_num/, [{ ...server, ...script.server }]],
    [/from pg_tables/, (script.tables ?? []).map((name) => ({ name }))],
    [/store_version/, [{ version: 1, oldest: 1 }]],
    [/pg_extension/, script.citus ? [{ version: '12.1-1' }] : []],
    [/citus_tables/, script.citus?.tables ?? []],
    [/pg_dist_node/, script.citus?.workers ?? []],
    [/has_table_privilege/, []],
  ];
  return async <Row>(sql: string) => {
    const [, rows] = answers.find(([asked]) => asked.test(sql)) ?? [];
    assert.ok(rows, sql);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as the caller answers for it
    return rows as readonly Row[];
  };
}

const distributed = distributedTables.map((name) => ({ name, kind: 'distributed', shards: 32 }));
const reference = referenceTables.map((name) => ({ name, kind: 'reference', shards: 1 }));
const worker = (number: number, isActive = true) => ({
  address: `192.0.2.${number}:5432`,
  isActive,
  placements: 192,
});

describe('a look at a store', () => {
  it('finds nothing to complain of on an empty server', async () => {
    const found = await inspectStore(scripted({}), wanted);
    assert.deepEqual([found.problems, found.warnings, found.citus], [[], [], undefined]);
    assert.equal(found.schemaVersion, undefined);
  });

  it('tells how a cluster of Citus looks', async () => {
    const citus = { tables: [...distributed, ...reference], workers: [worker(1), worker(2)] };
    const found = await inspectStore(scripted({ tables, citus }), wanted);
    assert.deepEqual(found.problems, []);
    assert.deepEqual(found.citus?.workers, [worker(1), worker(2)]);
    assert.equal(found.citus?.shardCount, 32);
    assert.deepEqual(found.citus?.distributed, distributedTables);
  });

  it('says what is wrong with a cluster of Citus', async () => {
    const withoutWorkers = { tables: [...distributed, ...reference], workers: [] };
    const lame = { tables: distributed.slice(1), workers: [worker(1), worker(2, false)] };
    const [first, second] = await Promise.all(
      [withoutWorkers, lame].map((citus) => inspectStore(scripted({ tables, citus }), wanted)),
    );
    assert.match(first?.problems.join('\n') ?? '', /^Citus has no worker node/);
    assert.match(second?.problems[0] ?? '', /counts these workers out: 192\.0\.2\.2:5432$/);
    assert.match(second?.problems[1] ?? '', /came after the tables: stream, node are on the coord/);
  });

  it('says what is wrong with a server', async () => {
    const old = { version: '13.2', number: 130_002, isStandby: true, canCreate: false };
    const { problems } = await inspectStore(scripted({ server: old }), wanted);
    assert.equal(problems.length, 3);
    assert.match(
      problems.join('\n'),
      /15 or newer is needed.*13\.2\n.*standby.*\n.*create a schema/,
    );
    const loose = { fsync: 'off', connections: 10 };
    const { warnings } = await inspectStore(scripted({ server: loose }), wanted);
    assert.match(warnings.join('\n'), /before they are durable.*\n.*16 connections.* takes 10/);
  });
});
