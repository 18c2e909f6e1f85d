import { AppError } from '../core/errors.ts';
import type { Gap } from '../core/gap.ts';
import type { Position } from '../core/stream.ts';
import type { HttpAnswer } from '../lib/http-client.ts';

/** Positions that another Tailrace has dropped before they were pulled. */
export interface LostRange {
  readonly first: Position;
  readonly last: Position;
  /** Time of the oldest event that is still there; undefined when there is none. */
  readonly untilMs: number | undefined;
}

const pattern = /^first=(?<first>\d{1,15}); last=(?<last>\d{1,15})(?:; until=(?<until>\S+))?$/;

/** What the header `Tailrace-Gap` says. Throws `source_misbehaved` when it cannot be read. */
export function readGapHeader({ headers }: HttpAnswer): LostRange | undefined {
  const text = headers.get('tailrace-gap');
  if (text === null) return undefined;
  const { first, last, until } = pattern.exec(text)?.groups ?? {};
  if (first === undefined || last === undefined) {
    const shown = JSON.stringify(text.slice(0, 80));
    throw new AppError('source_misbehaved', `the answer's Tailrace-Gap is ${shown}`);
  }
  const untilMs = until === undefined ? Number.NaN : Date.parse(until);
  return {
    first: Number(first),
    last: Number(last),
    untilMs: Number.isNaN(untilMs) ? undefined : untilMs,
  };
}

/** `heldMs`: time of the newest event that was pulled. */
export function gapOfLost(lost: LostRange, heldMs: number | undefined): Gap {
  const count = lost.last - lost.first + 1;
  const reason = 'The source dropped them, past their retention, before they were pulled.';
  return { fromMs: heldMs, untilMs: lost.untilMs, count, reason };
}
