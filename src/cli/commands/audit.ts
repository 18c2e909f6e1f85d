import { Command } from 'commander';
import { z } from 'zod';
import type { AuditEntry } from '../../directory/directory.ts';
import type { Invocation } from '../invocation.ts';
import { operate } from '../operate.ts';
import { parseOptions, withExamples, wholeNumber } from '../options.ts';
import { withDataOptions } from '../data-location.ts';
import { printTable, printTime } from '../print.ts';

const auditOptions = z.object({
  tenant: z.string().optional(),
  limit: wholeNumber(1, 100_000).default(50),
});

export function auditCommand(invocation: Invocation): Command {
  const command = new Command('audit')
    .description('Show who did what, the newest first.')
    .option('--tenant <id>', 'only what concerns this tenant')
    .option('--limit <number>', 'how many entries (default: 50)')
    .option('--json', 'answer with JSON')
    .action(async (options: unknown) => {
      const { tenant, limit } = parseOptions(auditOptions, options);
      await operate(invocation, options, async ({ directory }) => {
        const entries = await directory.auditTrail(tenant, limit);
        return {
          json: entries,
          text: (screen) =>
            printTable(screen, ['WHEN', 'WHO', 'TENANT', 'WHAT', 'OUTCOME'], entries.map(auditRow)),
        };
      });
    });
  withDataOptions(command);
  return withExamples(command, ['audit', 'audit --tenant acme --limit 500 --json']);
}

function auditRow({ atMs, actor, tenant, action, detail, outcome }: AuditEntry): readonly string[] {
  const who = actor.address === undefined ? actor.name : `${actor.name} (${actor.address})`;
  const what = detail === '' ? action : `${action}: ${detail}`;
  return [printTime(atMs), who, tenant ?? '-', what, outcome];
}
