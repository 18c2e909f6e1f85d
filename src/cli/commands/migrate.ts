import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { secretReader } from '../../config/secret-reader.ts';
import { AppError } from '../../core/errors.ts';
import type { SecretReference } from '../../core/secret.ts';
import { postgresDefaults, schemaNamePattern } from '../../postgres/options.ts';
import type { Invocation } from '../invocation.ts';
import type { Migrated } from '../migrate/migrate-data.ts';
import { jsonOption, parseOptions, withExamples } from '../options.ts';
import { printCount, printJson, printSize } from '../print.ts';
import { showProgress } from '../progress.ts';
import { untilInterrupted } from '../until-interrupted.ts';

const migrateOptions = z.object({
  from: z.string(),
  to: z.string(),
  schema: z
    .string()
    .regex(schemaNamePattern, 'lower-case letters, digits and underscores')
    .default(postgresDefaults.schema),
  ...jsonOption,
});

export function migrateCommand(invocation: Invocation): Command {
  const command = new Command('migrate')
    .description(
      'Move a data directory into PostgreSQL: events with their positions, tenants with their ' +
        'credentials, and where every source and sink goes on. Nothing may run on it meanwhile. May ' +
        'be interrupted and repeated; ends by comparing every event on both sides.',
    )
    .requiredOption('--from <dir>', 'data directory to move; it stays as it is')
    .requiredOption(
      '--to <where>',
      'where the postgres:// address is kept: env:NAME or file:PATH; it holds a password',
    )
    .option('--schema <name>', `the database's schema (default: ${postgresDefaults.schema})`)
    .option('--json', 'answer with JSON')
    .action(async (options: unknown) => {
      await migrate(parseOptions(migrateOptions, options), invocation);
    });
  return withExamples(command, [
    'migrate --from ./tailrace-data --to env:TAILRACE_STORE_URL',
    'migrate --from /var/lib/tailrace --to file:/etc/tailrace/store-url',
  ]);
}

async function migrate(
  { from, to, schema, json }: z.output<typeof migrateOptions>,
  invocation: Invocation,
): Promise<void> {
  const { terminal } = invocation;
  const directory = resolve(terminal.workingDirectory, from);
  const url = await secretReader(terminal.environment)(referenceOf(to, terminal.workingDirectory));
  const { migrateData } = await import('../migrate/migrate-data.ts');
  using progress = showProgress('Migrating', terminal, json);
  const migrated = await untilInterrupted(terminal, (signal) =>
    migrateData(
      directory,
      { url, schema },
      (at) => {
        if (at.phase === 'moving tenants') {
          progress.show(at.rows, undefined, `${at.phase}, ${printCount(at.rows)} rows`);
        } else {
          progress.show(at.doneBytes, at.totalBytes, `${at.phase}, ${printSize(at.doneBytes)}`);
        }
      },
      signal,
    ),
  );
  progress.end();
  if (json) printJson(terminal.stdout, { from: directory, ...migrated });
  else terminal.stdout.write(describe(migrated, directory));
}

function referenceOf(text: string, workingDirectory: string): SecretReference {
  const [, kind, name = ''] = /^(env|file):(.+)$/.exec(text) ?? [];
  if (kind === 'env') return { env: name };
  if (kind === 'file') return { file: resolve(workingDirectory, name) };
  throw new AppError(
    'argument_invalid',
    '--to names where the address is kept, as env:NAME or file:PATH: an address holds a password',
  );
}

function describe({ streams, directoryRows }: Migrated, directory: string): string {
  const events = streams.reduce((sum, stream) => sum + stream.events, 0);
  const lines = [
    `${printCount(events)} events of ${printCount(streams.length)} streams are in PostgreSQL, the same on both sides.`,
    ...streams.map(({ stream, sha256 }) => `  ${sha256}  ${stream}`),
    directoryRows === undefined
      ? 'Tenants: none to move, or moved before.'
      : 'Tenants, people, credentials and settings are moved.',
    '',
    'Next: name the database in the configuration (store: url), give every node the master key',
    `      (masterKey: file: ${join(directory, 'master.key')}), and start the nodes.`,
    '',
  ];
  return lines.join('\n');
}
