import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { toStoredEvent } from '../../core/event.ts';
import { ScriptedTerminal } from '../../testing/scripted-terminal.ts';
import { openDataDirectory, openDataStore } from '../open-data.ts';
import { runProgram } from '../program.ts';

// Goal: nothing that an attacker wrote into an event, and no receiver in its answers, steers the
// terminal of the operator who looks at it. Method: text full of escape sequences wherever text of
// others is kept, and every command that shows it, on a terminal, as text and as JSON.
const escapes = '\u001b]0;owned\u0007\u001b[2J\u009b31m\r\u202egpj\u007f';
// oxlint-disable-next-line no-control-regex -- that is what must not be there
const steering = /[\u0000-\u0009\u000b-\u001a\u001c-\u001f\u007f-\u009f\u202e]|\u001b(?!\[\d*m)/;
const stream = 'acme/insync';
let home = '';

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'tailrace-hostile-'));
  const data = join(home, 'data');
  await writeFile(join(home, 'tailrace.yaml'), 'dataDirectory: data\nmonitor: {}\n');
  await using directory = await openDataDirectory({ directory: data }, {});
  const actor = { name: `root${escapes}`, address: '192.0.2.7' };
  await directory.createTenant({ id: 'acme', title: 'Acme', edition: 'Elite' }, actor);
  await using store = await openDataStore({ directory: data });
  const event = {
    id: 'e-1',
    occurredAtMs: Date.UTC(2026, 10, 21),
    type: `Backup ${escapes}`,
    severity: 5,
    fields: { eventDetails: escapes, [escapes]: escapes },
  } as const;
  await store.append({ stream, events: [toStoredEvent(event)] });
  const { fields: _, ...refused } = event;
  const line = `a line ${escapes}`;
  const reason = `no ${escapes}`;
  await store.saveDelivery('out', stream, { position: 1 }, [
    { ...refused, position: 1, line, reason, refusedAtMs: Date.UTC(2026, 10, 21) },
  ]);
  const lastError = { atMs: 1, code: 'sink_refused', message: `it said ${escapes}` };
  const sink = {
    kind: 'sink',
    name: 'out',
    stream,
    state: 'retrying',
    needsOperator: true,
    lastError,
    retries: 1,
    gaps: 0,
    position: 1,
    headPosition: 1,
    eventsDelivered: 0,
    bytesDelivered: 0,
  };
  const status = {
    version: '1',
    pid: 1,
    startedAtMs: 1,
    writtenAtMs: 1,
    sources: [],
    sinks: [sink],
  };
  await writeFile(join(data, 'status.json'), JSON.stringify(status));
});
after(() => rm(home, { recursive: true }));

const commands: Readonly<Record<string, readonly string[]>> = {
  'the audit trail': ['audit'],
  'the quarantine': ['quarantine', 'list', 'out'],
  'an event in quarantine': ['quarantine', 'show', 'out', stream, '1'],
  status: ['status'],
  'an event that is not there': ['quarantine', 'show', `out${escapes}`, stream, '9'],
};

describe('hostile text', () => {
  for (const [what, command] of Object.entries(commands)) {
    for (const form of [[], ['--json']]) {
      it(`does nothing to the terminal that shows ${what}${form.join(' ')}`, async () => {
        const shown = await shownBy([...command, ...form]);
        assert.match(shown, /owned|out/);
        assert.doesNotMatch(shown, steering);
      });
    }
  }

  for (const format of ['json', 'cef', 'syslog', 'ecs', 'ocsf']) {
    it(`does nothing to the terminal that events are exported to as ${format}`, async () => {
      const shown = await shownBy(['export', '--tenant', 'acme', '--format', format]);
      assert.match(shown, /Backup/);
      assert.doesNotMatch(shown, steering);
    });
  }

  it('is exported into a file as it is', async () => {
    const terminal = new ScriptedTerminal(home);
    assert.equal(await runProgram(['export', '--tenant', 'acme'], terminal), 0);
    const exported: { eventDetails: string } = JSON.parse(terminal.stdout.text);
    assert.equal(exported.eventDetails, escapes);
  });
});

async function shownBy(command: readonly string[]): Promise<string> {
  const terminal = new ScriptedTerminal(home);
  Object.assign(terminal.stdout, { isTTY: true });
  Object.assign(terminal.stderr, { isTTY: true });
  await runProgram([...command], terminal);
  return terminal.stdout.text + terminal.stderr.text;
}
