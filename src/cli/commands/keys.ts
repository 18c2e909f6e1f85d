import { Command } from 'commander';
import type { Invocation } from '../invocation.ts';
import { operate, operatorCommand } from '../operate.ts';

export function keysCommand(invocation: Invocation): Command {
  const command = new Command('keys');
  operatorCommand(command, {
    usage: 'rotate',
    description:
      "Make a new master key and wrap every tenant's key anew. Tokens and other credentials stay " +
      'valid; a running service goes on.',
    examples: ['keys rotate', 'keys rotate --data-directory /var/lib/tailrace'],
  }).action(async (options: unknown) => {
    await operate(invocation, options, async ({ directory, actor }) => {
      await directory.rotateMasterKey(actor);
      return {
        json: { rotated: true },
        text: (screen) =>
          screen.write(
            'The master key is new. Keep a copy of it; older backups of the data need the old one.\n',
          ),
      };
    });
  });
  return command;
}
