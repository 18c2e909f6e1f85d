import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { lineCheck } from '../core/manifest.ts';
import { fileSinkOptions } from '../sinks/file/options.ts';
import { createFileSink } from '../sinks/file/sink.ts';
import type { StagedSlice } from '../sinks/sink.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { stagedSlice } from '../testing/staged-slice.ts';
import { describeProblem, verificationFailure, type Problem } from './verification.ts';
import { verifyDirectory, type VerifyOptions } from './verify.ts';

const linesPerFile = 200;
const signal = new AbortController().signal;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tailrace-verify-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('verifyDirectory over published files', () => {
  beforeEach(() => publish('publish', 3));

  it('finds nothing wrong with what was published, and counts it', async () => {
    const { problems, entries, events, bytes, taken } = await verifyDirectory(
      directory,
      {},
      signal,
    );
    assert.deepEqual(problems, []);
    assert.deepEqual([entries, events, taken.entries], [3, 3 * linesPerFile, 0]);
    const sizes = files().map((name) => statSync(join(directory, name)).size);
    assert.equal(
      bytes,
      sizes.reduce((sum, size) => sum + size, 0),
    );
  });

  it('reads no file that a forged manifest names elsewhere', async () => {
    const elsewhere = `${directory}-elsewhere`;
    writeFileSync(elsewhere, 'root:a secret\n');
    try {
      const name = JSON.stringify(`../${basename(elsewhere)}`);
      editManifest((lines) =>
        lines.map((line) => line.replace(/"file":"[^"]*"/, `"file":${name}`)),
      );
      const { problems } = await verifyDirectory(directory, {}, signal);
      assert.ok(problems.length > 0);
      assert.doesNotMatch(problems.map(describeProblem).join('\n'), /a secret/);
    } finally {
      rmSync(elsewhere);
    }
  });

  it('names the line that was altered, with what stands there', async () => {
    edit(1, (lines) => lines.with(41, 'line 242 forged'));
    const problem = await onlyProblem();
    assert.deepEqual([problem.kind, problem.line], ['line_altered', 42]);
    assert.match(
      describeProblem(problem),
      /acme-insync-.*\.cef:42: a line was changed: .*242 forged/,
    );
  });

  it('names a line that is missing, doubled or put in', async () => {
    edit(0, (lines) => lines.toSpliced(9, 1));
    edit(1, (lines) => lines.toSpliced(9, 0, lines[9] ?? ''));
    edit(2, (lines) => lines.toSpliced(9, 0, 'forged'));
    const { problems } = await verifyDirectory(directory, {}, signal);
    const found = problems.map(({ kind, line }) => [kind, line]);
    // A doubled line is named where it stands the second time.
    assert.deepEqual(found, [
      ['line_missing', 10],
      ['line_doubled', 11],
      ['line_added', 10],
    ]);
  });

  it('names lines that changed places, and a file that was cut', async () => {
    edit(0, (lines) => lines.with(4, lines[5] ?? '').with(5, lines[4] ?? ''));
    truncateSync(pathOf(1), statSync(pathOf(1)).size - 3);
    edit(2, (lines) => lines.slice(0, 150));
    const { problems } = await verifyDirectory(directory, {}, signal);
    const found = problems.map(({ kind, line }) => [kind, line]);
    const expected = [
      ['lines_reordered', 5],
      ['file_truncated', 200],
      ['file_truncated', 151],
    ];
    assert.deepEqual(found, expected);
  });

  it('tells that a file was altered even where the line checks agree', async () => {
    const content = readFileSync(pathOf(0));
    const entry: Record<string, unknown> = JSON.parse(manifestLines()[0] ?? '');
    writeFileSync(pathOf(0), Buffer.concat([content.subarray(0, -1), Buffer.from('\r\n')]));
    editManifest((lines) => {
      const checks = Buffer.from(String(entry['lineChecks']), 'base64');
      checks[linesPerFile - 1] = lastLineCheck(readFileSync(pathOf(0)));
      const lineChecks = checks.toString('base64');
      return lines.with(0, JSON.stringify({ ...entry, lineChecks }));
    });
    const kinds = await problemKindsFound();
    assert.deepEqual(kinds, ['content_altered', 'entry_detached']);
  });

  it('names a file that is missing, unless the watcher may have taken it', async () => {
    const name = files()[1] ?? '';
    rmSync(join(directory, name));
    const problem = await onlyProblem();
    assert.deepEqual([problem.kind, problem.file], ['file_missing', join(directory, name)]);
    const allowed = await verifyDirectory(directory, { allowTaken: true }, signal);
    assert.deepEqual(allowed.problems, []);
    assert.deepEqual(allowed.taken, { entries: 1, events: linesPerFile, files: [name] });
  });

  it('names a file that was not published, and no other things lying there', async () => {
    copyFileSync(pathOf(0), join(directory, 'copy.cef'));
    writeFileSync(join(directory, 'README.txt'), 'hello');
    writeFileSync(join(directory, '.hidden.cef'), 'hello');
    const problem = await onlyProblem();
    assert.deepEqual([problem.kind, problem.file], ['file_unknown', join(directory, 'copy.cef')]);
  });

  it('names a file under a name of its own as missing and unknown', async () => {
    renameSync(pathOf(0), join(directory, 'renamed.cef'));
    assert.deepEqual(await problemKindsFound(), ['file_missing', 'file_unknown']);
  });

  it('notices an entry that was removed, doubled, moved or altered', async () => {
    const original = readFileSync(manifestPath());
    const edits: [(lines: string[]) => string[], string[]][] = [
      [(lines) => lines.toSpliced(1, 1), ['entry_detached', 'positions_missing', 'file_unknown']],
      [(lines) => lines.toSpliced(1, 0, lines[0] ?? ''), ['entry_detached', 'positions_repeated']],
      [
        ([first = '', second = '', third = '']) => [first, third, second],
        ['entry_detached', 'positions_missing', 'entry_detached', 'positions_repeated'],
      ],
      [
        (lines) => lines.with(1, (lines[1] ?? '').replace('"events":200', '"events":201')),
        ['entry_invalid', 'entry_detached'],
      ],
      [(lines) => lines.slice(0, 2), ['file_unknown']],
      [
        (lines) => lines.with(1, '{}'),
        ['entry_invalid', 'positions_missing', 'entry_detached', 'file_unknown'],
      ],
    ];
    for (const [change, kinds] of edits) {
      writeFileSync(manifestPath(), original);
      editManifest(change);
      assert.deepEqual((await problemKindsFound()).toSorted(), kinds.toSorted(), String(change));
    }
  });

  it('notices a manifest that ends within an entry', async () => {
    appendFileSync(manifestPath(), '{"file":"acme');
    const problem = await onlyProblem();
    assert.deepEqual([problem.kind, problem.line], ['manifest_torn', 4]);
  });

  it('says how far it is', async () => {
    const seen: number[] = [];
    await verifyDirectory(directory, { onProgress: ({ events }) => seen.push(events) }, signal);
    assert.deepEqual(seen, [200, 400, 600]);
  });

  it('stops when it is told to', async () => {
    const over = new AbortController();
    const options = { onProgress: () => over.abort() };
    await assert.rejects(verifyDirectory(directory, options, over.signal), { name: 'AbortError' });
  });

  it('gives its problems as one error', async () => {
    rmSync(pathOf(0));
    rmSync(pathOf(0));
    const failure = verificationFailure(await verifyDirectory(directory, {}, signal));
    assert.equal(failure?.code, 'verification_failed');
    assert.match(
      failure.message,
      /acme-insync-\S+: a published file is not there.*\(and 1 more\)$/,
    );
  });
});

describe('verifyDirectory over a file that is appended to', () => {
  beforeEach(() => publish('append', 3));

  it('finds nothing wrong with what was appended', async () => {
    const { problems, entries, events } = await verifyDirectory(directory, {}, signal);
    assert.deepEqual(problems, []);
    assert.deepEqual([entries, events], [3, 3 * linesPerFile]);
    assert.equal(files().length, 1);
  });

  it('counts lines from the beginning of the file', async () => {
    edit(0, (lines) => lines.with(411, lines[411]?.replace('line', 'lime') ?? ''));
    const problem = await onlyProblem();
    assert.deepEqual([problem.kind, problem.line], ['line_altered', 412]);
  });

  it('notices lines behind the last part', async () => {
    appendFileSync(pathOf(0), 'forged\n');
    assert.equal((await onlyProblem()).kind, 'line_added');
  });
});

describe('verifyDirectory', () => {
  it('accepts a gap that says how many events it stands for', async () => {
    const slice = stagedSlice('acme/insync', 1, ['gap', 'line 51']);
    const gaps = [[1, 50]] as const;
    await publishSlices('publish', [{ ...slice, lastPosition: 51, eventCount: 1, gaps }]);
    const found = await verifyDirectory(directory, {}, signal);
    assert.deepEqual(found.problems, []);
    assert.deepEqual([found.events, found.gaps, found.lostEvents], [1, 1, 50]);
  });

  it('refuses a directory without a manifest, or none at all', async () => {
    const missing = join(directory, 'missing');
    await assert.rejects(verifyDirectory(directory, {}, signal), { code: 'not_found' });
    await assert.rejects(verifyDirectory(missing, {}, signal), { code: 'not_found' });
    const manifests = [join(directory, 'manifest.jsonl')];
    await assert.rejects(verifyDirectory(directory, { manifests }, signal), { code: 'not_found' });
  });
});

async function publish(mode: 'publish' | 'append', fileCount: number): Promise<void> {
  const slices = Array.from({ length: fileCount }, (_, index) => {
    const firstPosition = index * linesPerFile + 1;
    const lines = Array.from(
      { length: linesPerFile },
      (__, line) => `line ${firstPosition + line} – ü`,
    );
    return stagedSlice('acme/insync', firstPosition, lines);
  });
  await publishSlices(mode, slices);
}

async function publishSlices(
  mode: 'publish' | 'append',
  slices: readonly StagedSlice[],
): Promise<void> {
  const options = fileSinkOptions.parse({ type: 'file', directory, mode });
  const context = {
    clock: new ManualClock(),
    log: pino({ level: 'silent' }),
    readSecret: () => assert.fail(),
  };
  await using sink = createFileSink('siem', options, 'cef', context);
  for (const slice of slices) await sink.publish(await sink.stage(slice, signal));
}

async function onlyProblem(options: VerifyOptions = {}): Promise<Problem> {
  const { problems } = await verifyDirectory(directory, options, signal);
  const [problem] = problems;
  assert.ok(problem && problems.length === 1, problems.map(describeProblem).join('\n'));
  return problem;
}

async function problemKindsFound(): Promise<readonly string[]> {
  const { problems } = await verifyDirectory(directory, {}, signal);
  return problems.map(({ kind }) => kind);
}

function files(): readonly string[] {
  return readdirSync(directory)
    .filter((name) => name.startsWith('acme'))
    .toSorted();
}

function pathOf(index: number): string {
  return join(directory, files()[index] ?? 'none');
}

function manifestPath(): string {
  return join(directory, '.tailrace/siem/manifest.jsonl');
}

function manifestLines(): string[] {
  return readFileSync(manifestPath(), 'utf8').trimEnd().split('\n');
}

function editManifest(change: (lines: string[]) => string[]): void {
  writeFileSync(manifestPath(), `${change(manifestLines()).join('\n')}\n`);
}

function edit(index: number, change: (lines: string[]) => string[]): void {
  const lines = readFileSync(pathOf(index), 'utf8').trimEnd().split('\n');
  writeFileSync(pathOf(index), `${change(lines).join('\n')}\n`);
}

function lastLineCheck(content: Buffer): number {
  const lines = content.toString('latin1').trimEnd().split('\n');
  return lineCheck(Buffer.from(`${lines.at(-1)}\r`, 'latin1'));
}
