/**
 * Kills real processes over and over and counts what that costs; see docs/RELIABILITY.md.
 *
 *   npm run soak -- --kills 200      export service and collector, killed with SIGKILL in turn
 *   npm run soak -- --kills 200 --seed 7
 *
 * Ends with 1 when an acknowledged event was lost or doubled, or `tailrace verify` finds fault.
 */
import { parseArgs } from 'node:util';
import { inSyncGenerator } from '../src/feeds/insync-generator.ts';
import { publishedLines } from '../src/testing/published-lines.ts';
import { tailrace, tailraceJson } from '../src/testing/tailrace-process.ts';
import {
  difference,
  killWhileFeeding,
  list,
  openKillStand,
  type PreparedService,
  secretFile,
  untilComplete,
} from '../test/e2e/kill-stand.ts';
import { recoveryText } from '../test/e2e/recovery.ts';

const killsPerRun = 20;
const secondsPerRun = 180;
const killsLimit = 10_000;

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '100' }, seed: { type: 'string' } },
});
const kills = wholeNumber('--kills', values.kills);
const seed =
  values.seed === undefined ? Date.now() % 1_000_000 : wholeNumber('--seed', values.seed);
const total = { runs: 0, kills: 0, events: 0, lost: 0, doubled: 0, unsound: 0 };
const recoveriesMs: number[] = [];
console.error(`seed ${seed}: ${kills} kills, ${killsPerRun} a run`);
while (total.kills < kills)
  await run(seed + total.runs, Math.min(killsPerRun, kills - total.kills));
console.log(
  [
    `${total.runs} runs, ${total.kills} kills, ${total.events} events acknowledged`,
    `lost ${total.lost}, doubled ${total.doubled}`,
    `tailrace verify found fault ${total.unsound} times`,
    `recovery ${recoveryText(recoveriesMs)}`,
  ].join('\n'),
);
if (total.lost + total.doubled + total.unsound > 0) process.exitCode = 1;

async function run(lot: number, killsMax: number): Promise<void> {
  await using stand = await openKillStand('insync', sourceOf);
  const generate = inSyncGenerator(lot);
  const eventOf = (eventID: number) => ({ ...generate(Date.now()), eventID });
  const limits = { killsMax, lot };
  const killed = await killWhileFeeding(stand, secondsPerRun, eventOf, limits);
  const { acknowledged } = killed;
  const lines = () => publishedLines(stand.directory);
  await untilComplete(lines, eventIdOf, acknowledged);
  await stand.collector.stop();
  const published = lines()
    .map(eventIdOf)
    .filter((eventId) => eventId !== undefined);
  const { lost, doubled } = difference(published, acknowledged);
  const verified = await tailrace('verify', stand.directory);
  total.runs += 1;
  total.kills += killed.kills;
  total.events += acknowledged.length;
  total.lost += lost.length;
  total.doubled += doubled.length;
  total.unsound += verified.code === 0 ? 0 : 1;
  recoveriesMs.push(...killed.recoveriesMs);
  const counts = `${killed.kills} kills, ${acknowledged.length} events`;
  const found = `lost ${list(lost)}, doubled ${list(doubled)}, verify ${verified.code}`;
  console.error(`run ${total.runs}: ${counts}, ${found}, ${recoveryText(killed.recoveriesMs)}`);
  if (lost.length + doubled.length > 0 || verified.code !== 0) {
    console.error(`${verified.stdout}${verified.stderr}${stand.collector.log}`);
  }
}

async function sourceOf(service: PreparedService) {
  const client = await tailraceJson('api-client', 'create', 'acme', ...service.data);
  const { clientId } = client;
  const clientSecret = secretFile(service, client['clientSecret']);
  return { name: 'druva', type: 'druva', api: 'v2', pollEvery: '1s', clientId, clientSecret };
}

/** Undefined for what the service itself adds, such as logins. */
function eventIdOf(line: string): number | undefined {
  const id = / externalId=(\d+)-/.exec(line)?.[1];
  return id === undefined ? undefined : Number(id);
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0 && number <= killsLimit) return number;
  console.error(`error: ${name} must be a whole number up to ${killsLimit}, got ${text}`);
  return process.exit(2);
}
