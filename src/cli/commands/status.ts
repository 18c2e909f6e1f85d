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
import { nodesReport } from '../status/nodes-report.ts';
import { printNodes } from '../status/print-nodes.ts';
import { printStatus } from '../status/print-status.ts';
import { statusReport } from '../status/status-report.ts';
import { systemClock } from '../system-clock.ts';

const statusOptions = z.object({ ...dataOptions, ...jsonOption });

export function statusCommand(invocation: Invocation): Command {
  const command = new Command('status')
    .description(
      'Show every source and sink: position, lag, last success, last error, next try. Ends with ' +
        `code ${exitCodes.stopped.code} when no process runs on the data. Nodes that share a store are shown with what they do.`,
    )
    .option('--json', 'answer with JSON')
    .action(async (options: unknown) => {
      const { json, ...where } = parseOptions(statusOptions, options);
      const { terminal } = invocation;
      const location = await locateData(where, terminal);
      await using store = await openDataStore(location);
      const nodes = store.leases && (await nodesReport(store.leases));
      const running = nodes ? nodes.isRunning : isDataDirectoryLocked(location.directory);
      const recorded = nodes ? nodes.recorded : await readStatus(location.directory);
      const report = { ...(await statusReport(store, recorded, running)), nodes: nodes?.nodes };
      if (!running) invocation.exitCode = exitCodes.stopped.code;
      if (json) printJson(terminal.stdout, report);
      else printStatus(terminal.stdout, report, systemClock.nowMs());
      if (!json && report.nodes) printNodes(terminal.stdout, report.nodes);
    });
  withDataOptions(command);
  return withExamples(command, ['status', 'status --data-directory /var/lib/tailrace --json']);
}
