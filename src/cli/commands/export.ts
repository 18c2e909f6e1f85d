import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { z } from 'zod';
import { errorMessage } from '../../core/errors.ts';
import { parseStoredEvent } from '../../core/event.ts';
import { streamName, type StreamName } from '../../core/stream.ts';
import { compileEncoder } from '../../encode/compile-encoder.ts';
import { formats, profiles } from '../../encode/encoder.ts';
import { feedNamed } from '../../feeds/feeds.ts';
import { locateData, withDataOptions } from '../data-location.ts';
import { exportedLines } from '../export/exported-lines.ts';
import type { Lost, Range } from '../export/exported-lines.ts';
import type { Invocation } from '../invocation.ts';
import { openDataDirectory, openDataStore } from '../open-data.ts';
import {
  assertNotEmpty,
  dataOptions,
  jsonOption,
  moment,
  parseOptions,
  wholeNumber,
  withExamples,
} from '../options.ts';
import { printableJson, printCount, printJson, printTime } from '../print.ts';
import { HintedError } from '../report-error.ts';
import { systemClock } from '../system-clock.ts';
import type { Terminal } from '../terminal.ts';
import { untilInterrupted } from '../until-interrupted.ts';

const position = wholeNumber(1, Number.MAX_SAFE_INTEGER);

const exportOptions = z.object({
  tenant: z.string(),
  feed: z.string().default('insync'),
  format: z.enum(formats, `one of ${formats.join(', ')}`).default('json'),
  profile: z.enum(profiles, `one of ${profiles.join(', ')}`).default('vendor'),
  hardened: z.boolean().default(false),
  hostname: z.string().default('cloud.druva.com'),
  facility: wholeNumber(1, 23).optional(),
  jsonNames: z.enum(['v1', 'v2', 'stored'], 'one of v1, v2, stored').default('v2'),
  from: moment(systemClock.nowMs()).optional(),
  until: moment(systemClock.nowMs()).optional(),
  first: position.optional(),
  last: position.optional(),
  output: z.string().optional(),
  ...dataOptions,
  ...jsonOption,
});
type ExportOptions = z.output<typeof exportOptions>;

export function exportCommand(invocation: Invocation): Command {
  const command = new Command('export')
    .description('Write events of a stream, one per line, in any format and range.')
    .requiredOption('--tenant <id>', 'tenant whose events are wanted')
    .option('--feed <name>', 'which product wrote them (default: insync)')
    .option('--format <name>', `${formats.join(', ')} (default: json)`)
    .option('--profile <name>', `${profiles.join(', ')} (default: vendor)`)
    .option('--hardened', 'write = inside CEF values as %3D')
    .option('--hostname <name>', 'HOSTNAME in CEF and Syslog (default: cloud.druva.com)')
    .option('--facility <number>', "Syslog facility, 1 to 23 (default: the tenant's setting)")
    .option('--json-names <form>', 'v1, v2, or stored (default: v2)')
    .option(
      '--from <time>',
      'events that occurred at or after this time, such as 2026-11-21 or 24h',
    )
    .option('--until <time>', 'events that occurred before this time')
    .option('--first <position>', 'from this position on')
    .option('--last <position>', 'up to this position')
    .option('--output <file>', 'a file that does not exist yet (default: standard output)')
    .option('--json', 'with --output: answer with JSON')
    .action(async (options: unknown) => {
      await exportEvents(parseOptions(exportOptions, options), invocation.terminal);
    });
  withDataOptions(command);
  return withExamples(command, [
    'export --tenant acme --format cef > events.cef',
    'export --tenant acme --format syslog --profile strict --from 24h --output day.log',
    'export --tenant acme --first 1000 --last 2000',
  ]);
}

async function exportEvents(options: ExportOptions, terminal: Terminal): Promise<void> {
  const { tenant, output } = options;
  const stream = streamName(tenant, options.feed);
  const feed = feedNamed(options.feed);
  const location = await locateData(options, terminal);
  await using directory = await openDataDirectory(location, terminal.environment);
  await directory.tenant(tenant);
  const { facility } = await directory.exportSettings(tenant);
  const encode = compileEncoder(feed, { ...options, facility: options.facility ?? facility });
  await using store = await openDataStore(location);
  let events = 0;
  // A file gets the bytes as they are; a terminal would obey what is written in them.
  const shown = output === undefined && terminal.stdout.isTTY ? printableJson : String;
  const encodeCounted = (json: string): string => {
    events += 1;
    return shown(encode(parseStoredEvent(json)));
  };
  const onLost = (lost: Lost) =>
    void terminal.stderr.write(`warning: ${described(stream, lost)}\n`);
  const exporting = { store, stream, range: rangeOf(options), encode: encodeCounted, onLost };
  const target = await destination(output, terminal);
  await untilInterrupted(terminal, async (signal) => {
    const isFile = output !== undefined;
    await pipeline(exportedLines(exporting, signal), target, { signal, end: isFile });
  });
  if (output === undefined) return;
  if (options.json) printJson(terminal.stdout, { stream, events, output });
  else terminal.stdout.write(`${printCount(events)} events of ${stream} written to ${output}\n`);
}

function described(stream: StreamName, { first, last, retainedFromMs }: Lost): string {
  const since =
    retainedFromMs === undefined ? 'no events' : `events only from ${printTime(retainedFromMs)} on`;
  const range = `${printCount(first)} to ${printCount(last)}`;
  return `${stream} holds ${since}; positions ${range} are past retention and left out`;
}

function rangeOf({ from, until, first = 1, last = Number.MAX_SAFE_INTEGER }: ExportOptions): Range {
  const window =
    from === undefined && until === undefined
      ? undefined
      : { fromMs: from ?? 0, untilMs: until ?? Number.MAX_SAFE_INTEGER };
  assertNotEmpty({ window, first, last }, '--until');
  return { window, first, last };
}

/** Never overwrites: an existing file may be the only copy of something. */
async function destination(
  output: string | undefined,
  { stdout, workingDirectory }: Terminal,
): Promise<Writable> {
  if (output === undefined) return stdout;
  const path = resolve(workingDirectory, output);
  try {
    const file = await open(path, 'wx', 0o640);
    return file.createWriteStream();
  } catch (error) {
    throw new HintedError(
      'directory_unwritable',
      `${path} cannot be created: ${errorMessage(error)}`,
      'choose another file; an existing one is not overwritten',
    );
  }
}
