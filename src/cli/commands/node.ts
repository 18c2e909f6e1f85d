import { Command } from 'commander';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { LeaseStore } from '../../store/lease-store.ts';
import type { EventStore } from '../../store/event-store.ts';
import { confirm } from '../confirm.ts';
import { locateData, withDataOptions } from '../data-location.ts';
import type { Invocation } from '../invocation.ts';
import { forgetNode, isAlive, nodeHomes, type NodeHome } from '../node/forget-node.ts';
import { openDataStore } from '../open-data.ts';
import { dataOptions, jsonOption, parseOptions, withExamples } from '../options.ts';
import { printCount, printDuration, printJson, printTable } from '../print.ts';
import { HintedError } from '../report-error.ts';

export function nodeCommand(invocation: Invocation): Command {
  const command = new Command('node').description(
    'The nodes that share a PostgreSQL store, and the data directories that file sinks are bound to.',
  );
  addList(command, invocation);
  addForget(command, invocation);
  return command;
}

const listOptions = z.object({ ...dataOptions, ...jsonOption });

function addList(parent: Command, invocation: Invocation): void {
  const command = parent
    .command('list')
    .description('Show every node, and what only its own disk can do.')
    .option('--json', 'answer with JSON')
    .action(async (options: unknown) => {
      const { json, ...where } = parseOptions(listOptions, options);
      const { terminal } = invocation;
      await using store = await openDataStore(await locateData(where, terminal));
      const homes = await nodeHomes(shared(store).leases);
      if (json) printJson(terminal.stdout, homes);
      else printTable(terminal.stdout, ['NODE', 'STATE', 'HOME', 'BOUND TO IT'], homes.map(cells));
    });
  withDataOptions(command);
  withExamples(command, ['node list']);
}

function cells({ node, home, silentMs, bound }: NodeHome): readonly string[] {
  const state =
    silentMs === undefined
      ? 'gone'
      : isAlive({ silentMs })
        ? 'alive'
        : `silent for ${printDuration(silentMs)}`;
  return [node ?? '-', state, home, bound.length === 0 ? '-' : boundText(bound)];
}

function boundText(bound: NodeHome['bound']): string {
  const [first] = bound;
  const more = bound.length > 1 ? ` and ${printCount(bound.length - 1)} more` : '';
  return `${first?.name ?? ''} ${first?.stream ?? ''}${more}`;
}

const forgetOptions = z.object({
  published: z.boolean().default(false),
  yes: z.boolean().default(false),
  ...dataOptions,
  ...jsonOption,
});

function addForget(parent: Command, invocation: Invocation): void {
  const command = parent
    .command('forget <name>')
    .description(
      'Let other nodes take over the file sinks of a node that is gone for good, named by its node ' +
        'or its home. Refused while it lives. Whether the watcher there has got the last file of ' +
        'each stream nobody can tell, so its events are written once more; what was published before stays gone with the disk.',
    )
    .option('--published', 'the last files were read: do not write them once more')
    .option('--yes', 'do not ask')
    .option('--json', 'answer with JSON')
    .action(async (name: string, options: unknown) => {
      const { published, yes, json, ...where } = parseOptions(forgetOptions, options);
      const { terminal } = invocation;
      await using store = await openDataStore(await locateData(where, terminal));
      if (!yes) await askFirst(name, terminal);
      const sinks = await forgetNode(shared(store), name, published);
      if (json) {
        printJson(terminal.stdout, { forgotten: name, sinks });
        return;
      }
      terminal.stdout.write(`${name} is forgotten.\n`);
      for (const { sink, stream, again } of sinks) {
        const more = again === undefined ? '' : `, from position ${again.first} on once more`;
        terminal.stdout.write(`sink ${sink} of ${stream} can go on elsewhere${more}\n`);
      }
    });
  withDataOptions(command);
  withExamples(command, [
    'node forget one-71-1c90ef',
    'node forget one-71-1c90ef --published --yes',
  ]);
}

async function askFirst(name: string, terminal: Invocation['terminal']): Promise<void> {
  const answer = await confirm(`Is ${name} gone for good, and its disk too?`, terminal);
  if (answer === 'yes') return;
  throw new HintedError(
    'argument_invalid',
    answer === 'cannot ask'
      ? `forgetting ${name} must be confirmed, and there is no terminal to ask on`
      : `${name} was not forgotten`,
    'repeat the command with --yes to forget it without being asked',
  );
}

/** Throws `argument_invalid` for an embedded store, which one process has to itself. */
function shared(store: EventStore): EventStore & { readonly leases: LeaseStore } {
  const { leases } = store;
  if (leases === undefined) {
    throw new AppError('argument_invalid', 'an embedded store has no nodes: one process uses it');
  }
  return Object.assign(store, { leases });
}
