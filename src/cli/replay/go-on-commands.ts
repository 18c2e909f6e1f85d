import type { ReplayRange } from '../../pipeline/replay.ts';
import type { StreamsReplayed } from './replay-streams.ts';

export interface InterruptedReplay extends Omit<StreamsReplayed, 'interrupted'> {
  readonly config: string | undefined;
  readonly sink: string;
  readonly range: ReplayRange;
  readonly rate: number | undefined;
}

/**
 * The commands that do what an interrupted replay has left, one per stream. Times stand in them as
 * they are: `24h` has moved on by then.
 */
export function goOnCommands(interrupted: InterruptedReplay): readonly string[] {
  const { outcomes, notBegun, range } = interrupted;
  const last = outcomes.at(-1);
  const rest = last && { stream: last.stream, first: Math.max(range.first, last.position + 1) };
  const untouched = notBegun.map((stream) => ({ stream, first: range.first }));
  return [...(rest ? [rest] : []), ...untouched].map(({ stream, first }) =>
    [
      'tailrace replay',
      ...option('config', interrupted.config),
      ...option('sink', interrupted.sink),
      ...option('stream', stream),
      ...option('first', first === 1 && range.window.fromMs > 0 ? undefined : first),
      ...option('last', range.last === Number.MAX_SAFE_INTEGER ? undefined : range.last),
      ...timesOf(range),
      ...option('rate', interrupted.rate),
    ].join(' '),
  );
}

function timesOf({ window: { fromMs, untilMs } }: ReplayRange): readonly string[] {
  const until = untilMs === Number.MAX_SAFE_INTEGER ? undefined : timeText(untilMs);
  return [...option('from', fromMs === 0 ? undefined : timeText(fromMs)), ...option('to', until)];
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

function option(name: string, value: string | number | undefined): readonly string[] {
  return value === undefined ? [] : [`--${name} ${value}`];
}
