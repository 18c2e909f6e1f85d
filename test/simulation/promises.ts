import { gapEventType } from '../../src/feeds/gap-record.ts';
import type { AttackWindows } from './attack-windows.ts';
import type { Collector } from './collector.ts';
import type { World } from './machine.ts';
import type { Memory } from './memory.ts';
import type { Outlet } from './outlet.ts';
import { numberIn, type Product } from './product.ts';
import type { Setting } from './settings.ts';

export type Memories = Readonly<Record<'service' | 'collector', Memory>>;

export interface Outcome {
  readonly world: World;
  readonly setting: Setting;
  readonly memories: Memories;
  readonly collector: Collector;
  readonly product: Product;
  readonly outlet: Outlet;
  readonly windows: AttackWindows;
}

/** What of docs/SPEC.md a run has broken, by the promise's number; empty when everything was kept. */
export async function brokenPromises(outcome: Outcome): Promise<readonly string[]> {
  const { setting, memories, product } = outcome;
  const { service, collector } = memories;
  const atService = numbersOf(service.everyLine());
  const atCollector = numbersOf(collector.everyLine());
  const excused = new Set([...numbersOf(service.forgotten), ...lateNumbers(outcome)]);
  const lost = new Set(numbersOf(service.lost));
  // What the service's disk has lost the collector may have from before; and if the product sends it
  // again, it is an event like others, which nobody can tell from a new one. Nor can who starts again
  // for it tell what its own retention has dropped: see docs/decisions/0002-identity-and-repeats.md.
  const repeatable = service.lost.length === 0 ? [] : numbersOf(collector.forgotten);
  const excuses = [...numbersOf(service.lost), ...repeatable];
  const pulled = withoutRepeats(atService, atCollector, excuses);
  const unordered = new Set(excuses);
  const isOrdered = (number: number) => !unordered.has(number);
  return [
    ...differences(
      '1: the service has not what it acknowledged',
      product.acknowledged,
      atService,
      lost,
    ),
    ...holes('2: positions at the service', service),
    ...holes('2: positions at the collector', collector),
    ...differences('3: the collector has not what the service has', atService, pulled, excused),
    ...(setting.keepsOrder
      ? disorder(atService.filter(isOrdered), atCollector.filter(isOrdered), excused)
      : []),
    ...gaps(outcome, atService, atCollector),
    ...(await outcome.outlet.broken(outcome)),
  ];
}

/**
 * What came when it was too late for this source. Everything, where the service's store went back and
 * its retention has dropped events by which a cursor could be seen to be none any more. What retention
 * has dropped, where the collector's store forgot that it had ever pulled: it misses nothing. And what
 * came late to a collector that had dropped all of that time, if it has to start again: retention by
 * age drops only what is older than anything that may still come, but here it drops what is new.
 */
export function lateNumbers({
  setting,
  product,
  windows,
  memories: { service, collector },
}: Outcome): readonly number[] {
  const isBlind = service.lost.length > 0 && service.forgotten.length > 0;
  if (isBlind) return numbersOf(service.everyLine());
  const mayStartAgain = service.lost.length > 0;
  const forgettingsMs = mayStartAgain ? collector.forgettingsMs : [];
  const unknown = [
    ...numbersOf(service.forgottenBy(collector.emptyUntilMs)),
    ...forgettingsMs.flatMap((momentMs) => product.lateAt(momentMs)),
  ];
  return setting.findsLate ? unknown : product.late(windows);
}

/** Compared as multisets: what is missing, unless it is excused, and what is too many. */
export function differences<T extends string | number>(
  what: string,
  expected: readonly T[],
  found: readonly T[],
  excused: ReadonlySet<T> = new Set(),
): readonly string[] {
  const counts = countsOf(found);
  for (const item of expected) counts.set(item, (counts.get(item) ?? 0) - 1);
  const differing = [...counts].filter(
    ([item, count]) => count > 0 || (count < 0 && !excused.has(item)),
  );
  if (differing.length === 0) return [];
  const list = differing
    .slice(0, 5)
    .map(([item, count]) => `${count < 0 ? 'missing' : 'too many'}: ${String(item).slice(0, 160)}`);
  return [`${what} (${differing.length} differ): ${list.join('; ')}`];
}

/** `found` without what is too many by the excuse that it stands in `excuses`, once for each time. */
export function withoutRepeats<T>(
  expected: readonly T[],
  found: readonly T[],
  excuses: readonly T[],
): readonly T[] {
  const wanted = countsOf(expected);
  const excused = countsOf(excuses);
  return found.filter((item) => {
    const count = wanted.get(item) ?? 0;
    if (count > 0) {
      wanted.set(item, count - 1);
      return true;
    }
    const times = excused.get(item) ?? 0;
    excused.set(item, times - 1);
    return times <= 0;
  });
}

/** What stands in a list more than once, as often as it is too many. */
export function repeatsIn<T>(items: readonly T[]): readonly T[] {
  const seen = new Set<T>();
  return items.filter((item) => seen.size === seen.add(item).size);
}

function countsOf<T>(items: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

function holes(what: string, { stream }: Memory): readonly string[] {
  let position = stream?.firstRetainedPosition ?? 1;
  for (const { firstPosition, events } of stream?.segments ?? []) {
    if (firstPosition !== position) return [`${what} have a hole before ${firstPosition}`];
    position += events.length;
  }
  return position === (stream?.headPosition ?? 0) + 1 ? [] : [`${what} end before the head`];
}

function disorder(
  atService: readonly number[],
  atCollector: readonly number[],
  excused: ReadonlySet<number>,
): readonly string[] {
  const there = new Set(atCollector);
  const expected = atService.filter((number) => there.has(number) || !excused.has(number));
  const at = expected.findIndex((number, index) => number !== atCollector[index]);
  if (at === -1) return [];
  return [`2: order: where ${expected[at]} was to come, ${atCollector[at]} came`];
}

/** A gap is said when there is one, and only then, as far as clocks were right. */
function gaps(
  outcome: Outcome,
  atService: readonly number[],
  atCollector: readonly number[],
): readonly string[] {
  const { world, setting, memories } = outcome;
  const { service, collector } = memories;
  const there = new Set(atCollector);
  const late = new Set(lateNumbers(outcome));
  const missing = atService.filter((number) => !there.has(number) && !late.has(number));
  const said = collector.everyLine().filter(isGap);
  if (missing.length > 0 && said.length === 0) return [`6: silently missing: ${missing.join()}`];
  if (missing.length > 0 || said.length === 0) return [];
  const mayErr = world.chaos.injected.some(({ kind }) => kind === 'clock jumps');
  if (setting.seesGapsByTime && (mayErr || service.lost.length > 0)) return [];
  // The service's own events, such as logins, are events too, and may be what is missing.
  return said.some((json) => json.includes('dropped') || json.includes('retention'))
    ? []
    : [`6: a gap is said where none is: ${said[0]?.slice(0, 300)}`];
}

export function isGap(json: string): boolean {
  return json.includes(`"type":"${gapEventType}"`);
}

export function numbersOf(lines: readonly string[]): readonly number[] {
  return lines.map(numberIn).filter((number) => number !== undefined);
}
