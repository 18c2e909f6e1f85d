import type { Command } from 'commander';
import { z } from 'zod';
import type { Directory } from '../../directory/directory.ts';
import { streamsOf } from '../../http/tenant-streams.ts';
import type { EventStore, StreamInfo } from '../../store/event-store.ts';
import { confirm } from '../confirm.ts';
import type { Invocation } from '../invocation.ts';
import { openDataStore } from '../open-data.ts';
import { operate, operatorCommand } from '../operate.ts';
import type { Operation } from '../operate.ts';
import { parseOptions } from '../options.ts';
import { printCount, printFields, printSize } from '../print.ts';
import { HintedError } from '../report-error.ts';

const deleteOptions = z.object({ yes: z.boolean().default(false) });

/** What would go with a tenant. */
interface Belongings {
  readonly streams: readonly StreamInfo[];
  readonly events: number;
  readonly storedBytes: number;
  readonly administrators: number;
  readonly tokens: number;
  readonly apiClients: number;
  readonly ingestKeys: number;
}

export function addTenantDelete(parent: Command, invocation: Invocation): void {
  operatorCommand(parent, {
    usage: 'delete <id>',
    description:
      'Remove a tenant with every event and every secret, after showing what goes. Files that ' +
      'sinks have published stay where they are.',
    examples: ['tenant delete acme', 'tenant delete acme --yes --json'],
  })
    .option('--yes', 'do not ask')
    .action(async (id: string, options: unknown) => {
      const { yes } = parseOptions(deleteOptions, options);
      await operate(invocation, options, async (operation) => {
        await using store = await openDataStore(operation.location);
        const belongings = await belongingsOf(id, operation.directory, store);
        if (!yes) await askFirst(id, belongings, operation);
        await deleteTenant(id, operation, store);
        const { streams, ...counts } = belongings;
        return {
          json: { tenant: id, deleted: true, streams: streams.length, ...counts },
          text: (screen) =>
            screen.write(
              `${id} is deleted, with ${printCount(belongings.events)} events and every secret.\n`,
            ),
        };
      });
    });
}

async function belongingsOf(
  id: string,
  directory: Directory,
  store: EventStore,
): Promise<Belongings> {
  const streams = await streamsOf(id, store);
  const counts = {
    streams,
    events: sum(streams, (info) => info.headPosition - info.firstRetainedPosition + 1),
    storedBytes: sum(streams, (info) => info.storedBytes),
  };
  if (!(await exists(id, directory))) {
    if (streams.length === 0) await directory.tenant(id); // throws not_found
    return { ...counts, administrators: 0, tokens: 0, apiClients: 0, ingestKeys: 0 };
  }
  const administrators = await directory.administrators(id);
  const tokens = await Promise.all(administrators.map(({ email }) => directory.token(id, email)));
  return {
    ...counts,
    administrators: administrators.length,
    tokens: tokens.filter((token) => token?.value !== undefined).length,
    apiClients: (await directory.apiClients(id)).length,
    ingestKeys: (await directory.ingestKeys(id)).length,
  };
}

async function askFirst(
  id: string,
  belongings: Belongings,
  { terminal }: Operation,
): Promise<void> {
  printFields(terminal.stderr, {
    events: printCount(belongings.events),
    stored: printSize(belongings.storedBytes),
    streams: belongings.streams.map(({ stream }) => stream).join(', ') || 'none',
    administrators: String(belongings.administrators),
    'valid tokens': String(belongings.tokens),
    'API clients': String(belongings.apiClients),
    'ingest keys': String(belongings.ingestKeys),
  });
  const answer = await confirm(`Delete ${id} and all of this for good?`, terminal);
  if (answer === 'yes') return;
  throw new HintedError(
    'argument_invalid',
    answer === 'cannot ask'
      ? `deleting ${id} must be confirmed, and there is no terminal to ask on`
      : `${id} was not deleted`,
    'repeat the command with --yes to delete without being asked',
  );
}

/**
 * Credentials go first, and whoever appends asks for them directly before: nothing is appended behind
 * the deletion. Repeatable after a crash, also when only the events are left.
 */
async function deleteTenant(id: string, operation: Operation, store: EventStore): Promise<void> {
  const { directory, actor } = operation;
  if (await exists(id, directory)) {
    await directory.setTenantEnabled(id, false, actor);
    for (const { stream } of await streamsOf(id, store)) await store.deleteStream(stream);
    await directory.deleteTenant(id, actor);
  }
  for (const { stream } of await streamsOf(id, store)) await store.deleteStream(stream);
}

async function exists(id: string, directory: Directory): Promise<boolean> {
  return (await directory.tenants()).some((tenant) => tenant.id === id);
}

function sum<T>(items: readonly T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}
