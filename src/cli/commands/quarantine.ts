import { Command } from 'commander';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { quarantinedPages, type QuarantineChoice } from '../../pipeline/retry-quarantined.ts';
import type { EventStore, QuarantinedEvent } from '../../store/event-store.ts';
import { recordActs } from '../audit-act.ts';
import { confirm } from '../confirm.ts';
import { locateData, withDataOptions } from '../data-location.ts';
import type { Invocation } from '../invocation.ts';
import { openDataStore } from '../open-data.ts';
import { dataOptions, jsonOption, parseOptions, wholeNumber, withExamples } from '../options.ts';
import { printCount, printFields, printJson, printSize, printTable, printTime } from '../print.ts';
import { HintedError } from '../report-error.ts';
import type { Terminal } from '../terminal.ts';
import { actsOn, choiceOptions, choiceOf, withChoice } from './quarantine-choice.ts';
import { addQuarantineRetry } from './quarantine-retry.ts';

const listedByDefault = 50;
const reasonShown = 60;

export function quarantineCommand(invocation: Invocation): Command {
  const command = new Command('quarantine').description(
    'Events that a receiver refused for good: they wait here while the rest flows on.',
  );
  addList(command, invocation);
  addShow(command, invocation);
  addQuarantineRetry(command, invocation);
  addDrop(command, invocation);
  return command;
}

const listOptions = z.object({
  limit: wholeNumber(1, 10_000).default(listedByDefault),
  ...dataOptions,
  ...jsonOption,
});

function addList(parent: Command, invocation: Invocation): void {
  const command = parent
    .command('list [sink]')
    .description('Show what is in the quarantine: of every sink how much, of one sink the events.')
    .option('--limit <number>', `how many events of a sink (default: ${listedByDefault})`)
    .option('--json', 'answer with JSON')
    .action(async (sink: string | undefined, options: unknown) => {
      const { limit, json, ...where } = parseOptions(listOptions, options);
      await using store = await openDataStore(await locateData(where, invocation.terminal));
      const { stdout } = invocation.terminal;
      if (sink === undefined) await listQuarantines(store, json, stdout);
      else await listEvents(store, { sink, limit, json }, stdout);
    });
  withDataOptions(command);
  withExamples(command, ['quarantine list', 'quarantine list splunk --limit 500 --json']);
}

type Screen = Terminal['stdout'];

async function listQuarantines(store: EventStore, json: boolean, screen: Screen): Promise<void> {
  const quarantines = await store.quarantines();
  if (json) printJson(screen, quarantines);
  else if (quarantines.length === 0) screen.write('The quarantine is empty.\n');
  else {
    const rows = quarantines.map(({ sink, stream, events, bytes }) => [
      sink,
      stream,
      printCount(events),
      printSize(bytes),
    ]);
    printTable(screen, ['SINK', 'STREAM', 'EVENTS', 'SIZE'], rows);
  }
}

async function listEvents(
  store: EventStore,
  { sink, limit, json }: { readonly sink: string; readonly limit: number; readonly json: boolean },
  screen: Screen,
): Promise<void> {
  const events = await store.quarantined(sink, undefined, limit);
  if (json) {
    printJson(screen, events);
    return;
  }
  const rows = events.map(({ stream, position, refusedAtMs, type, reason }) => [
    stream,
    String(position),
    printTime(refusedAtMs),
    type,
    reason.length > reasonShown ? `${reason.slice(0, reasonShown)}…` : reason,
  ]);
  printTable(screen, ['STREAM', 'POSITION', 'REFUSED', 'TYPE', 'REASON'], rows);
  const held = (await store.quarantines()).filter((quarantine) => quarantine.sink === sink);
  const more = held.reduce((sum, quarantine) => sum + quarantine.events, 0) - events.length;
  if (more > 0) screen.write(`and ${printCount(more)} more\n`);
}

const showOptions = z.object({ ...dataOptions, ...jsonOption });

function addShow(parent: Command, invocation: Invocation): void {
  const command = parent
    .command('show <sink> <stream> <position>')
    .description('Show one event as it was sent, and why it was refused.')
    .option('--json', 'answer with JSON')
    .action(async (sink: string, stream: string, position: string, options: unknown) => {
      const { json, ...where } = parseOptions(showOptions, options);
      const { terminal } = invocation;
      await using store = await openDataStore(await locateData(where, terminal));
      const event = await find(store, sink, choiceOf({ stream, position }));
      if (json) printJson(terminal.stdout, event);
      else printEvent(terminal.stdout, event);
    });
  withDataOptions(command);
  withExamples(command, ['quarantine show splunk acme/insync 1203']);
}

async function find(
  store: EventStore,
  sink: string,
  choice: QuarantineChoice,
): Promise<QuarantinedEvent> {
  for await (const [event] of quarantinedPages(store, sink, choice)) if (event) return event;
  const where = `${choice.stream} ${choice.position}`;
  throw new AppError('not_found', `the quarantine of ${sink} does not hold ${where}`);
}

function printEvent(screen: Screen, event: QuarantinedEvent): void {
  printFields(screen, {
    sink: event.sink,
    stream: event.stream,
    position: String(event.position),
    id: event.id,
    occurred: printTime(event.occurredAtMs),
    type: event.type,
    severity: String(event.severity),
    refused: printTime(event.refusedAtMs),
    reason: event.reason,
    line: event.line,
  });
}

const dropOptions = z.object({
  yes: z.boolean().default(false),
  ...choiceOptions,
  ...dataOptions,
  ...jsonOption,
});

function addDrop(parent: Command, invocation: Invocation): void {
  const command = parent
    .command('drop <sink>')
    .description(
      'Throw events out of the quarantine. They stay in the event store until retention ends, from ' +
        'where `tailrace replay` can send them again.',
    )
    .option('--yes', 'do not ask')
    .option('--json', 'answer with JSON')
    .action(async (sink: string, options: unknown) => {
      const { yes, json, dataDirectory, config, ...rest } = parseOptions(dropOptions, options);
      const { terminal } = invocation;
      const choice = choiceOf(rest);
      const location = await locateData({ dataDirectory, config }, terminal);
      await using store = await openDataStore(location);
      if (!yes) await askFirst(sink, choice, terminal);
      const action = 'dropped events from the quarantine';
      await recordActs(await actsOn(store, sink, choice, action), location, terminal);
      const dropped = await drop(store, sink, choice);
      if (json) printJson(terminal.stdout, { sink, ...choice, dropped });
      else terminal.stdout.write(`${printCount(dropped)} events of ${sink} are dropped.\n`);
    });
  withChoice(command);
  withDataOptions(command);
  withExamples(command, [
    'quarantine drop splunk --stream acme/insync --position 1203',
    'quarantine drop splunk --yes',
  ]);
}

async function askFirst(
  sink: string,
  { stream, position }: QuarantineChoice,
  terminal: Terminal,
): Promise<void> {
  const what = stream === undefined ? 'everything' : `${stream} ${position ?? ''}`.trim();
  const answer = await confirm(`Drop ${what} from the quarantine of ${sink}?`, terminal);
  if (answer === 'yes') return;
  throw new HintedError(
    'argument_invalid',
    answer === 'cannot ask'
      ? 'dropping must be confirmed, and there is no terminal to ask on'
      : 'nothing was dropped',
    'repeat the command with --yes to drop without being asked',
  );
}

async function drop(store: EventStore, sink: string, choice: QuarantineChoice): Promise<number> {
  let dropped = 0;
  for await (const page of quarantinedPages(store, sink, choice)) {
    for (const { stream, position } of page) {
      dropped += await store.removeQuarantined(sink, stream, [position]);
    }
  }
  return dropped;
}
