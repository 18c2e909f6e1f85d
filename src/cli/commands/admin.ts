import { Command } from 'commander';
import { z } from 'zod';
import { roles } from '../../directory/directory.ts';
import type { Administrator } from '../../directory/directory.ts';
import { addUnlessThere, invitationAnswer } from '../invitation-link.ts';
import type { Invocation } from '../invocation.ts';
import { operate, operatorCommand } from '../operate.ts';
import { parseOptions } from '../options.ts';
import { printTable, printTime } from '../print.ts';

const addOptions = z.object({
  role: z.enum(roles, `one of ${roles.join(', ')}`).default('administrator'),
});

export function adminCommand(invocation: Invocation): Command {
  const command = new Command('admin');
  add(command, invocation);
  invite(command, invocation);
  list(command, invocation);
  remove(command, invocation);
  return command;
}

function add(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'add <tenant> <email>',
    description:
      'Let a person administer a tenant. The e-mail address is the user name of API calls.',
    examples: ['admin add acme dana@example.com', 'admin add acme lee@example.com --role viewer'],
  })
    .option('--role <role>', `${roles.join(' or ')} (default: administrator)`)
    .action(async (tenant: string, email: string, options: unknown) => {
      const { role } = parseOptions(addOptions, options);
      await operate(invocation, options, async ({ directory, actor }) => {
        const added = await directory.addAdministrator({ tenant, email, role }, actor);
        return {
          json: added,
          text: (screen) =>
            screen.write(
              `${added.email} is ${added.role} of ${tenant}.\n` +
                `Create a token with: tailrace token create ${tenant} ${added.email}\n`,
            ),
        };
      });
    });
}

function invite(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'invite <tenant> <email>',
    description:
      'Let a person sign in to the console: prints a link that is good once, for 7 days. Adds who is ' +
      'not there yet; for who is, the link sets a new password and takes the second factor away.',
    examples: [
      'admin invite acme dana@example.com',
      'admin invite acme lee@example.com --role viewer',
    ],
  })
    .option('--role <role>', `of who is added: ${roles.join(' or ')} (default: administrator)`)
    .action(async (tenant: string, email: string, options: unknown) => {
      const { role } = parseOptions(addOptions, options);
      await operate(invocation, options, async (operation) => {
        await addUnlessThere(operation, { tenant, email, role });
        return invitationAnswer(operation, tenant, email);
      });
    });
}

function list(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'list <tenant>',
    description: "List a tenant's administrators and viewers.",
    examples: ['admin list acme'],
  }).action(async (tenant: string, options: unknown) => {
    await operate(invocation, options, async ({ directory }) => {
      const administrators = await directory.administrators(tenant);
      return {
        json: administrators,
        text: (screen) =>
          printTable(screen, ['E-MAIL', 'ROLE', 'SINCE'], administrators.map(administratorRow)),
      };
    });
  });
}

function administratorRow({ email, role, createdAtMs }: Administrator): readonly string[] {
  return [email, role, printTime(createdAtMs)];
}

function remove(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'remove <tenant> <email>',
    description: 'Remove an administrator; ends the token and the sessions too.',
    examples: ['admin remove acme dana@example.com'],
  }).action(async (tenant: string, email: string, options: unknown) => {
    await operate(invocation, options, async ({ directory, actor }) => {
      await directory.removeAdministrator(tenant, email, actor);
      return {
        json: { tenant, email, removed: true },
        text: (screen) => screen.write(`${email} no longer administers ${tenant}.\n`),
      };
    });
  });
}
