import { basename, resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { streamName } from '../../core/stream.ts';
import { appTranaSeveritiesSchema } from '../../feeds/apptrana-catalogue.ts';
import { appTrana, appTranaFeed } from '../../feeds/apptrana.ts';
import { feedNamed } from '../../feeds/feeds.ts';
import { isExported } from '../../http/export-access.ts';
import { locateData, withDataOptions } from '../data-location.ts';
import { exitCodes } from '../exit-codes.ts';
import { importEvents } from '../import/import-events.ts';
import type { Imported } from '../import/import-events.ts';
import type { Invocation } from '../invocation.ts';
import { openDataDirectory, openDataStore } from '../open-data.ts';
import { dataOptions, jsonOption, parseOptions, withExamples } from '../options.ts';
import { printCount, printJson } from '../print.ts';
import { showProgress } from '../progress.ts';
import { untilInterrupted } from '../until-interrupted.ts';

const importOptions = z.object({
  tenant: z.string(),
  feed: z.string().default('insync'),
  severities: z
    .string()
    .regex(/^(?:10|\d)(?:,(?:10|\d)){7}$/, 'eight numbers from 0 to 10 with commas between them')
    .transform((text) => appTranaSeveritiesSchema.parse(text.split(',').map(Number)))
    .optional(),
  ...dataOptions,
  ...jsonOption,
});

export function importCommand(invocation: Invocation): Command {
  const command = new Command('import')
    .argument(
      '<file>',
      "NDJSON, one event per line as the vendor writes it; '-' for standard input",
    )
    .description(
      'Append events to a stream. May be interrupted and repeated: what is stored already is left ' +
        'out, and a file is taken up where it was left.',
    )
    .requiredOption('--tenant <id>', 'tenant whose events these are')
    .option('--feed <name>', 'which product wrote them (default: insync)')
    .option(
      '--severities <numbers>',
      "attacks: what the vendor's severities 0 to 7 are on the scale of 0 to 10, " +
        "eight numbers (default: the configuration's `severities`, then 10,10,9,7,5,3,2,1)",
    )
    .option('--json', 'answer with JSON')
    .action(async (file: string, options: unknown) => {
      await importFile(file, parseOptions(importOptions, options), invocation);
    });
  withDataOptions(command);
  return withExamples(command, [
    'import events.ndjson --tenant acme',
    'import - --tenant acme < events.ndjson',
  ]);
}

async function importFile(
  file: string,
  { tenant, feed: feedName, severities, json, ...where }: z.output<typeof importOptions>,
  invocation: Invocation,
): Promise<void> {
  const { terminal } = invocation;
  const stream = streamName(tenant, feedName);
  const known = feedNamed(feedName);
  const location = await locateData(where, terminal);
  const scale = severities ?? location.severitiesOf?.(stream);
  const feed = known === appTrana ? appTranaFeed(scale && { severities: scale }) : known;
  await using directory = await openDataDirectory(location, terminal.environment);
  await directory.tenant(tenant);
  const settings = await directory.exportSettings(tenant);
  await using store = await openDataStore(location);
  using progress = showProgress(`Importing ${basename(file)}`, terminal, json);
  const imported = await untilInterrupted(terminal, (signal) =>
    importEvents(
      {
        store,
        stream,
        feed,
        isRecorded: (category) => isExported(category, settings),
        input: file === '-' ? terminal.stdin : resolve(terminal.workingDirectory, file),
        onProgress: ({ readBytes, totalBytes, lines }) =>
          progress.show(readBytes, totalBytes, `${printCount(lines)} lines`),
      },
      signal,
    ),
  );
  progress.end();
  if (json) printJson(terminal.stdout, { stream, ...imported });
  else terminal.stdout.write(`${describeImport(stream, imported)}\n`);
  if (!imported.interrupted) return;
  const goOn = file === '-' ? goOnOfInput : 'the same command takes up where it was left';
  terminal.stderr.write(`interrupted; ${goOn}\n`);
  invocation.exitCode = exitCodes.interrupted.code;
}

const goOnOfInput = 'give it all of the input again: what is stored already is left out';

function describeImport(stream: string, imported: Imported): string {
  const { appended, duplicates, skipped, lines, resumedAtLine } = imported;
  if (lines === 0 && resumedAtLine > 1) {
    return `nothing new: all ${printCount(resumedAtLine - 1)} lines were imported before`;
  }
  const parts = [`${printCount(appended)} events appended to ${stream}`];
  if (resumedAtLine > 1) parts.push(`taken up at line ${printCount(resumedAtLine)}`);
  if (duplicates > 0) parts.push(`${printCount(duplicates)} were stored already`);
  if (skipped > 0) parts.push(`${printCount(skipped)} are of categories that are not exported`);
  return parts.join('; ');
}
