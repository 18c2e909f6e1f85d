import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Logger, pino } from 'pino';
import type { StreamName } from '../../core/stream.ts';
import { localDisk, type Disk } from '../../lib/disk.ts';
import { verifyDirectory } from '../../pipeline/verify.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { stagedSlice } from '../../testing/staged-slice.ts';
import type { StagedSlice } from '../sink.ts';
import { fileSinkOptions } from './options.ts';
import { createFileSink } from './sink.ts';

const signal = new AbortController().signal;
const startMs = Date.UTC(2026, 10, 21, 18, 45, 12);
let root: string;
let directory: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tailrace-file-sink-'));
  directory = join(root, 'watched');
  mkdirSync(directory);
});
afterEach(() => rmSync(root, { recursive: true }));

describe('file sink', () => {
  it('names files by stream, time and positions, and gives them their mode', async () => {
    await using sink = newSink({ fileMode: '0604' });
    await sink.publish(await sink.stage(slice(1, 500), signal));
    assert.deepEqual(visible(), ['acme-insync-20261121T184512Z-000000000001-000000000500.cef']);
    assert.equal(statSync(join(directory, visible()[0] ?? '')).mode & 0o777, 0o604);
  });

  it('shows nothing before the intent is committed', async () => {
    await using sink = newSink();
    await sink.stage(slice(1, 3), signal);
    assert.deepEqual(visible(), []);
    assert.equal(staged('siem').length, 1);
  });

  it('discards its own staged files of this stream, and nobody else’s', async () => {
    await using sink = newSink();
    await using other = newSink({}, { name: 'other' });
    await sink.stage(slice(1, 3), signal);
    await sink.stage(slice(1, 3, 'acme/insync-two'), signal);
    await sink.stage(slice(1, 3, 'acme-insync/insync'), signal);
    await other.stage(slice(1, 3), signal);
    await sink.recover('acme/insync', undefined);
    assert.deepEqual(
      staged('siem').map((name) => name.split('-2026')[0]),
      ['acme-insync-insync', 'acme-insync_two'],
    );
    assert.equal(staged('other').length, 1);
  });

  it('keeps streams apart whose names differ only in where the hyphen stands', async () => {
    await using sink = newSink();
    for (const stream of ['a-b/c', 'a/b-c'] as const) {
      await sink.publish(await sink.stage(slice(1, 2, stream), signal));
    }
    assert.equal(visible().length, 2);
  });

  it('never overwrites a file', async () => {
    await using sink = newSink();
    const intent = await sink.stage(slice(1, 500), signal);
    const path = join(directory, 'acme-insync-20261121T184512Z-000000000001-000000000500.cef');
    writeFileSync(path, 'precious');
    await assert.rejects(sink.publish(intent), {
      code: 'sink_unavailable',
      message: /exists already and is not overwritten$/,
    });
    assert.equal(readFileSync(path, 'utf8'), 'precious');
    rmSync(path);
    await sink.publish(intent);
    assert.equal(readFileSync(path, 'utf8').split('\n').length, 501);
  });

  describe('over an event store that has lost its last commits', () => {
    it('says so, lists no file twice, and verification names what came twice', async () => {
      const said: string[] = [];
      await using before = newSink();
      const intents: string[] = [];
      for (const [first, last] of [
        [1, 3],
        [4, 5],
        [6, 9],
      ] as const) {
        intents.push(await before.stage(slice(first, last), signal));
        await before.publish(intents.at(-1) ?? '');
      }
      await before[Symbol.asyncDispose]();
      const log = pino({ level: 'warn' }, { write: (line) => void said.push(line) });
      await using sink = newSink({}, { clock: new ManualClock(startMs + 60_000), log });
      assert.equal(await sink.recover('acme/insync', intents[0]), 3);
      assert.match(said.join(''), /"position":3,"publishedPosition":9,.*lost its last commits/);
      await sink.publish(await sink.stage(slice(4, 6), signal));
      const { entries, problems } = await verifyDirectory(directory, {}, signal);
      assert.equal(entries, 4);
      assert.deepEqual(
        problems.map(({ kind, line }) => [kind, line]),
        [['positions_repeated', 4]],
      );
    });

    it('says nothing when the manifest knows no more than the store', async () => {
      await using before = newSink();
      const intent = await before.stage(slice(1, 3), signal);
      await before.publish(intent);
      await before[Symbol.asyncDispose]();
      const log = pino({ level: 'warn' }, { write: (line) => assert.fail(line) });
      await using sink = newSink({}, { log });
      await sink.recover('acme/insync', intent);
      await sink.recover('acme/other', undefined);
    });

    it('publishes the same positions in the same second under another name', async () => {
      await using before = newSink();
      await before.publish(await before.stage(slice(1, 3), signal));
      await before[Symbol.asyncDispose]();
      await using sink = newSink();
      await sink.recover('acme/insync', undefined);
      await sink.publish(await sink.stage(slice(1, 3), signal));
      assert.equal(visible().length, 2);
    });
  });

  it('finishes where it was begun when the configuration names another directory by then', async () => {
    await using before = newSink();
    const intent = await before.stage(slice(1, 3), signal);
    const elsewhere = join(root, 'elsewhere');
    mkdirSync(elsewhere);
    await using sink = newSink({ directory: elsewhere });
    await sink.recover('acme/insync', intent);
    assert.equal(visible().length, 1);
    assert.deepEqual((await verifyDirectory(directory, {}, signal)).problems, []);
  });

  it('starts in another directory when the one of before is gone with what was published', async () => {
    await using before = newSink();
    const intent = await before.stage(slice(1, 3), signal);
    await before.publish(intent);
    await before[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
    const elsewhere = join(root, 'elsewhere');
    mkdirSync(elsewhere);
    const said: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line) => void said.push(line) });
    await using sink = newSink({ directory: elsewhere }, { log });
    assert.equal(await sink.recover('acme/insync', intent), 3);
    assert.match(said.join(''), /"firstPosition":1,"lastPosition":3,.*counts as published/);
    await sink.publish(await sink.stage(slice(4, 6), signal));
    assert.equal(readdirSync(elsewhere).filter((name) => name.endsWith('.cef')).length, 1);
  });

  it('lists what was published in a directory that is gone, where the manifest is not', async () => {
    const manifest = join(root, 'manifest.jsonl');
    await using before = newSink({ manifest });
    const intent = await before.stage(slice(1, 3), signal);
    await before.publish(intent);
    await before[Symbol.asyncDispose]();
    rmSync(manifest); // as if it had been killed before it wrote the entry
    rmSync(directory, { recursive: true });
    mkdirSync(join(root, 'elsewhere'));
    await using sink = newSink({ directory: join(root, 'elsewhere'), manifest });
    for (let start = 0; start < 2; start += 1) await sink.recover('acme/insync', intent);
    assert.equal(readFileSync(manifest, 'utf8').match(/"lastPosition":3/g)?.length, 1);
  });

  for (const mode of ['publish', 'append'] as const) {
    it(`gives files their mode in ${mode} mode, whatever the process leaves out of it`, async () => {
      const left = process.umask(0o077);
      try {
        await using sink = newSink({ fileMode: '0644', mode });
        await sink.publish(await sink.stage(slice(1, 3), signal));
        assert.equal(statSync(join(directory, visible()[0] ?? '')).mode & 0o777, 0o644);
      } finally {
        process.umask(left);
      }
    });
  }

  it('refuses to work beside another one of its name, and goes on when that is gone', async () => {
    await using first = newSink();
    await using second = newSink();
    const intent = await first.stage(slice(1, 3), signal);
    const refusal = { code: 'directory_locked', message: /stages in .*\.tailrace\/siem$/ };
    await assert.rejects(second.recover('acme/insync', undefined), refusal);
    await assert.rejects(second.stage(slice(1, 3), signal), refusal);
    await first.publish(intent);
    assert.equal(visible().length, 1);
    await first[Symbol.asyncDispose]();
    await second.recover('acme/insync', intent);
    await second.publish(await second.stage(slice(4, 5), signal));
    assert.equal(visible().length, 2);
  });

  it('takes its lock again when somebody removed the staging directory', async () => {
    await using sink = newSink();
    await sink.publish(await sink.stage(slice(1, 3), signal));
    rmSync(join(directory, '.tailrace'), { recursive: true });
    await assert.rejects(sink.stage(slice(4, 5), signal), { code: 'directory_unwritable' });
    await sink.publish(await sink.stage(slice(4, 5), signal));
    await using other = newSink();
    await assert.rejects(other.stage(slice(4, 5), signal), { code: 'directory_locked' });
    assert.equal(visible().length, 2);
  });

  for (const mode of ['publish', 'append']) {
    it(`writes again in mode ${mode} what a stranger removed before it was published`, async () => {
      await using sink = newSink({ mode });
      const intent = await sink.stage(slice(1, 3), signal);
      rmSync(join(directory, '.tailrace'), { recursive: true });
      await sink.publish(intent);
      assert.equal(contentOf(0), 'line 1\nline 2\nline 3\n');
      assert.deepEqual((await verifyDirectory(directory, {}, signal)).problems, []);
    });
  }

  it('goes on with the manifest when somebody removed the staging directory', async () => {
    let removed = false;
    const robbed: Disk = {
      ...localDisk,
      rename: async (from, to) => {
        await localDisk.rename(from, to);
        if (!removed) rmSync(join(directory, '.tailrace'), { recursive: true });
        removed = true;
      },
    };
    await using sink = newSink({}, { disk: robbed });
    const intent = await sink.stage(slice(1, 3), signal);
    await assert.rejects(sink.publish(intent), { code: 'directory_unwritable' });
    await sink.publish(intent);
    assert.equal(visible().length, 1);
    assert.deepEqual((await verifyDirectory(directory, {}, signal)).problems, []);
  });

  it('discards what it could not take away when writing failed', async () => {
    let [isReadOnly, syncs] = [false, 0];
    const failing: Disk = {
      ...localDisk,
      syncDirectory: (path) => {
        isReadOnly ||= path.endsWith('siem') && syncs++ === 0;
        return isReadOnly ? refuseToWrite() : localDisk.syncDirectory(path);
      },
      remove: (path) => (isReadOnly ? refuseToWrite() : localDisk.remove(path)),
    };
    const clock = new ManualClock(startMs);
    await using sink = newSink({}, { disk: failing, clock });
    await assert.rejects(sink.stage(slice(1, 3), signal), { code: 'directory_unwritable' });
    assert.equal(staged('siem').length, 1);
    isReadOnly = false;
    clock.advance(1000); // another name
    await sink.publish(await sink.stage(slice(1, 3), signal));
    assert.deepEqual(staged('siem'), []);
  });

  it('cuts a torn entry off the manifest, however long it is', async () => {
    await using before = newSink();
    await before.publish(await before.stage(slice(1, 3), signal));
    const manifest = join(directory, '.tailrace/siem/manifest.jsonl');
    appendFileSync(manifest, `{"file":"${'x'.repeat(200_000)}`);
    await before[Symbol.asyncDispose]();
    await using sink = newSink();
    await sink.publish(await sink.stage(slice(4, 5), signal));
    const { problems, entries } = await verifyDirectory(directory, {}, signal);
    assert.deepEqual([problems, entries], [[], 2]);
  });

  it('writes whole lines of any length and any script', async () => {
    await using sink = newSink();
    const lines = ['', 'ü'.repeat(3_000_000), '日本語', '🦀'.repeat(1000), 'a'];
    await sink.publish(await sink.stage(stagedSlice('acme/insync', 1, lines), signal));
    const content = readFileSync(join(directory, visible()[0] ?? ''), 'utf8');
    assert.ok(content === `${lines.join('\n')}\n`);
    assert.deepEqual((await verifyDirectory(directory, {}, signal)).problems, []);
  });

  it('leaves no staged file behind when staging fails or is aborted', async () => {
    const full: Disk = {
      ...localDisk,
      syncDirectory: async () => {
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      },
    };
    let disk = localDisk;
    const switching: Disk = { ...localDisk, syncDirectory: (path) => disk.syncDirectory(path) };
    await using sink = newSink({}, { disk: switching });
    await sink.recover('acme/insync', undefined);
    disk = full;
    await assert.rejects(sink.stage(slice(1, 3), signal), { code: 'disk_full' });
    assert.deepEqual(staged('siem'), []);
    disk = localDisk;
    const aborted = AbortSignal.abort();
    await assert.rejects(sink.stage(slice(1, 3), aborted), { name: 'AbortError' });
    assert.deepEqual(staged('siem'), []);
  });

  it('does not make a watched directory that is missing: a file system may not be mounted', async () => {
    await using sink = newSink({ directory: join(root, 'missing') });
    await assert.rejects(sink.recover('acme/insync', undefined), {
      code: 'directory_unwritable',
      message: /missing$/,
    });
    assert.deepEqual(readdirSync(root), ['watched']);
  });

  it(
    'says which directory must not be written to',
    { skip: isRoot() && 'root may write anywhere' },
    async () => {
      chmodSync(directory, 0o500);
      await using sink = newSink();
      await assert.rejects(sink.recover('acme/insync', undefined), {
        code: 'directory_unwritable',
        message: /EACCES$/,
      });
    },
  );

  it('refuses a staging directory on another file system', async () => {
    const twoDevices: Disk = {
      ...localDisk,
      stat: async (path) => {
        const found = await localDisk.stat(path);
        return found && { ...found, device: path.includes('staging') ? 1 : 2 };
      },
    };
    const options = { stagingDirectory: join(root, 'staging') };
    await using sink = newSink(options, { disk: twoDevices });
    await assert.rejects(sink.recover('acme/insync', undefined), { code: 'config_invalid' });
  });
});

describe('file sink in mode append', () => {
  it('begins a new file at UTC midnight, and does not go back when the clock does', async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 21, 23, 59, 59, 999));
    await using sink = newSink({ mode: 'append' }, { clock });
    await sink.publish(await sink.stage(slice(1, 2), signal));
    clock.advance(1);
    await sink.publish(await sink.stage(slice(3, 4), signal));
    clock.jumpTo(Date.UTC(2026, 10, 21, 23, 0));
    await sink.publish(await sink.stage(slice(5, 6), signal));
    assert.deepEqual(visible(), ['acme-insync-20261121.cef', 'acme-insync-20261122.cef']);
    assert.equal(contentOf(0), 'line 1\nline 2\n');
    assert.equal(contentOf(1), 'line 3\nline 4\nline 5\nline 6\n');
    assert.deepEqual((await verifyDirectory(directory, {}, signal)).problems, []);
  });

  it('goes on behind what stands in the file after a restart', async () => {
    await using before = newSink({ mode: 'append' });
    const intent = await before.stage(slice(1, 2), signal);
    await before.publish(intent);
    await before[Symbol.asyncDispose]();
    await using sink = newSink({ mode: 'append' });
    await sink.recover('acme/insync', intent);
    await sink.publish(await sink.stage(slice(3, 4), signal));
    assert.equal(contentOf(0), 'line 1\nline 2\nline 3\nline 4\n');
  });

  it('cuts off bytes that power loss left behind the committed ones', async () => {
    await using sink = newSink({ mode: 'append' });
    await sink.publish(await sink.stage(slice(1, 2), signal));
    const intent = await sink.stage(slice(3, 4), signal);
    appendFileSync(join(directory, visible()[0] ?? ''), Buffer.alloc(100));
    await sink[Symbol.asyncDispose]();
    await using next = newSink({ mode: 'append' });
    await next.recover('acme/insync', intent);
    assert.equal(contentOf(0), 'line 1\nline 2\nline 3\nline 4\n');
  });

  it('glues nothing to half a line that the event store has forgotten', async () => {
    await using before = newSink({ mode: 'append' });
    const intent = await before.stage(slice(1, 2), signal);
    await before.publish(intent);
    await before.stage(slice(3, 4), signal);
    const path = join(directory, visible()[0] ?? '');
    appendFileSync(path, 'line 3\nlin');
    await before[Symbol.asyncDispose]();
    await using sink = newSink({ mode: 'append' });
    await sink.recover('acme/insync', undefined);
    await sink.publish(await sink.stage(slice(1, 3), signal));
    await sink.publish(await sink.stage(slice(4, 5), signal));
    const again = 'line 1\nline 2\nline 3\nline 4\nline 5\n';
    assert.equal(contentOf(0), `line 1\nline 2\nline 3\nlin\n${again}`);
    const { problems } = await verifyDirectory(directory, {}, signal);
    const kinds = problems.map(({ kind }) => kind);
    assert.deepEqual(kinds.toSorted(), ['content_altered', 'positions_repeated']);
    truncateSync(path, 3);
    await sink.publish(await sink.stage(slice(6, 6), signal));
    assert.equal(contentOf(0), 'lin\nline 6\n');
  });

  it('begins anew in a file that was moved away, and refuses one that was shortened', async () => {
    await using sink = newSink({ mode: 'append' });
    await sink.publish(await sink.stage(slice(1, 2), signal));
    const path = join(directory, visible()[0] ?? '');
    rmSync(path);
    await sink.publish(await sink.stage(slice(3, 4), signal));
    await sink.publish(await sink.stage(slice(5, 6), signal));
    assert.equal(contentOf(0), 'line 3\nline 4\nline 5\nline 6\n');
    const intent = await sink.stage(slice(7, 8), signal);
    writeFileSync(path, 'foreign');
    await assert.rejects(sink.publish(intent), { code: 'sink_unavailable' });
    assert.equal(contentOf(0), 'foreign');
    rmSync(path);
    await sink.publish(intent);
    assert.equal(contentOf(0), 'line 7\nline 8\n');
  });
});

describe('file sink options', () => {
  const required = { type: 'file', directory: '/var/siem' } as const;

  it('have defaults for all but the directory', () => {
    const { rollEvery, rollBytes, mode, fileMode } = fileSinkOptions.parse(required);
    assert.deepEqual(
      [rollEvery, rollBytes, mode, fileMode],
      [5000, 8 * 1024 ** 2, 'publish', 0o640],
    );
  });

  for (const [name, value] of [
    ['rollEvery', '1ms'],
    ['rollBytes', '65MiB'],
    ['rollEvents', 0],
    ['minBytes', '9MiB'],
    ['fileMode', '888'],
    ['mode', 'copytruncate'],
    ['colour', 'blue'],
  ] as const) {
    it(`refuse ${name}: ${value}`, () => {
      assert.equal(fileSinkOptions.safeParse({ ...required, [name]: value }).success, false);
    });
  }
});

function newSink(
  options: Readonly<Record<string, unknown>> = {},
  parts: { name?: string; clock?: ManualClock; disk?: Disk; log?: Logger } = {},
) {
  const parsed = fileSinkOptions.parse({ type: 'file', directory, ...options });
  const { name = 'siem', clock = new ManualClock(startMs), disk = localDisk } = parts;
  const { log = pino({ level: 'silent' }) } = parts;
  const context = { clock, log, readSecret: () => assert.fail() };
  return createFileSink(name, parsed, 'cef', context, disk);
}

function slice(firstPosition: number, lastPosition: number, stream?: StreamName): StagedSlice {
  const lines = Array.from(
    { length: lastPosition - firstPosition + 1 },
    (_, index) => `line ${firstPosition + index}`,
  );
  return stagedSlice(stream ?? 'acme/insync', firstPosition, lines);
}

function visible(): readonly string[] {
  return readdirSync(directory)
    .filter((name) => !name.startsWith('.'))
    .toSorted();
}

function staged(sink: string): readonly string[] {
  return readdirSync(join(directory, '.tailrace', sink))
    .filter((name) => name.endsWith('.staged'))
    .toSorted();
}

function contentOf(index: number): string {
  return readFileSync(join(directory, visible()[index] ?? ''), 'utf8');
}

function refuseToWrite(): Promise<never> {
  return Promise.reject(Object.assign(new Error('EROFS'), { code: 'EROFS' }));
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
