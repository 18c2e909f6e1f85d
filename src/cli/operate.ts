import type { Command } from 'commander';
import { z } from 'zod';
import type { Actor, Directory } from '../directory/directory.ts';
import { actorAt } from './audit-act.ts';
import { locateData, withDataOptions } from './data-location.ts';
import type { DataLocation } from './data-location.ts';
import type { Invocation } from './invocation.ts';
import { openDataDirectory } from './open-data.ts';
import { dataOptions, jsonOption, parseOptions, withExamples } from './options.ts';
import { printJson } from './print.ts';
import type { Screen, Terminal } from './terminal.ts';

/** What an operator's command works with. */
export interface Operation {
  readonly directory: Directory;
  readonly actor: Actor;
  readonly location: DataLocation;
  readonly terminal: Terminal;
}

/** What it answers: one JSON document, or text for people. */
export interface Answer {
  readonly json: unknown;
  readonly text: (screen: Screen) => void;
}

export interface OperatorCommand {
  /** Name and arguments: `create <id>`. */
  readonly usage: string;
  readonly description: string;
  readonly examples: readonly string[];
}

/** A subcommand on the directory of tenants, with `--json` and the options that say which data. */
export function operatorCommand(parent: Command, parts: OperatorCommand): Command {
  const command = parent.command(parts.usage).description(parts.description);
  withDataOptions(command).option('--json', 'answer with JSON');
  return withExamples(command, parts.examples);
}

/** Opens the directory that the options name, does the work, prints its answer. */
export async function operate(
  invocation: Invocation,
  options: unknown,
  work: (operation: Operation) => Promise<Answer>,
  settings: { readonly createsData?: boolean } = {},
): Promise<void> {
  const { terminal } = invocation;
  const { json, ...where } = parseOptions(z.object({ ...dataOptions, ...jsonOption }), options);
  const location = await locateData(where, terminal, settings.createsData);
  const actor = actorAt(terminal);
  await using directory = await openDataDirectory(location, terminal.environment);
  const answer = await work({ directory, actor, location, terminal });
  if (json) printJson(terminal.stdout, answer.json);
  else answer.text(terminal.stdout);
}
