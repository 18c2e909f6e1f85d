import { Command } from 'commander';
import { z } from 'zod';
import type { Invocation } from '../invocation.ts';
import { operate, operatorCommand } from '../operate.ts';
import { parseOptions } from '../options.ts';
import { printFields, printTable, printTime } from '../print.ts';

const createOptions = z.object({ name: z.string().min(1, 'a name').default('ingest key') });

export function ingestKeyCommand(invocation: Invocation): Command {
  const command = new Command('ingest-key');
  create(command, invocation);
  list(command, invocation);
  revoke(command, invocation);
  return command;
}

function create(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'create <tenant>',
    description: "Create a key with which the vendor's product appends events; printed this once.",
    examples: ['ingest-key create acme --name "backup cluster 3"'],
  })
    .option('--name <text>', 'what it is for')
    .action(async (tenant: string, options: unknown) => {
      const { name } = parseOptions(createOptions, options);
      await operate(invocation, options, async ({ directory, actor }) => {
        const { key, ...rest } = await directory.createIngestKey(tenant, name, actor);
        return {
          json: { ...rest, key: key.reveal() },
          text: (screen) =>
            printFields(screen, {
              'key id': rest.keyId,
              key: key.reveal(),
              name: rest.name,
              note: 'the key is shown only now',
            }),
        };
      });
    });
}

function list(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'list <tenant>',
    description: "List a tenant's ingest keys by their ids.",
    examples: ['ingest-key list acme'],
  }).action(async (tenant: string, options: unknown) => {
    await operate(invocation, options, async ({ directory }) => {
      const keys = await directory.ingestKeys(tenant);
      const rows = keys.map(({ keyId, name, createdAtMs }) => [
        keyId,
        name,
        printTime(createdAtMs),
      ]);
      return {
        json: keys,
        text: (screen) => printTable(screen, ['KEY ID', 'NAME', 'CREATED'], rows),
      };
    });
  });
}

function revoke(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'revoke <tenant> <key-id>',
    description: 'End an ingest key at once.',
    examples: ['ingest-key revoke acme KEY_ID'],
  }).action(async (tenant: string, keyId: string, options: unknown) => {
    await operate(invocation, options, async ({ directory, actor }) => {
      await directory.revokeIngestKey(tenant, keyId, actor);
      return {
        json: { tenant, keyId, revoked: true },
        text: (screen) => screen.write(`The ingest key ${keyId} is revoked.\n`),
      };
    });
  });
}
