import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AppError } from '../../src/core/errors.ts';
import { parseStoredEvent } from '../../src/core/event.ts';
import { verifyDirectory } from '../../src/pipeline/verify.ts';
import type { FileOutlet } from './file-outlet.ts';
import { differences, type Outcome, withoutRepeats } from './promises.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { watchedDirectory, type Watcher } from './watcher.ts';

/** Promise 4: each line stored stands in the files once, or it was dropped and a line says so. */
export async function brokenByFiles(
  { memories, collector }: Outcome,
  outlet: FileOutlet,
): Promise<readonly string[]> {
  const { disk, watcher, mode } = outlet;
  const lineOf = (json: string) => collector.encode(parseStoredEvent(json));
  const expected = memories.collector.everyLine().map(lineOf);
  const excused = new Set(memories.collector.forgotten.map(lineOf));
  const lines = watcher.lines();
  const isExtra = (line: string) => excused.size > 0 && line.includes('past retention');
  // What the store has forgotten, with its disk, to have delivered comes again, and behind the half
  // line that it may have forgotten to have begun.
  const undelivered = memories.collector.undelivered.map(lineOf);
  const halves = mode === 'append' ? halfLines(lines, undelivered) : [];
  const whole = halves.slice(0, memories.collector.timesBack).reduce(without, lines);
  const withRepeats = whole.filter((line) => !isExtra(line));
  const published = withoutRepeats(expected, withRepeats, undelivered);
  const repeats = withRepeats.length - published.length;
  const lost = differences('4: the lines are not the events stored', expected, published, excused);
  if (disk.hasBrokenItsWord) {
    // Then only this remains: `verify` sees it, unless the files are not there to be looked at.
    if (lost.length === 0 || watcher.takesFiles) return [];
    const seen = await verification(disk, watcher);
    return seen.length > 0 ? [] : [`6: not seen by verify: ${lost.join()}`];
  }
  if (expected.length === 0 && lines.length === 0) return leftovers(disk); // and no manifest
  const there = new Set(published);
  const isMissing = expected.some((line) => !there.has(line));
  const isSilent = isMissing && !lines.some(isExtra);
  return [
    ...lost,
    ...(isSilent ? ['6: lines that were dropped before delivery are silently missing'] : []),
    ...leftovers(disk),
    ...tailing(disk, watcher, lines),
    ...(undelivered.length === 0
      ? await verification(disk, watcher)
      : await verifiedRepeats(repeats, outlet)),
  ];
}

/** The beginnings of lines; power loss may have made a hole of the rest. */
function halfLines(lines: readonly string[], whole: readonly string[]): readonly string[] {
  return lines.filter((line) => {
    const begun = line.replace(/\0.*/, '');
    return line !== '' && !whole.includes(line) && whole.some((it) => it.startsWith(begun));
  });
}

/** `lines` without one that is `line`. */
function without(lines: readonly string[], line: string): readonly string[] {
  const at = lines.indexOf(line);
  return at === -1 ? lines : lines.toSpliced(at, 1);
}

/**
 * What `verify` may find once the store has forgotten a delivery with its disk: that positions were
 * published again, in files that the manifest may not list. It must, if the files are there.
 */
async function verifiedRepeats(
  repeats: number,
  { disk, watcher, mode }: FileOutlet,
): Promise<readonly string[]> {
  const seen = await verification(disk, watcher);
  const isUnseen = repeats > 0 && seen.length === 0 && !watcher.takesFiles;
  return [
    ...(isUnseen ? [`6: not seen by verify: ${repeats} lines came twice`] : []),
    ...(mode === 'publish' ? seen.filter((problem) => !isOfRepeats.test(problem)) : []),
    ...(mode === 'publish' && !watcher.takesFiles ? listedTwice(disk) : []),
  ];
}

const isOfRepeats = /^4: verify: (positions_repeated|file_unknown) /;

function listedTwice(disk: SimulatedDisk): readonly string[] {
  const [manifest = Buffer.alloc(0)] = [...disk.files.content()].flatMap(([path, content]) =>
    path.endsWith('/manifest.jsonl') ? [content] : [],
  );
  const files = [...manifest.toString().matchAll(/"file":"([^"]+)"/g)].map(([, file]) => file);
  const twice = files.filter((file, index) => files.indexOf(file) < index);
  return twice.length === 0 ? [] : [`4: the manifest lists twice: ${twice.join()}`];
}

/** What a tailer has read, which power loss may make it read again. */
function tailing(
  disk: SimulatedDisk,
  watcher: Watcher,
  lines: readonly string[],
): readonly string[] {
  const tailed = watcher.tailedLines();
  if (tailed.length === 0 || disk.powerLosses > 0) return [];
  return differences('4: a tailer has not read each line once', lines, tailed);
}

/** Nothing stays behind in the staging directory. */
export function leftovers(disk: SimulatedDisk): readonly string[] {
  const left = [...disk.files.content().keys()].filter((path) => path.endsWith('.staged'));
  return left.length === 0 ? [] : [`4: left in the staging directory: ${left.join()}`];
}

/** `tailrace verify` over what is left. */
async function verification(disk: SimulatedDisk, watcher: Watcher): Promise<readonly string[]> {
  const root = mkdtempSync(join(tmpdir(), 'tailrace-simulated-'));
  try {
    for (const [path, content] of disk.files.content()) {
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
