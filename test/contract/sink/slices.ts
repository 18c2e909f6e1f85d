import type { EncodedEvent, Slice } from '../../../src/sinks/sink.ts';
import type { StreamName } from '../../../src/core/stream.ts';

/** How a receiver wants lines to look. */
export interface LineForm {
  readonly lineOf?: ((text: string) => string) | undefined;
}

export const acme: StreamName = 'acme/insync';
export const globex: StreamName = 'globex/insync';
const startMs = Date.UTC(2026, 10, 21);

/** Events `first` to `last` of a stream, with lines as the receiver wants them. */
export function sliceOf(
  receiver: LineForm,
  first: number,
  last: number,
  stream: StreamName = acme,
): Slice {
  const events = Array.from({ length: last - first + 1 }, (_, index) =>
    eventAt(first + index, lineAt(receiver, first + index, stream)),
  );
  return sliceFrom(events, stream);
}

/** A slice of these events. */
export function sliceFrom(events: readonly EncodedEvent[], stream: StreamName = acme): Slice {
  const first = events.at(0);
  const gaps = events.flatMap(({ gap, position }) =>
    gap ? [[gap.firstPosition, position] as const] : [],
  );
  return {
    stream,
    firstPosition: first?.gap?.firstPosition ?? first?.position ?? 1,
    lastPosition: events.at(-1)?.position ?? 0,
    eventCount: events.length - gaps.length,
    gaps,
    sizeBytes: events.reduce((sum, { line }) => sum + Buffer.byteLength(line) + 1, 0),
    newestEventMs: events.findLast(({ gap }) => !gap)?.occurredAtMs,
    events,
  };
}

export function eventAt(position: number, line: string): EncodedEvent {
  const occurredAtMs = startMs + position;
  return { position, id: `e-${position}`, occurredAtMs, type: 'Backup', severity: 5, line };
}

/** The line of an event; each is another one. */
export function lineAt(receiver: LineForm, position: number, stream = acme): string {
  const names = ['Ana Lopez', 'Zoë Faßbender', '山田 太郎', 'Ольга 🙂'];
  return lineFor(receiver, `${stream} ${position} ${names[position % 4]} a=1|b\\c "d"`);
}

export function lineFor({ lineOf = (text) => text }: LineForm, text: string): string {
  return lineOf(text);
}

export function linesOf(...slices: readonly Slice[]): readonly string[] {
  return slices.flatMap(({ events }) => events.map(({ line }) => line));
}

/** Lets whatever is under way get on: some turns of the event loop, I/O included. */
export async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
}

/** Every line once, where it stood first. */
export function withoutRepeats(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)];
}

/** Of a promise, without waiting for it. */
export function settlement(work: Promise<unknown>): { settled: boolean } {
  const state = { settled: false };
  const settle = () => void (state.settled = true);
  work.then(settle, settle);
  return state;
}
