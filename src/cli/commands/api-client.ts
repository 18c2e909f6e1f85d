import { Command } from 'commander';
import { z } from 'zod';
import type { Invocation } from '../invocation.ts';
import { operate, operatorCommand } from '../operate.ts';
import { parseOptions } from '../options.ts';
import { printFields, printTable, printTime } from '../print.ts';

const createOptions = z.object({ name: z.string().min(1, 'a name').default('api client') });

export function apiClientCommand(invocation: Invocation): Command {
  const command = new Command('api-client');
  create(command, invocation);
  list(command, invocation);
  revoke(command, invocation);
  return command;
}

function create(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'create <tenant>',
    description: 'Create OAuth client credentials for Events API v2 and print them, this once.',
    examples: ['api-client create acme --name "Splunk heavy forwarder"'],
  })
    .option('--name <text>', 'what it is for')
    .action(async (tenant: string, options: unknown) => {
      const { name } = parseOptions(createOptions, options);
      await operate(invocation, options, async ({ directory, actor }) => {
        const { secret, ...client } = await directory.createApiClient(tenant, name, actor);
        return {
          json: { ...client, clientSecret: secret.reveal() },
          text: (screen) =>
            printFields(screen, {
              'client id': client.clientId,
              'client secret': secret.reveal(),
              name: client.name,
              note: 'the secret is shown only now',
            }),
        };
      });
    });
}

function list(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'list <tenant>',
    description: "List a tenant's OAuth clients, without their secrets.",
    examples: ['api-client list acme'],
  }).action(async (tenant: string, options: unknown) => {
    await operate(invocation, options, async ({ directory }) => {
      const clients = await directory.apiClients(tenant);
      const rows = clients.map(({ clientId, name, createdAtMs }) => [
        clientId,
        name,
        printTime(createdAtMs),
      ]);
      return {
        json: clients,
        text: (screen) => printTable(screen, ['CLIENT ID', 'NAME', 'CREATED'], rows),
      };
    });
  });
}

function revoke(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'revoke <tenant> <client-id>',
    description: 'End an OAuth client and its access tokens at once.',
    examples: ['api-client revoke acme CLIENT_ID'],
  }).action(async (tenant: string, clientId: string, options: unknown) => {
    await operate(invocation, options, async ({ directory, actor }) => {
      await directory.revokeApiClient(tenant, clientId, actor);
      return {
        json: { tenant, clientId, revoked: true },
        text: (screen) => screen.write(`The client ${clientId} is revoked.\n`),
      };
    });
  });
}
