import { Command } from 'commander';
import type { Person } from '../../directory/people.ts';
import type { Invocation } from '../invocation.ts';
import { addUnlessThere, invitationAnswer } from '../invitation-link.ts';
import { operate, operatorCommand } from '../operate.ts';
import { printTable, printTime } from '../print.ts';

export function operatorsCommand(invocation: Invocation): Command {
  const command = new Command('operator');
  invite(command, invocation);
  list(command, invocation);
  remove(command, invocation);
  return command;
}

function invite(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'invite <email>',
    description:
      'Let a person run the service from the console: prints a link that is good once, for 7 days. ' +
      'Adds who is not there yet; for who is, the link sets a new password and takes the second ' +
      'factor away, so it is the way back in.',
    examples: ['operator invite root@example.com'],
  }).action(async (email: string, options: unknown) => {
    await operate(
      invocation,
      options,
      async (operation) => {
        await addUnlessThere(operation, { tenant: undefined, email, role: 'operator' });
        return invitationAnswer(operation, undefined, email);
      },
      { createsData: true },
    );
  });
}

function list(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'list',
    description: 'List who runs the service.',
    examples: ['operator list'],
  }).action(async (options: unknown) => {
    await operate(invocation, options, async ({ directory }) => {
      const operators = await directory.people(undefined);
      const headings = ['E-MAIL', 'PASSWORD', 'SECOND FACTOR', 'LAST SIGN-IN', 'SINCE'];
      return {
        json: operators,
        text: (screen) => printTable(screen, headings, operators.map(operatorRow)),
      };
    });
  });
}

function operatorRow(person: Person): readonly string[] {
  const { email, hasPassword, isInvited, hasTotp, lastSignInMs, createdAtMs } = person;
  const password = hasPassword ? 'yes' : isInvited ? 'invited' : 'no';
  return [email, password, hasTotp ? 'yes' : 'no', printTime(lastSignInMs), printTime(createdAtMs)];
}

function remove(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'remove <email>',
    description: 'Remove an operator; ends the sessions too.',
    examples: ['operator remove root@example.com'],
  }).action(async (email: string, options: unknown) => {
    await operate(invocation, options, async ({ directory, actor }) => {
      await directory.removePerson(undefined, email, actor);
      return {
        json: { email, removed: true },
        text: (screen) => screen.write(`${email} no longer runs the service.\n`),
      };
    });
  });
}
