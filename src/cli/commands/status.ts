import { Command } from 'commander';
import { z } from 'zod';
import { locateData, withDataOptions } from '../data-location.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { openDataStore } from '../open-data.ts';
import { dataOptions, jsonOption, parseOptions, withExamples } from '../options.ts';
import { printJson } from '../print.ts';
import { isDataDirectoryLocked } from '../service/data-lock.ts';
import { readStatus } from '../service/status-file.ts';
import { printStatus } from '../status/print-status.ts';
import { statusReport } from '../status/status-report.ts';
import { systemClock } from '../system-clock.ts';

const statusOptions = z.object({ ...dataOptions, ...jsonOption });

export function statusCommand(invocation: Invocation): Command {
  const command = new Command('status')
    .description(
      'Show every source and sink: position, lag, last success, last error, next try. Ends with ' +
        `code ${exitCodes.stopped.code} when no process runs on the data directory.`,
    )
    .option('--json', 'answer with JSON')
    .action(async (options: unknown) => {
      const { json, ...where } = parseOptions(statusOptions, options);
      const { terminal } = invocation;
      const location = await locateData(where, terminal);
      const running = isDataDirectoryLocked(location.directory);
      await using store = await openDataStore(location);
      const report = await statusReport(store, await readStatus(location.directory), running);
      if (!running) invocation.exitCode = exitCodes.stopped.code;
      if (json) printJson(terminal.stdout, report);
      else printStatus(terminal.stdout, report, systemClock.nowMs());
    });
  withDataOptions(command);
  return withExamples(command, ['status', 'status --data-directory /var/lib/tailrace --json']);
}
