import { Command } from 'commander';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { Token } from '../../directory/directory.ts';
import type { Invocation } from '../invocation.ts';
import { operate, operatorCommand } from '../operate.ts';
import { parseOptions, wholeNumber } from '../options.ts';
import { printFields, printTime } from '../print.ts';

const createOptions = z.object({ days: wholeNumber(1, 365).default(30) });

export function tokenCommand(invocation: Invocation): Command {
  const command = new Command('token');
  create(command, invocation);
  show(command, invocation);
  revoke(command, invocation);
  return command;
}

function create(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'create <tenant> <email>',
    description: 'Create a token for Events API v1 and print it. The previous one ends.',
    examples: [
      'token create acme dana@example.com',
      'token create acme dana@example.com --days 365 --json',
    ],
  })
    .option('--days <number>', 'days until it expires, 1 to 365 (default: 30)')
    .action(async (tenant: string, email: string, options: unknown) => {
      const { days } = parseOptions(createOptions, options);
      await operate(invocation, options, async ({ directory, actor }) =>
        answer(await directory.createToken(tenant, email, days, actor)),
      );
    });
}

function show(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'show <tenant> <email>',
    description: 'Print the token while it is valid.',
    examples: ['token show acme dana@example.com', 'token show acme dana@example.com --json'],
  }).action(async (tenant: string, email: string, options: unknown) => {
    await operate(invocation, options, async ({ directory, actor }) => {
      const token = await directory.token(tenant, email);
      if (token === undefined) throw new AppError('not_found', `${email} has no token`);
      if (token.value !== undefined) {
        const reading = { action: 'was shown a token', detail: token.email };
        await directory.recordReading(tenant, reading, actor);
      }
      return answer(token);
    });
  });
}

function revoke(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'revoke <tenant> <email>',
    description: 'End the token at once.',
    examples: ['token revoke acme dana@example.com'],
  }).action(async (tenant: string, email: string, options: unknown) => {
    await operate(invocation, options, async ({ directory, actor }) => {
      await directory.revokeToken(tenant, email, actor);
      return {
        json: { tenant, email, revoked: true },
        text: (screen) => screen.write(`The token of ${email} is revoked.\n`),
      };
    });
  });
}

function answer(token: Token) {
  const { email, createdAtMs, expiresAtMs } = token;
  const value = token.value?.reveal();
  return {
    json: { email, createdAtMs, expiresAtMs, valid: value !== undefined, token: value },
    text: (screen: Parameters<typeof printFields>[0]) =>
      printFields(screen, {
        'user name': email,
        token: value ?? 'expired or revoked',
        created: printTime(createdAtMs),
        expires: printTime(expiresAtMs),
      }),
  };
}
