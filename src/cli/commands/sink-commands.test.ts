import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { z } from 'zod';
import { toStoredEvent } from '../../core/event.ts';
import type { RefusedEvent } from '../../store/event-store.ts';
import { publishedLines } from '../../testing/published-lines.ts';
import { ScriptedTerminal } from '../../testing/scripted-terminal.ts';
import { until } from '../../testing/until.ts';
import { openDataStore } from '../open-data.ts';
import { runProgram } from '../program.ts';

const run = promisify(execFile);
const main = join(import.meta.dirname, '..', 'main.ts');
const stream = 'acme/insync';
const startMs = Date.UTC(2026, 10, 21);
let home = '';

const config = `
dataDirectory: data
monitor: {}
sinks:
  - { name: out, type: stdout, format: json }
  - { name: files, type: file, directory: watched, minimumSeverity: 5 }
`;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tailrace-quarantine-'));
  await mkdir(join(home, 'watched'));
  await writeFile(join(home, 'tailrace.yaml'), config);
  await using store = await openDataStore({ directory: join(home, 'data') });
  const events = Array.from({ length: 20 }, (_, index) => eventAt(index + 1));
  await store.append({ stream, events });
  await store.saveDelivery('out', stream, { position: 20 }, [refusedAt(3), refusedAt(7)]);
});
afterEach(() => rm(home, { recursive: true }));

describe('tailrace quarantine', () => {
  it('lists how much there is of every sink, and what there is of one', async () => {
    assert.match(await said(['quarantine', 'list']), /out +acme\/insync +2 +\d+ B/);
    const text = await said(['quarantine', 'list', 'out', '--limit', '1']);
    assert.match(text, /acme\/insync +3 +2026-11-21 00:00:09Z +Backup +no field 3/);
    assert.match(text, /and 1 more/);
    const listed = await answered(['quarantine', 'list', 'out']);
    assert.deepEqual(listed, [
      { sink: 'out', stream, ...refusedAt(3) },
      { sink: 'out', stream, ...refusedAt(7) },
    ]);
    assert.match(await said(['status'], 5), /out +acme\/insync +stopped +20 +none +2/);
  });

  it('shows one event as it was sent, and says when it is not there', async () => {
    const shown = await said(['quarantine', 'show', 'out', stream, '7']);
    assert.match(shown, /reason +no field 7/);
    assert.match(shown, /line +a line that was refused 7/);
    const terminal = new ScriptedTerminal(home);
    assert.equal(await runProgram(['quarantine', 'show', 'out', stream, '8'], terminal), 1);
    assert.match(terminal.stderr.text, /quarantine of out does not hold acme\/insync 8/);
  });

  it('drops what is chosen, and nothing without being told so', async () => {
    const terminal = new ScriptedTerminal(home);
    assert.equal(await runProgram(['quarantine', 'drop', 'out'], terminal), 2);
    assert.match(terminal.stderr.text, /must be confirmed/);
    const choice = ['--stream', stream, '--position', '3', '--yes'];
    assert.deepEqual(await answered(['quarantine', 'drop', 'out', ...choice]), {
      sink: 'out',
      stream,
      position: 3,
      dropped: 1,
    });
    assert.deepEqual(await answered(['quarantine', 'list', 'out']), [
      { sink: 'out', stream, ...refusedAt(7) },
    ]);
  });

  it('sends again, beside whoever has the data open, and takes out what was taken', async () => {
    await using store = await openDataStore({ directory: join(home, 'data') });
    const { stdout } = await run(process.execPath, [main, 'quarantine', 'retry', 'out'], {
      cwd: home,
    });
    const lines = stdout.trimEnd().split('\n');
    assert.deepEqual(lines.slice(0, 2), [refusedAt(3).line, refusedAt(7).line]);
    assert.match(lines[2] ?? '', /^out took 2 events/);
    assert.deepEqual(await store.quarantines(), []);
    assert.match(await said(['quarantine', 'list']), /The quarantine is empty/);
  });

  it('writes into the audit trail what it drops', async () => {
    await said(['tenant', 'create', 'acme', '--keep-events']);
    await said(['quarantine', 'drop', 'out', '--stream', stream, '--position', '3', '--yes']);
    await said(['quarantine', 'drop', 'out', '--stream', 'acme/apptrana', '--yes']); // nothing
    await said(['quarantine', 'drop', 'out', '--yes']);
    const action = 'dropped events from the quarantine';
    assert.deepEqual(await acts(), [
      [action, 'out acme/insync: all 1', 'acme'],
      [action, 'out acme/insync: position 3', 'acme'],
    ]);
  });

  it('writes into the audit trail what it retries', async () => {
    await said(['tenant', 'create', 'acme', '--keep-events']);
    await run(process.execPath, [main, 'quarantine', 'retry', 'out'], { cwd: home });
    assert.deepEqual(await acts(), [
      ['retried events of the quarantine', 'out acme/insync: all 2', 'acme'],
    ]);
  });

  it('makes no directory of tenants where there is none', async () => {
    await said(['quarantine', 'drop', 'out', '--yes']);
    assert.ok(!(await readdir(join(home, 'data'))).includes('directory.sqlite'));
  });

  it('refuses what makes no sense', async () => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [['retry', 'nobody'], /has no sink nobody; it has: out, files/],
      [['retry', 'files'], /writes files, which refuse nothing/],
      [['drop', 'out', '--position', '3', '--yes'], /--position needs --stream/],
      [['drop', 'out', '--stream', stream, '--position', 'x', '--yes'], /a whole number from 1 up/],
    ];
    for (const [words, message] of wrong) {
      const terminal = new ScriptedTerminal(home);
      assert.notEqual(await runProgram(['quarantine', ...words], terminal), 0);
      assert.match(terminal.stderr.text, message);
    }
  });
});

describe('tailrace replay', () => {
  it('says what it would send, and then writes it into files of its own', async () => {
    const from = ['--sink', 'files', '--from', '2026-11-21', '--first', '5', '--stream', stream];
    const dry = await said(['replay', ...from, '--dry-run']);
    assert.match(dry, /files would get 8 events of acme\/insync .*; its filters left out 8/);
    assert.deepEqual(publishedLines(join(home, 'watched')), []);
    assert.match(await said(['replay', ...from, '--last', '8']), /files got 2 events/);
    const [name] = (await readdir(join(home, 'watched'))).filter((found) => !found.startsWith('.'));
    assert.match(name ?? '', /-replay-[0-9a-f]{6}\.cef$/);
    assert.equal(publishedLines(join(home, 'watched')).length, 2);
    await using store = await openDataStore({ directory: join(home, 'data') });
    assert.deepEqual(await store.delivery('files', stream), { position: 0 });
  });

  it('keeps standard output for the lines of a stdout sink, and to a rate', async () => {
    const words = ['replay', '--sink', 'out', '--from', '2026-11-21', '--rate', '1000/s'];
    const { stdout, stderr } = await run(process.execPath, [main, ...words], { cwd: home });
    assert.equal(stdout.trimEnd().split('\n').length, 20);
    assert.match(stderr, /out got 20 events of acme\/insync/);
  });

  it('writes into the audit trail what is replayed, and no dry run', async () => {
    await said(['tenant', 'create', 'acme', '--keep-events']);
    const range = ['--stream', stream, '--from', '2026-11-21', '--first', '5'];
    await said(['replay', '--sink', 'files', ...range, '--dry-run']);
    assert.deepEqual(await acts(), []);
    await said(['replay', '--sink', 'files', ...range]);
    assert.deepEqual(await acts(), [
      ['replayed events', 'files acme/insync: first 5 from 2026-11-21 00:00:00Z', 'acme'],
    ]);
  });

  it('writes no entry under a name without a tenant, which would be its next owner’s', async () => {
    await said(['tenant', 'create', 'globex']);
    await said(['replay', '--sink', 'files', '--from', '2026-11-21']);
    await said(['tenant', 'create', 'acme', '--keep-events']);
    assert.deepEqual(await acts(), []);
  });

  it('says that nothing is written into the audit trail when the master key is gone', async () => {
    await said(['tenant', 'create', 'acme', '--keep-events']);
    await rm(join(home, 'data', 'master.key'));
    const terminal = new ScriptedTerminal(home);
    const range = ['--stream', stream, '--from', '2026-11-21', '--first', '19'];
    const words = ['replay', '--sink', 'files', ...range];
    assert.equal(await runProgram(words, terminal), 0, terminal.stderr.text);
    assert.match(terminal.stderr.text, /warning: not written into the audit trail: .*master\.key/);
    assert.equal(publishedLines(join(home, 'watched')).length, 1);
  });

  it('names every stream that is left when it is interrupted', async () => {
    await using store = await openDataStore({ directory: join(home, 'data') });
    await store.append({ stream: 'globex/insync', events: [eventAt(1)] });
    const terminal = new ScriptedTerminal(home);
    const words = ['replay', '--sink', 'files', '--from', '2026-11-21', '--rate', '1'];
    const ended = runProgram(words, terminal);
    await until(() => terminal.signals.listenerCount('SIGINT') > 0);
    terminal.signals.emit('SIGINT');
    assert.equal(await ended, 130);
    for (const left of ['acme/insync', 'globex/insync']) {
      const command = `tailrace replay --sink files --stream ${left} --from 2026-11-21T00:00:00.000Z --rate 1\n`;
      assert.ok(terminal.stderr.text.includes(command), terminal.stderr.text);
    }
  });

  it(
    'ends when it is interrupted, though nobody reads what it writes',
    { timeout: 20_000 },
    async () => {
      {
        await using store = await openDataStore({ directory: join(home, 'data') });
        const fields = { note: 'x'.repeat(2000) };
        const type = 'Backup';
        const occurredAtMs = startMs + 50;
        const events = Array.from({ length: 2000 }, (_, index) =>
          toStoredEvent({ id: `long${index}`, occurredAtMs, type, severity: 5, fields }),
        );
        await store.append({ stream, events });
      }
      const words = [main, 'replay', '--sink', 'out', '--from', '2026-11-21'];
      const child = spawn(process.execPath, words, {
        cwd: home,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const closed = once(child, 'exit');
      await once(child.stdout, 'readable'); // and nothing is read after that
      child.kill('SIGINT');
      assert.deepEqual(await closed, [130, null]);
    },
  );

  it('must be told from when on, and what is to be positions of', async () => {
    for (const [words, message] of [
      [['--sink', 'files'], /from when on/],
      [['--sink', 'files', '--from', '1h', '--last', '3'], /need --stream/],
      [['--sink', 'files', '--from', '1h', '--rate', 'fast'], /--rate must be events per second/],
      [['--sink', 'files', '--from', '1h', '--stream', 'acme/none'], /there is no stream/],
      [['--sink', 'files', '--from', '1h', '--to', '2h'], /--to must be after --from/],
    ] as const) {
      const terminal = new ScriptedTerminal(home);
      assert.notEqual(await runProgram(['replay', ...words], terminal), 0);
      assert.match(terminal.stderr.text, message);
    }
  });
});

describe('tailrace replay of a stream that is named', () => {
  const acmeOnly = config.replace('name: files,', "name: files, streams: ['acme/*'],");
  const words = ['replay', '--sink', 'files', '--from', '2026-11-21', '--stream', 'globex/insync'];

  for (const extra of [[], ['--dry-run']]) {
    it(`is refused where the sink does not get it ${extra.join(' ')}`, async () => {
      await writeFile(join(home, 'tailrace.yaml'), acmeOnly);
      await using store = await openDataStore({ directory: join(home, 'data') });
      await store.append({ stream: 'globex/insync', events: [eventAt(1)] });
      const terminal = new ScriptedTerminal(home);
      assert.equal(await runProgram([...words, ...extra], terminal), 2);
      assert.match(terminal.stderr.text, /sink files gets acme\/\*, and not globex\/insync/);
      assert.deepEqual(publishedLines(join(home, 'watched')), []);
    });
  }
});

describe('tailrace check --connect', () => {
  it('sends every sink an event that is marked as a test', async () => {
    const answer = await answered(['check', '--connect']);
    assert.ok(typeof answer === 'object' && answer !== null && 'connections' in answer);
    assert.match(JSON.stringify(answer.connections), /"sink":"files","eventId":"tailrace-test-/);
    assert.match(publishedLines(join(home, 'watched')).join(), /This is a test by "tailrace check/);
  });

  it('says what is wrong with a sink, and ends as failed', async () => {
    await writeFile(join(home, 'watched', '.tailrace'), 'a file where a directory should be');
    const terminal = new ScriptedTerminal(home);
    const code = await runProgram(['check', '--connect', '--json'], terminal);
    assert.equal(code, 1);
    const answer: unknown = JSON.parse(terminal.stdout.text);
    assert.match(JSON.stringify(answer), /"ok":false.*"message":"[^"]*\.tailrace/);
  });
});

async function said(words: readonly string[], code = 0): Promise<string> {
  const terminal = new ScriptedTerminal(home);
  assert.equal(await runProgram(words, terminal), code, terminal.stderr.text);
  return terminal.stdout.text;
}

async function answered(words: readonly string[]): Promise<unknown> {
  return JSON.parse(await said([...words, '--json']));
}

/** What was done to events, newest first. */
async function acts(): Promise<readonly (readonly [string, string, string | undefined])[]> {
  const entries = z
    .array(z.object({ action: z.string(), detail: z.string(), tenant: z.string().optional() }))
    .parse(await answered(['audit', '--tenant', 'acme']));
  return entries
    .filter(({ action }) => action !== 'created the tenant')
    .map(({ action, detail, tenant }) => [action, detail, tenant] as const);
}

function eventAt(number: number) {
  return toStoredEvent({
    id: `e${number}`,
    occurredAtMs: startMs + number,
    type: 'Backup',
    severity: number % 2 === 0 ? 3 : 7,
    fields: {},
  });
}

function refusedAt(position: number): RefusedEvent {
  return {
    position,
    id: `e${position}`,
    occurredAtMs: startMs + position,
    type: 'Backup',
    severity: 5,
    line: `a line that was refused ${position}`,
    reason: `no field ${position}`,
    refusedAtMs: startMs + 9000,
  };
}
