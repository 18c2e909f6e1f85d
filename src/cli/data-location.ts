import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../core/errors.ts';
import type { Severity } from '../core/event.ts';
import type { Config } from '../config/read-config.ts';
import { secretReader } from '../config/secret-reader.ts';
import type { SecretReference } from '../core/secret.ts';
import type { StreamName } from '../core/stream.ts';
import type { PostgresOptions } from '../postgres/options.ts';
import { HintedError } from './report-error.ts';
import type { Terminal } from './terminal.ts';

/** Which data an operator's command works on. */
export interface DataLocation {
  readonly directory: string;
  /** Where events and tenants are kept when they are not in the directory. */
  readonly postgres?: PostgresOptions | undefined;
  /** As configured; undefined for `master.key` in the directory. */
  readonly masterKey?: SecretReference | undefined;
  readonly previousMasterKey?: SecretReference | undefined;
  /** The scale for attacks of this stream, as configured for the service or the stream's source. */
  readonly severitiesOf?: (stream: StreamName) => readonly Severity[] | undefined;
  /** Where the service that uses it is reached, as configured. */
  readonly publicUrl?: string | undefined;
  /** Where it listens, as configured. */
  readonly listenUrl?: string | undefined;
}

export interface DataOptions {
  readonly dataDirectory?: string | undefined;
  readonly config?: string | undefined;
}

/** Adds the two ways to say which data is meant. */
export function withDataOptions(command: Command): Command {
  return command
    .option('--data-directory <dir>', 'data directory to work on (env TAILRACE_DATA)')
    .option('--config <file>', 'or: configuration that names it (env TAILRACE_CONFIG)');
}

/**
 * The data directory that options, environment or a `tailrace.yaml` in the working directory name, in
 * this order. `create` lets it come into being; otherwise one that is not there is an error.
 */
export async function locateData(
  options: DataOptions,
  terminal: Terminal,
  create = false,
): Promise<DataLocation> {
  const location = await namedLocation(options, terminal);
  if (location.postgres !== undefined) return location;
  if (!create && !(await exists(location.directory))) {
    throw new HintedError(
      'not_found',
      `there is no data directory ${location.directory}`,
      'check the path; `tailrace run` and `tailrace tenant create` make a new one',
    );
  }
  return location;
}

async function namedLocation(options: DataOptions, terminal: Terminal): Promise<DataLocation> {
  const { environment, workingDirectory } = terminal;
  const plain = (directory: string): DataLocation => ({
    directory: resolve(workingDirectory, directory),
  });
  if (options.dataDirectory !== undefined) return plain(options.dataDirectory);
  const configured = (file: string) =>
    configuredLocation(resolve(workingDirectory, file), terminal);
  if (options.config !== undefined) return configured(options.config);
  const { TAILRACE_DATA: data, TAILRACE_CONFIG: config } = environment;
  if (data) return plain(data);
  if (config) return configured(config);
  const beside = join(workingDirectory, 'tailrace.yaml');
  if (await exists(beside)) return configured(beside);
  throw new AppError(
    'argument_invalid',
    'which data? Name it with --data-directory DIR or --config FILE, or set TAILRACE_DATA',
  );
}

async function configuredLocation(file: string, { environment }: Terminal): Promise<DataLocation> {
  const { readConfig } = await import('../config/read-config.ts');
  const { config } = await readConfig(file);
  const location = await locationOf(config, environment);
  return { ...location, severitiesOf: (stream) => severitiesOf(config, stream) };
}

function severitiesOf({ serve, sources }: Config, stream: StreamName) {
  for (const source of sources) {
    if (source.type === 'apptrana' && source.stream === stream) return source.options.severities;
  }
  return serve?.siemApi.severities;
}

/** The data that a configuration names. Throws `secret_unavailable` for a store's address. */
export async function locationOf(
  { dataDirectory: directory, masterKey, previousMasterKey, store, serve }: LocatingConfig,
  environment: NodeJS.ProcessEnv,
): Promise<DataLocation> {
  const publicUrl = serve?.publicUrl;
  const listenUrl = serve && `${serve.tls ? 'https' : 'http'}://${serve.listen}`;
  const location = { directory, masterKey, previousMasterKey, publicUrl, listenUrl };
  if (store === undefined) return location;
  const { url, schema, poolSize, statementTimeout: statementTimeoutMs } = store;
  const postgres = {
    url: await secretReader(environment)(url),
    schema,
    poolSize,
    statementTimeoutMs,
  };
  return { ...location, postgres };
}

type LocatingConfig = Pick<
  Config,
  'dataDirectory' | 'masterKey' | 'previousMasterKey' | 'store' | 'serve'
>;

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
