import { Command } from 'commander';
import { z } from 'zod';
import { editions } from '../../directory/directory.ts';
import type { Tenant } from '../../directory/directory.ts';
import { assertNoStreams } from '../../http/tenant-streams.ts';
import type { Invocation } from '../invocation.ts';
import { openDataStore } from '../open-data.ts';
import { operate, operatorCommand } from '../operate.ts';
import { parseOptions } from '../options.ts';
import { printFields, printTable, printTime } from '../print.ts';
import type { Screen } from '../terminal.ts';
import { addTenantDelete } from './tenant-delete.ts';

const createOptions = z.object({
  title: z.string().optional(),
  edition: z.enum(editions, `one of ${editions.join(', ')}`).default('Elite'),
  keepEvents: z.boolean().default(false),
});

export function tenantCommand(invocation: Invocation): Command {
  const command = new Command('tenant');
  create(command, invocation);
  list(command, invocation);
  show(command, invocation);
  enable(command, invocation, true);
  enable(command, invocation, false);
  addTenantDelete(command, invocation);
  return command;
}

function create(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'create <id>',
    description: 'Create a tenant: a customer organisation with its own keys and events.',
    examples: [
      'tenant create acme',
      'tenant create acme --title "Acme Corp." --edition "Elite Plus"',
    ],
  })
    .option('--title <text>', 'what people read (default: the id)')
    .option('--edition <name>', `${editions.join(', ')} (default: Elite)`)
    .option('--keep-events', 'give it the events that are stored under its id already')
    .action(async (id: string, options: unknown) => {
      const { title = id, edition, keepEvents } = parseOptions(createOptions, options);
      const createsData = { createsData: true };
      await operate(
        invocation,
        options,
        async ({ directory, actor, location }) => {
          if (!keepEvents) {
            await using store = await openDataStore(location);
            await assertNoStreams(id, store);
          }
          const tenant = await directory.createTenant({ id, title, edition }, actor);
          return {
            json: tenant,
            text: (screen) => {
              printTenant(screen, tenant);
              screen.write(`\nNext: tailrace ingest-key create ${id}\n`);
              screen.write(`      tailrace admin add ${id} EMAIL\n`);
              screen.write(`      tailrace export-settings set ${id} --enable\n`);
            },
          };
        },
        createsData,
      );
    });
}

function list(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'list',
    description: 'List all tenants.',
    examples: ['tenant list', 'tenant list --json'],
  }).action(async (options: unknown) => {
    await operate(invocation, options, async ({ directory }) => {
      const tenants = await directory.tenants();
      const rows = tenants.map((tenant) => [
        tenant.id,
        tenant.title,
        tenant.edition,
        tenant.enabled ? 'enabled' : 'disabled',
        printTime(tenant.createdAtMs),
      ]);
      return {
        json: tenants,
        text: (screen) => printTable(screen, ['ID', 'TITLE', 'EDITION', 'STATE', 'CREATED'], rows),
      };
    });
  });
}

function show(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'show <id>',
    description: 'Show one tenant.',
    examples: ['tenant show acme'],
  }).action(async (id: string, options: unknown) => {
    await operate(invocation, options, async ({ directory }) => {
      const tenant = await directory.tenant(id);
      return { json: tenant, text: (screen) => printTenant(screen, tenant) };
    });
  });
}

function enable(parent: Command, invocation: Invocation, enabled: boolean): void {
  const verb = enabled ? 'enable' : 'disable';
  operatorCommand(parent, {
    usage: `${verb} <id>`,
    description: enabled
      ? 'Accept a disabled tenant\u2019s credentials again.'
      : 'Refuse every credential of a tenant; its events and settings stay.',
    examples: [`tenant ${verb} acme`],
  }).action(async (id: string, options: unknown) => {
    await operate(invocation, options, async ({ directory, actor }) => {
      const tenant = await directory.setTenantEnabled(id, enabled, actor);
      return {
        json: tenant,
        text: (screen) => screen.write(`${id} is ${enabled ? 'enabled' : 'disabled'}.\n`),
      };
    });
  });
}

function printTenant(screen: Screen, tenant: Tenant): void {
  printFields(screen, {
    id: tenant.id,
    title: tenant.title,
    edition: tenant.edition,
    state: tenant.enabled ? 'enabled' : 'disabled',
    created: printTime(tenant.createdAtMs),
  });
}
