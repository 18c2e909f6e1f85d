import type { Command } from 'commander';
import { pino } from 'pino';
import { z } from 'zod';
import { secretReader } from '../../config/secret-reader.ts';
import { AppError } from '../../core/errors.ts';
import { retryQuarantined, type Retried } from '../../pipeline/retry-quarantined.ts';
import { recordActs } from '../audit-act.ts';
import { locationOf } from '../data-location.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { openDataStore } from '../open-data.ts';
import { jsonOption, parseOptions, withExamples } from '../options.ts';
import { printCount, printJson, printable } from '../print.ts';
import { showProgress } from '../progress.ts';
import { createSink, sliceLimitsOf } from '../service/create-adapters.ts';
import { sinkOfConfig } from '../sink-of-config.ts';
import { systemClock } from '../system-clock.ts';
import { untilInterrupted } from '../until-interrupted.ts';
import { actsOn, choiceOf, choiceOptions, withChoice } from './quarantine-choice.ts';

const retryOptions = z.object({
  config: z.string().optional(),
  ...choiceOptions,
  ...jsonOption,
});

export function addQuarantineRetry(parent: Command, invocation: Invocation): void {
  const command = parent
    .command('retry <sink>')
    .description(
      'Send events of the quarantine to their sink once more, as they were sent, and take out those ' +
        `that it takes. Ends with code ${exitCodes.failed.code} when it refuses any again.`,
    )
    .option('--config <file>', 'configuration file (env TAILRACE_CONFIG; default: tailrace.yaml)')
    .option('--json', 'answer with JSON')
    .action(async (sink: string, options: unknown) => {
      await retry(sink, parseOptions(retryOptions, options), invocation);
    });
  withChoice(command);
  withExamples(command, [
    'quarantine retry splunk --config tailrace.yaml',
    'quarantine retry splunk --stream acme/insync --position 1203',
  ]);
}

async function retry(
  name: string,
  { config: configOption, json, ...given }: z.output<typeof retryOptions>,
  invocation: Invocation,
): Promise<void> {
  const { terminal } = invocation;
  const { config, sink: sinkConfig } = await sinkOfConfig(name, configOption, terminal);
  const choice = choiceOf(given);
  const readSecret = secretReader(terminal.environment);
  const log = pino({ level: 'silent' });
  await using sink = await createSink(sinkConfig, { clock: systemClock, log, readSecret });
  if (sink.kind === 'staged') {
    throw new AppError('argument_invalid', `${name} writes files, which refuse nothing`);
  }
  const location = await locationOf(config, terminal.environment);
  await using store = await openDataStore(location);
  const action = 'retried events of the quarantine';
  await recordActs(await actsOn(store, name, choice, action), location, terminal);
  using progress = showProgress('Retrying', terminal, json);
  const limits = sliceLimitsOf(sinkConfig);
  const onProgress = ({ taken }: Retried) =>
    progress.show(taken, undefined, `${printCount(taken)} events taken`);
  const retried = await untilInterrupted(terminal, (signal) =>
    retryQuarantined({ sink, store, limits, choice, onProgress }, signal),
  );
  progress.end();
  if (retried.refused > 0) invocation.exitCode = exitCodes.failed.code;
  if (json) printJson(terminal.stdout, { sink: name, ...choice, ...retried });
  else terminal.stdout.write(`${describe(name, retried)}\n`);
}

function describe(sink: string, { taken, refused, lastReason }: Retried): string {
  if (taken + refused === 0) return `The quarantine of ${sink} holds no such events.`;
  const again =
    refused === 0
      ? 'the quarantine holds none of them any more'
      : `${printCount(refused)} were refused again, the last because: ${printable(lastReason ?? '')}`;
  return `${sink} took ${printCount(taken)} events; ${again}.`;
}
