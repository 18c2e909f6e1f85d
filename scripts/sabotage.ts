/**
 * Builds defects into copies of the program, one at a time, and simulates until one is noticed: the
 * proof that the simulation can fail; see docs/RELIABILITY.md.
 *
 *   npm run sabotage                  every defect of test/simulation/sabotages/
 *   npm run sabotage -- --only HEC    those whose words hold this
 *   npm run sabotage -- --seeds 1000  how long to wait for each; 300 without it
 *   --jobs N         copies at work at one time; as many as there are processors
 *
 * Prints the table of docs/RELIABILITY.md. Ends with 1 when a defect was not noticed.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { progress } from '@clack/prompts';
import { firstNoticed } from '../test/simulation/sabotages/first-noticed.ts';
import type { Sabotage } from '../test/simulation/sabotages/sabotage.ts';
import { sabotages } from '../test/simulation/sabotages/sabotages.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '300' },
    jobs: { type: 'string', default: String(availableParallelism()) },
  },
});
const seeds = wholeNumber('--seeds', values.seeds);
const jobs = wholeNumber('--jobs', values.jobs);
const chosen = sabotages.filter(({ what }) => what.includes(values.only));
if (chosen.length === 0) {
  console.error(`error: --only must be in the words of a defect, got ${values.only}`);
  process.exit(2);
}

const bar = process.stderr.isTTY
  ? progress({ max: chosen.length, output: process.stderr })
  : undefined;
bar?.start('sabotaging');
const noticed = new Map<Sabotage, number | undefined>();
const left = [...chosen];
await Promise.all(Array.from({ length: jobs }, workOff));
const missed = chosen.filter((sabotage) => noticed.get(sabotage) === undefined);
bar?.stop(`${chosen.length - missed.length} of ${chosen.length} were noticed`);
console.log('| sabotage | noticed at seed |\n|---|---|');
for (const sabotage of chosen) {
  console.log(
    `| ${sabotage.what} | ${noticed.get(sabotage) ?? `none of ${seeds}`}${ofRuns(sabotage)} |`,
  );
}
process.exitCode = missed.length === 0 ? 0 : 1;

async function workOff(): Promise<void> {
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    noticed.set(next, await firstNoticed(next, seeds));
    bar?.advance(1, next.what);
  }
}

function ofRuns({ setting }: Sabotage): string {
  return setting === undefined ? '' : `, of runs with ${setting}`;
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  console.error(`error: ${name} must be a positive whole number, got ${text}`);
  return process.exit(2);
}
