import { describeBackfill } from '../describe-backfill.ts';
import { printable, printCount, printDuration, printTable, printTime } from '../print.ts';
import type { Screen } from '../terminal.ts';
import type { Outcome, StatusReport } from './status-report.ts';

/** A process writes its status every two seconds. */
const freshMsMax = 10_000;

/** The report as tables. */
export function printStatus(screen: Screen, report: PrintedReport, nowMs: number): void {
  screen.write(`${processLine(report, nowMs)}\n`);
  if (report.sources.length > 0) {
    screen.write('\n');
    printTable(
      screen,
      ['SOURCE', 'STREAM', 'STATE', 'POSITION', 'PULLED', 'LATE', 'LAG', ...outcomeHeadings],
      report.sources.map((source) => [
        source.source,
        source.stream,
        source.state,
        printCount(source.position),
        printCount(source.eventsPulled),
        printCount(source.late),
        source.caughtUp ? 'none' : sourceLag(source.behindMs),
        ...outcomeCells(source, nowMs),
      ]),
    );
    for (const { source, backfill } of report.sources) {
      if (backfill === undefined) continue;
      screen.write(`\n${printable(source)}: backfill ${describeBackfill(backfill)}\n`);
    }
  }
  if (report.sinks.length > 0) {
    screen.write('\n');
    printTable(
      screen,
      ['SINK', 'STREAM', 'STATE', 'POSITION', 'LAG', 'QUARANTINED', ...outcomeHeadings],
      report.sinks.map((sink) => [
        sink.sink,
        sink.stream,
        sink.needsOperator ? `${sink.state}, needs you` : sink.state,
        printCount(sink.position),
        sinkLag(sink.lagEvents, sink.lagMs),
        printCount(sink.quarantined),
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
      info.stream,
      printCount(info.headPosition),
      printTime(info.oldestEventMs),
      printTime(info.newestEventMs),
    ]),
  );
}

/** With `nodes` their signs of life tell how old the report is. */
type PrintedReport = StatusReport & { readonly nodes?: unknown };

function processLine(
  { running, pid, startedAtMs, writtenAtMs, listen, nodes }: PrintedReport,
  nowMs: number,
) {
  if (running) {
    const since = startedAtMs === undefined ? '' : ` for ${printDuration(nowMs - startedAtMs)}`;
    const where = listen === undefined ? '' : `, listening on ${listen}`;
    const ageMs = nodes === undefined && writtenAtMs !== undefined ? nowMs - writtenAtMs : 0;
    const age =
      ageMs > freshMsMax
        ? `\nwarning: this status is ${printDuration(ageMs)} old; the log of the process says why`
        : '';
    return `running${since}${pid === undefined ? '' : `, pid ${pid}`}${where}${age}`;
  }
  if (writtenAtMs === undefined) return 'not running, and never was on this data directory';
  return `not running; last seen ${printTime(writtenAtMs)}`;
}

const outcomeHeadings = ['LAST SUCCESS', 'NEXT TRY', 'LAST ERROR'] as const;

function outcomeCells(worker: Outcome, nowMs: number): readonly string[] {
  const { lastSuccessMs, nextTryMs, lastError } = worker;
  return [
    lastSuccessMs === undefined ? 'never' : `${printDuration(nowMs - lastSuccessMs)} ago`,
    nextTryMs === undefined ? '-' : `in ${printDuration(nextTryMs - nowMs)}`,
    lastError === undefined
      ? '-'
      : `${printDuration(nowMs - lastError.atMs)} ago: ${lastError.code}: ${lastError.message}`,
  ];
}

function sourceLag(behindMs: number | undefined): string {
  return behindMs === undefined ? '?' : printDuration(behindMs);
}

function sinkLag(events: number, ms: number | undefined): string {
  if (events === 0) return 'none';
  return `${printCount(events)} events${ms === undefined ? '' : `, ${printDuration(ms)}`}`;
}
