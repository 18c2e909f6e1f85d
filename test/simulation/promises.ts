import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AppError } from '../../src/core/errors.ts';
import { parseStoredEvent } from '../../src/core/event.ts';
import { gapEventType } from '../../src/feeds/gap-record.ts';
import { verifyDirectory } from '../../src/pipeline/verify.ts';
import { type Collector, watchedDirectory } from './collector.ts';
import type { World } from './machine.ts';
import type { Memory } from './memory.ts';
import { numberIn, type Product } from './product.ts';
import type { Setting } from './settings.ts';
import type { Watcher } from './watcher.ts';

export type Memories = Readonly<Record<'service' | 'collector', Memory>>;

export interface Outcome {
  readonly world: World;
  readonly setting: Setting;
  readonly memories: Memories;
  readonly collector: Collector;
  readonly product: Product;
  readonly watcher: Watcher;
}

/** What of docs/SPEC.md a run has broken, by the promise's number; empty when everything was kept. */
export async function brokenPromises(outcome: Outcome): Promise<readonly string[]> {
  const { setting, memories, product } = outcome;
  const { service, collector } = memories;
  const atService = numbersOf(service.everyLine());
  const atCollector = numbersOf(collector.everyLine());
  const excused = new Set(numbersOf(service.forgotten));
  return [
    ...differences('1: the service has not what it acknowledged', product.acknowledged, atService),
    ...holes('2: positions at the service', service),
    ...holes('2: positions at the collector', collector),
    ...differences(
      '3: the collector has not what the service has',
      atService,
      atCollector,
      excused,
    ),
    ...(setting.keepsOrder ? disorder(atService, atCollector, excused) : []),
    ...gaps(outcome, atService, atCollector),
    ...(await brokenByFiles(outcome)),
  ];
}

/** Compared as multisets: what is missing, unless it is excused, and what is too many. */
function differences<T extends string | number>(
  what: string,
  expected: readonly T[],
  found: readonly T[],
  excused: ReadonlySet<T> = new Set(),
): readonly string[] {
  const counts = new Map<T, number>();
  for (const item of found) counts.set(item, (counts.get(item) ?? 0) + 1);
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
  { world, setting, memories: { collector } }: Outcome,
  atService: readonly number[],
  atCollector: readonly number[],
): readonly string[] {
  const there = new Set(atCollector);
  const missing = atService.filter((number) => !there.has(number));
  const said = collector.everyLine().filter(isGap);
  if (missing.length > 0 && said.length === 0) return [`6: silently missing: ${missing.join()}`];
  if (missing.length > 0 || said.length === 0) return [];
  const mayErr = world.chaos.injected.some(({ kind }) => kind === 'clock jumps');
  if (setting.seesGapsByTime && mayErr) return [];
  // The service's own events, such as logins, are events too, and may be what is missing.
  return said.some((json) => json.includes('dropped') || json.includes('retention'))
    ? []
    : [`6: a gap is said where none is: ${said[0]?.slice(0, 300)}`];
}

/** Promise 4: each line stored stands in the files once, or it was dropped and a line says so. */
async function brokenByFiles(outcome: Outcome): Promise<readonly string[]> {
  const { memories, collector, watcher } = outcome;
  const lineOf = (json: string) => collector.encode(parseStoredEvent(json));
  const expected = memories.collector.everyLine().map(lineOf);
  const excused = new Set(memories.collector.forgotten.map(lineOf));
  const lines = watcher.lines();
  const isExtra = (line: string) => excused.size > 0 && line.includes('past retention');
  const published = lines.filter((line) => !isExtra(line));
  const lost = differences('4: the lines are not the events stored', expected, published, excused);
  if (collector.disk.hasBrokenItsWord) {
    // Then only this remains: `verify` sees it, unless the files are not there to be looked at.
    if (lost.length === 0 || watcher.takesFiles) return [];
    const seen = await verification(outcome);
    return seen.length > 0 ? [] : [`6: not seen by verify: ${lost.join()}`];
  }
  const there = new Set(published);
  const isMissing = expected.some((line) => !there.has(line));
  const isSilent = isMissing && lines.length === published.length;
  return [
    ...lost,
    ...(isSilent ? ['6: lines that were dropped before delivery are silently missing'] : []),
    ...leftovers(collector),
    ...tailing(outcome, lines),
    ...(await verification(outcome)),
  ];
}

/** What a tailer has read, which power loss may make it read again. */
function tailing({ collector, watcher }: Outcome, lines: readonly string[]): readonly string[] {
  const tailed = watcher.tailedLines();
  if (tailed.length === 0 || collector.disk.powerLosses > 0) return [];
  return differences('4: a tailer has not read each line once', lines, tailed);
}

/** Nothing stays behind in the staging directory. */
export function leftovers({ disk }: Collector): readonly string[] {
  const left = [...disk.files.content().keys()].filter((path) => path.endsWith('.staged'));
  return left.length === 0 ? [] : [`4: left in the staging directory: ${left.join()}`];
}

/** `tailrace verify` over what is left. */
async function verification({ collector, watcher }: Outcome): Promise<readonly string[]> {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-simulated-'));
  try {
    for (const [path, content] of collector.disk.files.content()) {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    const options = { allowTaken: watcher.takesFiles };
    const { signal } = new AbortController();
    const verified = await verifyDirectory(join(root, watchedDirectory), options, signal);
    return verified.problems.map(
      ({ kind, file, expected, found }) =>
        `4: verify: ${kind} in ${file.slice(root.length)}: expected ${expected}, found ${found}`,
    );
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [`4: verify: ${error.message}`];
  } finally {
    rmSync(root, { recursive: true });
  }
}

export function isGap(json: string): boolean {
  return json.includes(`"type":"${gapEventType}"`);
}

export function numbersOf(lines: readonly string[]): readonly number[] {
  return lines.map(numberIn).filter((number) => number !== undefined);
}
