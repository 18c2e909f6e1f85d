import { access, constants } from 'node:fs/promises';
import { Command } from 'commander';
import { pino } from 'pino';
import { z } from 'zod';
import { describeProblem } from '../../config/problem.ts';
import { readConfig } from '../../config/read-config.ts';
import type { CheckedConfig } from '../../config/read-config.ts';
import { secretReader } from '../../config/secret-reader.ts';
import { secretReferencesIn } from '../../config/secret-references.ts';
import { errorMessage } from '../../core/errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { configFileOf, configOptions } from '../config-file.ts';
import { jsonOption, parseOptions, withExamples } from '../options.ts';
import { printable, printDuration, printJson } from '../print.ts';
import { probeSinks, type Probe } from '../check/probe-sinks.ts';
import type { StoreProbe } from '../check/probe-store.ts';
import { createSink, createSource } from '../service/create-adapters.ts';
import { systemClock } from '../system-clock.ts';
import type { Terminal } from '../terminal.ts';
import { untilInterrupted } from '../until-interrupted.ts';

const checkOptions = z.object({
  connect: z.boolean().default(false),
  ...configOptions,
  ...jsonOption,
});

export function checkCommand(invocation: Invocation): Command {
  const command = new Command('check')
    .description(
      'Check a configuration file: every key and value, that every secret it names can be ' +
        'read and every directory it publishes into can be written. Without --connect it connects to ' +
        'nothing and changes nothing.',
    )
    .option(
      '--connect',
      'send every sink one event that is marked as a test, and look at a PostgreSQL store',
    )
    .option('--config <file>', 'configuration file (env TAILRACE_CONFIG; default: tailrace.yaml)')
    .option('--json', 'answer with JSON')
    .action(async (options: unknown) => {
      const { config, ...how } = parseOptions(checkOptions, options);
      await check(configFileOf(config, invocation.terminal), how, invocation);
    });
  return withExamples(command, [
    'check',
    'check --connect',
    'check --config /etc/tailrace/tailrace.yaml --json',
  ]);
}

interface CheckHow {
  readonly connect: boolean;
  readonly json: boolean;
}

async function check(file: string, how: CheckHow, invocation: Invocation): Promise<void> {
  const { terminal } = invocation;
  const checked = await readConfig(file);
  const errors = [
    ...(await adapterErrors(checked)),
    ...(await missingSecrets(checked, terminal)),
    ...(await unusableDirectories(checked)),
  ];
  const connections =
    how.connect && errors.length === 0 ? await connect(checked, how, terminal) : [];
  const store =
    how.connect && errors.length === 0 ? await lookAtStore(checked, terminal) : undefined;
  if (connections.some(({ ok }) => !ok) || store?.isInOrder === false) {
    invocation.exitCode = exitCodes.failed.code;
  }
  if (errors.length > 0) invocation.exitCode = exitCodes.config.code;
  if (how.json) {
    const isStoreInOrder = store?.isInOrder ?? true;
    const ok = errors.length === 0 && connections.every((c) => c.ok) && isStoreInOrder;
    const connected = how.connect ? { connections, store: store?.probe } : {};
    printJson(terminal.stdout, { file, ok, errors, ...connected, ...checked });
    return;
  }
  for (const error of errors) terminal.stderr.write(`error: ${printable(error)}\n`);
  for (const warning of checked.warnings) {
    terminal.stderr.write(`warning: ${printable(describeProblem(file, warning))}\n`);
  }
  if (errors.length === 0) terminal.stdout.write(`${file} is in order: ${summary(checked)}\n`);
  for (const line of store?.said ?? []) terminal.stdout.write(`${printable(line)}\n`);
  for (const line of store?.wrong ?? []) terminal.stderr.write(`${printable(line)}\n`);
  for (const connection of connections) printConnection(connection, terminal);
}

interface StoreLook {
  readonly probe: StoreProbe;
  readonly isInOrder: boolean;
  readonly said: readonly string[];
  readonly wrong: readonly string[];
}

/** Undefined for an embedded store, which is made where it is wanted. */
async function lookAtStore(
  { config: { store } }: CheckedConfig,
  { environment }: Terminal,
): Promise<StoreLook | undefined> {
  if (store === undefined) return undefined;
  const { probeStore, describeStoreProbe, isInOrder } = await import('../check/probe-store.ts');
  const url = await secretReader(environment)(store.url);
  const probe = await probeStore({ ...store, url });
  return { probe, isInOrder: isInOrder(probe), ...describeStoreProbe(probe, store.schema) };
}

async function connect(
  { config }: CheckedConfig,
  { json }: CheckHow,
  terminal: Terminal,
): Promise<readonly Probe[]> {
  // A line on standard output would spoil the answer, and nothing can be wrong with it.
  const sinks = config.sinks.filter(({ type }) => !json || type !== 'stdout');
  const context = {
    log: pino({ level: 'silent' }),
    readSecret: secretReader(terminal.environment),
  };
  return untilInterrupted(terminal, (signal) => probeSinks(sinks, context, signal));
}

function printConnection(probe: Probe, { stdout, stderr }: Terminal): void {
  const { sink, eventId, tookMs } = probe;
  if (probe.ok) {
    stdout.write(`sink ${sink} took the test event ${eventId} in ${printDuration(tookMs)}\n`);
    return;
  }
  stderr.write(`error: sink ${sink}: ${printable(probe.message)}\n`);
  stderr.write(`hint: ${probe.hint}\n`);
}

function summary({ config }: CheckedConfig): string {
  const service = config.serve === undefined ? [] : [`export service on ${config.serve.listen}`];
  return [...service, counted(config.sources, 'source'), counted(config.sinks, 'sink')].join(', ');
}

function counted(items: readonly unknown[], name: string): string {
  return `${items.length} ${name}${items.length === 1 ? '' : 's'}`;
}

/** What only the adapters themselves can tell. */
async function adapterErrors({ config }: CheckedConfig): Promise<readonly string[]> {
  const context = {
    clock: systemClock,
    log: pino({ level: 'silent' }),
    readSecret: async () => {
      throw new Error('not while checking');
    },
  };
  const complaints = await Promise.all([
    ...config.sources.map((source) =>
      complaint(`source ${source.name}`, createSource(source, context)),
    ),
    ...config.sinks.map((sink) => complaint(`sink ${sink.name}`, createSink(sink, context))),
  ]);
  return complaints.flat();
}

async function complaint(what: string, created: Promise<unknown>): Promise<readonly string[]> {
  return created.then(
    () => [],
    (error: unknown) => [`${what}: ${errorMessage(error)}`],
  );
}

/** A watched directory is never created: when it is missing, a file system may not be mounted. */
async function unusableDirectories({ config }: CheckedConfig): Promise<readonly string[]> {
  const complaints = config.sinks.map(async (sink) =>
    sink.type !== 'file'
      ? []
      : access(sink.options.directory, constants.R_OK | constants.W_OK | constants.X_OK).then(
          () => [],
          (error: unknown) => [`sink ${sink.name}: ${errorMessage(error)}`],
        ),
  );
  return (await Promise.all(complaints)).flat();
}

async function missingSecrets(
  { config }: CheckedConfig,
  { environment }: Terminal,
): Promise<readonly string[]> {
  const readSecret = secretReader(environment);
  const complaints = secretReferencesIn(config).map(async ({ path, reference }) =>
    readSecret(reference).then(
      () => [],
      (error: unknown) => [`${path}: ${errorMessage(error)}`],
    ),
  );
  return (await Promise.all(complaints)).flat();
}
