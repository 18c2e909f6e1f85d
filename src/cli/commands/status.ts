import { Command } from 'commander';
import { z } from 'zod';
import type { EventStore } from '../../store/event-store.ts';
import { locateData, withDataOptions } from '../data-location.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { openDataStore } from '../open-data.ts';
import { dataOptions, jsonOption, parseOptions, withExamples } from '../options.ts';
import { printCount, printDuration, printJson, printTable, printTime } from '../print.ts';
import { isDataDirectoryLocked } from '../service/data-lock.ts';
import { readStatus } from '../service/status-file.ts';
import type { RecordedStatus } from '../service/status-file.ts';
import { systemClock } from '../system-clock.ts';
import type { Screen } from '../terminal.ts';

const statusOptions = z.object({ ...dataOptions, ...jsonOption });

export function statusCommand(invocation: Invocation): Command {
  const command = new Command('status')
    .description(
      'Show every source and sink: position, lag, last success, last error, next try. Ends with ' +
        `code ${exitCodes.stopped.code} when no process runs on the data directory.`,
    )
    .option('--json', 'answer with JSON')
    .action(async (options: unknown) => {
      const { json, ...where } = parseOptions(statusOptions, options);
      const { terminal } = invocation;
      const location = await locateData(where, terminal);
      const running = isDataDirectoryLocked(location.directory);
      await using store = await openDataStore(location);
      const report = await reportOf(store, await readStatus(location.directory), running);
      if (!running) invocation.exitCode = exitCodes.stopped.code;
      if (json) printJson(terminal.stdout, report);
      else printReport(terminal.stdout, report);
    });
  withDataOptions(command);
  return withExamples(command, ['status', 'status --data-directory /var/lib/tailrace --json']);
}

type Report = Awaited<ReturnType<typeof reportOf>>;

/** What the process wrote, put right by what the store says now. */
async function reportOf(
  store: EventStore,
  recorded: RecordedStatus | undefined,
  running: boolean,
) {
  const streams = await store.streams();
  const heads = new Map(streams.map((info) => [info.stream, info]));
  const reported = new Map(recorded?.sinks.map((sink) => [`${sink.name} ${sink.stream}`, sink]));
  const deliveries = await store.deliveries();
  const delivered = new Set(deliveries.map(({ sink, stream }) => `${sink} ${stream}`));
  const unstarted = [...reported.values()].filter((s) => !delivered.has(`${s.name} ${s.stream}`));
  const sinks = [
    ...deliveries.map(({ sink, stream, position }) => ({ sink, stream, position })),
    ...unstarted.map(({ name, stream }) => ({ sink: name, stream, position: 0 })),
  ].map(({ sink, stream, position }) => {
    const head = heads.get(stream);
    const worker = reported.get(`${sink} ${stream}`);
    const lagEvents = Math.max(0, (head?.headPosition ?? 0) - position);
    const reachedMs = worker?.newestEventMs;
    const lagMs =
      lagEvents > 0 && reachedMs !== undefined && head?.newestEventMs !== undefined
        ? Math.max(0, head.newestEventMs - reachedMs)
        : undefined;
    return { sink, stream, position, lagEvents, lagMs, ...outcome(worker, running) };
  });
  const sources = (recorded?.sources ?? []).map((source) => ({
    source: source.name,
    stream: source.stream,
    position: heads.get(source.stream)?.headPosition ?? 0,
    eventsPulled: source.eventsPulled,
    duplicates: source.duplicates,
    caughtUp: source.caughtUp,
    newestEventMs: source.newestEventMs,
    ...outcome(source, running),
  }));
  return {
    running,
    pid: running ? recorded?.pid : undefined,
    startedAtMs: recorded?.startedAtMs,
    writtenAtMs: recorded?.writtenAtMs,
    listen: running ? recorded?.listen : undefined,
    sources,
    sinks,
    streams,
  };
}

function outcome(
  worker: RecordedStatus['sources'][number] | RecordedStatus['sinks'][number] | undefined,
  running: boolean,
) {
  return {
    state: running ? (worker?.state ?? 'stopped') : ('stopped' as const),
    lastSuccessMs: worker?.lastSuccessMs,
    lastError: worker?.lastError,
    nextTryMs: running ? worker?.nextTryMs : undefined,
    retries: worker?.retries ?? 0,
    gaps: worker?.gaps ?? 0,
  };
}

function printReport(screen: Screen, report: Report): void {
  const nowMs = systemClock.nowMs();
  screen.write(`${processLine(report, nowMs)}\n`);
  if (report.sources.length > 0) {
    screen.write('\n');
    printTable(
      screen,
      ['SOURCE', 'STREAM', 'STATE', 'POSITION', 'PULLED', 'LAG', ...outcomeHeadings],
      report.sources.map((source) => [
        ...[source.source, source.stream, source.state, printCount(source.position)],
        printCount(source.eventsPulled),
        source.caughtUp ? 'none' : sourceLag(source.newestEventMs, nowMs),
        ...outcomeCells(source, nowMs),
      ]),
    );
  }
  if (report.sinks.length > 0) {
    screen.write('\n');
    printTable(
      screen,
      ['SINK', 'STREAM', 'STATE', 'POSITION', 'LAG', ...outcomeHeadings],
      report.sinks.map((sink) => [
        ...[sink.sink, sink.stream, sink.state, printCount(sink.position)],
        sinkLag(sink.lagEvents, sink.lagMs),
        ...outcomeCells(sink, nowMs),
      ]),
    );
  }
  if (report.sources.length + report.sinks.length > 0 || report.streams.length === 0) return;
  screen.write('\n');
  printTable(
    screen,
    ['STREAM', 'HEAD', 'OLDEST EVENT', 'NEWEST EVENT'],
    report.streams.map((info) => [
      ...[info.stream, printCount(info.headPosition)],
      ...[printTime(info.oldestEventMs), printTime(info.newestEventMs)],
    ]),
  );
}

function processLine({ running, pid, startedAtMs, writtenAtMs, listen }: Report, nowMs: number) {
  if (running) {
    const since = startedAtMs === undefined ? '' : ` for ${printDuration(nowMs - startedAtMs)}`;
    const where = listen === undefined ? '' : `, listening on ${listen}`;
    return `running${since}${pid === undefined ? '' : `, pid ${pid}`}${where}`;
  }
  if (writtenAtMs === undefined) return 'not running, and never was on this data directory';
  return `not running; last seen ${printTime(writtenAtMs)}`;
}

const outcomeHeadings = ['LAST SUCCESS', 'NEXT TRY', 'LAST ERROR'] as const;

function outcomeCells(worker: ReturnType<typeof outcome>, nowMs: number): readonly string[] {
  const { lastSuccessMs, nextTryMs, lastError } = worker;
  return [
    lastSuccessMs === undefined ? 'never' : `${printDuration(nowMs - lastSuccessMs)} ago`,
    nextTryMs === undefined ? '-' : `in ${printDuration(nextTryMs - nowMs)}`,
    lastError === undefined
      ? '-'
      : `${printDuration(nowMs - lastError.atMs)} ago: ${lastError.code}: ${lastError.message}`,
  ];
}

function sourceLag(newestEventMs: number | undefined, nowMs: number): string {
  return newestEventMs === undefined ? '?' : printDuration(nowMs - newestEventMs);
}

function sinkLag(events: number, ms: number | undefined): string {
  if (events === 0) return 'none';
  return `${printCount(events)} events${ms === undefined ? '' : `, ${printDuration(ms)}`}`;
}
