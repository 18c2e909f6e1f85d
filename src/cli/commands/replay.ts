import { Command } from 'commander';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { parseStreamName, streamName } from '../../core/stream.ts';
import type { StreamName } from '../../core/stream.ts';
import { recordActs } from '../audit-act.ts';
import type { Act } from '../audit-act.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import {
  assertNotEmpty,
  jsonOption,
  moment,
  parseOptions,
  wholeNumber,
  withExamples,
} from '../options.ts';
import { printCount, printJson, printSize, printTime, printable } from '../print.ts';
import { showProgress } from '../progress.ts';
import { goOnCommands } from '../replay/go-on-commands.ts';
import { replayStreams, type StreamsReplayed } from '../replay/replay-streams.ts';
import { sinkOfConfig } from '../sink-of-config.ts';
import { systemClock } from '../system-clock.ts';
import type { Terminal } from '../terminal.ts';
import { untilInterrupted } from '../until-interrupted.ts';

const position = wholeNumber(1, Number.MAX_SAFE_INTEGER);
const rateText = 'events per second, such as 500 or 500/s';

const replayOptions = z.object({
  config: z.string().optional(),
  sink: z.string(),
  stream: z.string().optional(),
  from: moment(systemClock.nowMs()).optional(),
  to: moment(systemClock.nowMs()).optional(),
  first: position.optional(),
  last: position.optional(),
  rate: z
    .string()
    .regex(/^[1-9]\d{0,6}(?:\/s)?$/, rateText)
    .transform((text) => Number.parseInt(text, 10))
    .optional(),
  dryRun: z.boolean().default(false),
  ...jsonOption,
});
type ReplayOptions = z.output<typeof replayOptions>;

export function replayCommand(invocation: Invocation): Command {
  const command = new Command('replay')
    .description(
      'Send stored events to one sink once more, through its filters. Its delivery goes on beside it ' +
        'and its position does not move. A file sink gets files whose names say `replay`, listed in ' +
        'a manifest of their own, which `tailrace verify` checks too.',
    )
    .option('--config <file>', 'configuration file (env TAILRACE_CONFIG; default: tailrace.yaml)')
    .requiredOption('--sink <name>', 'the sink of the configuration that gets them')
    .option('--stream <name>', 'only this stream (default: every one that the sink gets)')
    .option(
      '--from <time>',
      'events that occurred at or after this time, such as 2026-11-21 or 24h',
    )
    .option('--to <time>', 'events that occurred before this time (default: now)')
    .option('--first <position>', 'with --stream: from this position on')
    .option('--last <position>', 'with --stream: up to this position')
    .option('--rate <number>', `at most so many ${rateText}`)
    .option('--dry-run', 'send nothing, say how much it would be')
    .option('--json', 'answer with JSON')
    .action(async (options: unknown) => {
      await replayEvents(parseOptions(replayOptions, options), invocation);
    });
  return withExamples(command, [
    'replay --sink splunk --from 24h --dry-run',
    'replay --sink splunk --from 2026-11-20 --to 2026-11-21 --rate 500/s',
    'replay --sink files --stream acme/insync --from 30d --first 1203 --last 1300',
  ]);
}

async function replayEvents(options: ReplayOptions, invocation: Invocation): Promise<void> {
  const { terminal } = invocation;
  const { dryRun, json, rate } = options;
  const configured = await sinkOfConfig(options.sink, options.config, terminal);
  const range = rangeOf(options);
  using progress = showProgress(dryRun ? 'Counting' : 'Replaying', terminal, json);
  const replayed = await untilInterrupted(terminal, (signal) =>
    replayStreams(
      {
        ...configured,
        terminal,
        stream: streamOf(options),
        range,
        rate,
        dryRun,
        onStream: (stream, location) => recordActs([replayOf(stream, options)], location, terminal),
        onProgress: ({ read, total, sent }) =>
          progress.show(read, total, `${printCount(sent)} events`),
      },
      signal,
    ),
  );
  progress.end();
  const { outcomes, notBegun, interrupted } = replayed;
  const refused = outcomes.reduce((sum, outcome) => sum + outcome.refused, 0);
  if (refused > 0) invocation.exitCode = exitCodes.failed.code;
  if (interrupted) invocation.exitCode = exitCodes.interrupted.code;
  if (json) {
    const { sink } = options;
    printJson(terminal.stdout, { sink, dryRun, interrupted, streams: outcomes, notBegun });
  } else {
    const { stdout, stderr } = terminal;
    // What a stdout sink writes stays clean.
    const report = configured.sink.type === 'stdout' ? stderr : stdout;
    print(options, replayed, { report, stderr });
    if (!interrupted) return;
    const { config, sink } = options;
    const commands = goOnCommands({ config, sink, range, rate, outcomes, notBegun });
    stderr.write(`interrupted; go on with:\n${commands.map((line) => `  ${line}\n`).join('')}`);
  }
}

/** For the audit trail. */
function replayOf(stream: StreamName, { sink, from, to, first, last }: ReplayOptions): Act {
  const bounds = [
    first === undefined ? '' : ` first ${first}`,
    last === undefined ? '' : ` last ${last}`,
    from === undefined ? '' : ` from ${printTime(from)}`,
    to === undefined ? '' : ` to ${printTime(to)}`,
  ];
  return { stream, action: 'replayed events', detail: `${sink} ${stream}:${bounds.join('')}` };
}

function streamOf({ stream }: ReplayOptions) {
  if (stream === undefined) return undefined;
  const { tenant, feed } = parseStreamName(stream);
  return streamName(tenant, feed);
}

function rangeOf({ stream, from, to, first, last }: ReplayOptions) {
  if (from === undefined && first === undefined) {
    throw new AppError('argument_invalid', 'from when on? Give --from, or --stream with --first');
  }
  if (stream === undefined && (first ?? last) !== undefined) {
    throw new AppError('argument_invalid', '--first and --last need --stream');
  }
  const window = { fromMs: from ?? 0, untilMs: to ?? Number.MAX_SAFE_INTEGER };
  const range = { window, first: first ?? 1, last: last ?? Number.MAX_SAFE_INTEGER };
  assertNotEmpty(range, '--to');
  return range;
}

function print(
  { sink, dryRun }: ReplayOptions,
  { outcomes, notBegun }: StreamsReplayed,
  { report, stderr }: { readonly report: Terminal['stdout']; readonly stderr: Terminal['stderr'] },
): void {
  if (outcomes.length + notBegun.length === 0)
    report.write(`${sink} gets no stream that holds events.\n`);
  for (const { stream, sent, bytes, leftOut, refused, lastReason, retainedFrom } of outcomes) {
    const verb = dryRun ? 'would get' : 'got';
    const size = `${printCount(sent)} events of ${stream} (${printSize(bytes)})`;
    const filtered = leftOut === 0 ? '' : `; its filters left out ${printCount(leftOut)}`;
    report.write(`${sink} ${verb} ${size}${filtered}\n`);
    if (retainedFrom !== undefined) {
      stderr.write(`warning: ${stream} holds events only from ${retainedFrom} on\n`);
    }
    if (refused > 0) {
      const reason = printable(lastReason ?? '');
      stderr.write(
        `error: ${printCount(refused)} of ${stream} were refused, the last: ${reason}\n`,
      );
    }
  }
}
