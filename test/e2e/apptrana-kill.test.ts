/**
 * Goal: promises 1, 3 and 4 where the source asks by time. Method: as `kill.test.ts`; of the attacks
 * that are appended meanwhile every fourth is late by up to twenty seconds, so that only a sweep can
 * find it. Attacks are told apart by their request's number, which stands in the lines.
 */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { locationOf } from '../../src/cli/data-location.ts';
import { openDataDirectory } from '../../src/cli/open-data.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { appTranaGenerator } from '../../src/feeds/apptrana-generator.ts';
import { seededRandom } from '../../src/feeds/seeded-random.ts';
import { postgresClusterSkip, startPostgres } from '../../src/testing/postgres-cluster.ts';
import { publishedLines } from '../../src/testing/published-lines.ts';
import { tailrace } from '../../src/testing/tailrace-process.ts';
import {
  difference,
  killSeconds,
  killWhileFeeding,
  list,
  openKillStand,
  type PreparedService,
  secretFile,
  seed,
  untilComplete,
} from './kill-stand.ts';
import { recoveryText } from './recovery.ts';

const actor = { name: 'test' };
const lateMsMax = 20_000;

for (const database of ['SQLite', 'PostgreSQL'] as const) {
  const skip = database === 'PostgreSQL' ? postgresClusterSkip : false;
  it(
    `publishes every acknowledged attack exactly once from ${database}, wherever it is killed (seed ${seed})`,
    { skip },
    (test) => killOver(database, test),
  );
}

async function killOver(database: 'SQLite' | 'PostgreSQL', test: TestContext): Promise<void> {
  await using resources = new AsyncDisposableStack();
  const postgres =
    database === 'PostgreSQL' ? resources.use(await startPostgres({ isDurable: true })) : undefined;
  await using stand = await openKillStand('apptrana', sourceOf, postgres?.url);
  const generate = appTranaGenerator(seed);
  const random = seededRandom(seed);
  const nextAttack = (number: number) => {
    const lateMs = number % 4 === 0 ? random.integer(1000, lateMsMax) : 0;
    return { ...generate(Date.now() - lateMs), requestId: `request-${number}` };
  };
  const { kills, acknowledged, recoveriesMs } = await killWhileFeeding(
    stand,
    killSeconds / 3,
    nextAttack,
  );

  const lines = () => publishedLines(stand.directory);
  const published = await untilComplete(lines, requestNumberOf, acknowledged);
  await stand.collector.stop();
  const { lost, doubled } = difference(published, acknowledged);
  const summary = `${kills} kills, ${acknowledged.length} attacks, lost ${list(lost)}, doubled ${list(doubled)}, recovery ${recoveryText(recoveriesMs)}`;
  test.diagnostic(summary);
  assert.ok(kills > 0 && acknowledged.length > 100, summary);
  assert.ok(lost.length + doubled.length === 0, `${summary}\n${stand.collector.log}`);
  assert.equal(lines().length, acknowledged.length, 'and nothing beside them');
  const { code, stdout, stderr } = await tailrace('verify', stand.directory);
  assert.equal(code, 0, stdout + stderr);
}

async function sourceOf(service: PreparedService) {
  return {
    name: 'apptrana',
    type: 'apptrana',
    ...(await createConnector(service)),
    pollEvery: '200ms',
    settle: '500ms',
    sweepEvery: '1s',
    sweepHorizon: '1m',
    backfill: '5m',
  };
}

/** Attacks of the last hour are to be had, so that late ones from before the start are too. */
async function createConnector(service: PreparedService) {
  const { config } = await readConfig(service.configFile);
  await using directory = await openDataDirectory(await locationOf(config, {}), {});
  const name = 'siem';
  const redirectUrl = 'https://siem.example.com/callback';
  await directory.requestConnector('acme', { name, redirectUrl }, actor);
  const siemEnabledAtMs = Date.now() - 3_600_000;
  const approved = await directory.approveConnector('acme', name, { siemEnabledAtMs }, actor);
  const [key] = approved.keys;
  return { apiId: approved.approval?.apiId, apiKey: secretFile(service, key?.value.reveal()) };
}

function requestNumberOf(line: string): number | undefined {
  const number = / flexString2=request-(\d+) /.exec(line)?.[1];
  return number === undefined ? undefined : Number(number);
}
