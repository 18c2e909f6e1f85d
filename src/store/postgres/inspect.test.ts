import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspectStore, type Ask } from './inspect.ts';
import { citusFindings, type CitusInspection } from './inspect-citus.ts';

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

interface Script {
  readonly server?: Partial<typeof server>;
}

/** Answers each question by the table it asks. */
function scripted(script: Script): Ask {
  const answers: readonly (readonly [RegExp, readonly object[]])[] = [
    [/server_version_num/, [{ ...server, ...script.server }]],
    [/from pg_tables/, []],
    [/pg_extension/, []],
    [/has_table_privilege/, []],
  ];
  return async <Row>(sql: string) => {
    const [, rows] = answers.find(([asked]) => asked.test(sql)) ?? [];
    assert.ok(rows, sql);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as the caller answers for it
    return rows as readonly Row[];
  };
}

const worker = (number: number, isActive = true) => ({
  address: `192.0.2.${number}:5432`,
  isCoordinator: false,
  isActive,
  placements: 192,
});
const cluster: CitusInspection = {
  version: '13.0-1',
  group: 0,
  workers: [worker(1), worker(2)],
  distributed: ['stream', 'segment'],
  reference: ['node'],
  local: [],
  astray: [],
  shardCount: 32,
};

function wrong(part: Partial<CitusInspection>) {
  return citusFindings({ ...cluster, ...part });
}

describe('a look at a store', () => {
  it('finds nothing to complain of on an empty server', async () => {
    const found = await inspectStore(scripted({}), wanted);
    assert.deepEqual([found.problems, found.warnings, found.citus], [[], [], undefined]);
    assert.equal(found.schemaVersion, undefined);
  });

  it('says what is wrong with a cluster of Citus, and what is merely small', () => {
    assert.deepEqual(wrong({}), { problems: [], warnings: [] });
    const alone = wrong({ workers: [{ ...worker(9), isCoordinator: true }] });
    assert.deepEqual(alone.problems, []);
    assert.match(alone.warnings.join('\n'), /everything is on one machine$/);
    assert.match(wrong({ workers: [] }).warnings.join('\n'), /no worker beside the coordinator/);
    const { problems } = wrong({
      workers: [worker(1), worker(2, false)],
      group: 7,
      local: ['lease', 'tenant'],
      astray: ['segment'],
    });
    assert.deepEqual(
      problems.map((problem) => problem.slice(0, 28)),
      [
        'this is a worker of Citus: n',
        'Citus counts these workers o',
        'the extension came after the',
        'not distributed by stream, s',
      ],
    );
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
