import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../core/errors.ts';
import type { SecretReference } from '../core/secret.ts';
import { HintedError } from './report-error.ts';
import type { Terminal } from './terminal.ts';

/** Which data an operator's command works on. */
export interface DataLocation {
  readonly directory: string;
  /** As configured; undefined for `master.key` in the directory. */
  readonly masterKey?: SecretReference | undefined;
  readonly previousMasterKey?: SecretReference | undefined;
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
  if (options.config !== undefined) return configured(resolve(workingDirectory, options.config));
  const { TAILRACE_DATA: data, TAILRACE_CONFIG: config } = environment;
  if (data) return plain(data);
  if (config) return configured(resolve(workingDirectory, config));
  const beside = join(workingDirectory, 'tailrace.yaml');
  if (await exists(beside)) return configured(beside);
  throw new AppError(
    'argument_invalid',
    'which data? Name it with --data-directory DIR or --config FILE, or set TAILRACE_DATA',
  );
}

async function configured(file: string): Promise<DataLocation> {
  const { readConfig } = await import('../config/read-config.ts');
  const { config } = await readConfig(file);
  const { dataDirectory: directory, masterKey, previousMasterKey } = config;
  return { directory, masterKey, previousMasterKey };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
