import { Command } from 'commander';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { ExportSettings } from '../../directory/directory.ts';
import type { Invocation } from '../invocation.ts';
import { operate, operatorCommand } from '../operate.ts';
import type { Answer } from '../operate.ts';
import { parseOptions, wholeNumber } from '../options.ts';
import { printFields } from '../print.ts';

const setOptions = z.object({
  enable: z.boolean().optional(),
  disable: z.boolean().optional(),
  category: z.array(z.string()).optional(),
  allCategories: z.boolean().optional(),
  facility: wholeNumber(1, 23).optional(),
});

export function exportSettingsCommand(invocation: Invocation): Command {
  const command = new Command('export-settings');
  show(command, invocation);
  set(command, invocation);
  return command;
}

function show(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'show <tenant>',
    description: 'Show what a tenant exports.',
    examples: ['export-settings show acme'],
  }).action(async (tenant: string, options: unknown) => {
    await operate(invocation, options, async ({ directory }) =>
      answer(tenant, await directory.exportSettings(tenant)),
    );
  });
}

function set(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'set <tenant>',
    description: 'Change what a tenant exports; what is not named stays as it is.',
    examples: [
      'export-settings set acme --enable --all-categories',
      'export-settings set acme --category "Admin Event" "Backup And Restore" --facility 10',
    ],
  })
    .option('--enable', 'switch the export on')
    .option('--disable', 'switch the export off')
    .option('--category <names...>', 'export only these categories')
    .option('--all-categories', 'export every category, those of the future too')
    .option('--facility <number>', 'Syslog facility, 1 to 23')
    .action(async (tenant: string, options: unknown) => {
      const change = changeOf(parseOptions(setOptions, options));
      await operate(invocation, options, async ({ directory, actor }) =>
        answer(tenant, await directory.changeExportSettings(tenant, change, actor)),
      );
    });
}

function changeOf(options: z.output<typeof setOptions>): Partial<ExportSettings> {
  const { enable, disable, category, allCategories, facility } = options;
  if (enable && disable) throw contradiction('--enable', '--disable');
  if (category && allCategories) throw contradiction('--category', '--all-categories');
  const change: Partial<ExportSettings> = {
    ...((enable || disable) && { enabled: enable === true }),
    ...(allCategories && { categories: 'all' as const }),
    ...(category && { categories: category }),
    ...(facility !== undefined && { facility }),
  };
  if (Object.keys(change).length > 0) return change;
  throw new AppError('argument_invalid', 'nothing to change: name at least one setting');
}

function contradiction(one: string, other: string): AppError {
  return new AppError('argument_invalid', `${one} and ${other} exclude each other`);
}

function answer(tenant: string, settings: ExportSettings): Answer {
  const { enabled, categories, facility } = settings;
  return {
    json: { tenant, ...settings },
    text: (screen) =>
      printFields(screen, {
        tenant,
        export: enabled ? 'on' : 'off',
        categories: categories === 'all' ? 'all' : categories.join(', ') || 'none',
        'syslog facility': String(facility),
      }),
  };
}
