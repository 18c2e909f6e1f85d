import { resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { backUp } from '../backup/back-up.ts';
import { locateData, withDataOptions } from '../data-location.ts';
import type { Invocation } from '../invocation.ts';
import { dataOptions, jsonOption, parseOptions, withExamples } from '../options.ts';
import { printFields, printJson, printSize } from '../print.ts';
import { showProgress } from '../progress.ts';
import { HintedError } from '../report-error.ts';
import { systemClock } from '../system-clock.ts';
import { untilInterrupted } from '../until-interrupted.ts';

const backupOptions = z.object({ to: z.string(), ...dataOptions, ...jsonOption });

export function backupCommand(invocation: Invocation): Command {
  const command = new Command('backup')
    .description(
      'Copy events, positions, tenants and sealed credentials into a new directory while everything ' +
        'runs. To restore, put the files into an empty data directory, and the master key beside them: ' +
        'that is not in the backup, so keep it elsewhere.',
    )
    .requiredOption('--to <dir>', 'a new or empty directory')
    .option('--json', 'answer with JSON')
    .action(async (options: unknown) => {
      await backup(parseOptions(backupOptions, options), invocation);
    });
  withDataOptions(command);
  return withExamples(command, [
    'backup --to /var/backups/tailrace/2026-11-21',
    'backup --config /etc/tailrace/tailrace.yaml --to /mnt/backup/tailrace --json',
  ]);
}

async function backup(
  { to, json, ...options }: z.output<typeof backupOptions>,
  { terminal }: Invocation,
): Promise<void> {
  const { directory, postgres } = await locateData(options, terminal);
  if (postgres !== undefined) {
    const hint = "use PostgreSQL's own tools, such as pg_dump or pg_basebackup";
    throw new HintedError('argument_invalid', 'the data is in PostgreSQL', hint);
  }
  const target = resolve(terminal.workingDirectory, to);
  using progress = showProgress('Copying', terminal, json);
  const summary = await untilInterrupted(terminal, (signal) =>
    backUp(
      directory,
      target,
      systemClock.nowMs(),
      (file, done, total) => progress.show(done, total, file),
      signal,
    ),
  );
  progress.end();
  if (json) {
    printJson(terminal.stdout, { directory: target, ...summary });
    return;
  }
  const sizes = summary.files.map(({ name, sizeBytes }) => [name, printSize(sizeBytes)] as const);
  printFields(terminal.stdout, { backup: target, ...Object.fromEntries(sizes) });
}
