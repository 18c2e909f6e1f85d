import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { ScriptedTerminal } from '../../testing/scripted-terminal.ts';
import { tailrace } from '../../testing/tailrace-process.ts';
import { exitCodes } from '../exit-codes.ts';
import { runProgram } from '../program.ts';

let home = '';
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'tailrace-demo-'));
});
after(() => rm(home, { recursive: true }));

const credentialsFile = z.strictObject({
  baseUrl: z.url(),
  tenant: z.string(),
  ingest: z.strictObject({ key: z.string() }),
  eventsApi: z.strictObject({
    username: z.email(),
    token: z.string(),
    clientId: z.string(),
    clientSecret: z.string(),
  }),
});

const summary = z.object({
  eventsIn: z.number(),
  eventsPulled: z.number(),
  eventsPublished: z.number(),
  lagEvents: z.number(),
  verified: z.array(z.object({ ok: z.boolean(), events: z.number() })),
});

async function readCredentials() {
  const text = await readFile(join(home, 'credentials.json'), 'utf8');
  return credentialsFile.parse(JSON.parse(text));
}

function demo(...words: readonly string[]): readonly string[] {
  return ['demo', '--directory', home, '--listen', '127.0.0.1:0', ...words];
}

describe('demo', { timeout: 60_000 }, () => {
  it('publishes every event it generated, exactly once, and proves it', async () => {
    const { code, stdout, stderr } = await tailrace(
      ...demo('--for', '3s', '--rate', '200', '--json'),
    );
    assert.equal(code, 0, stderr);
    const { eventsIn, eventsPublished, lagEvents, verified } = summary.parse(JSON.parse(stdout));
    assert.ok(eventsIn >= 300, `only ${eventsIn} events in 3 s at 200/s`);
    assert.ok(eventsPublished >= eventsIn, `${eventsPublished} of ${eventsIn} published`);
    assert.equal(lagEvents, 0);
    for (const { ok, events } of verified) assert.deepEqual([ok, events], [true, eventsPublished]);
    assert.equal((await stat(join(home, 'credentials.json'))).mode & 0o777, 0o600);
  });

  it('goes on where it was with the same credentials, shows where to look, and ends at Ctrl-C', async () => {
    const earlier = await readCredentials();
    const terminal = new ScriptedTerminal(home);
    const ended = runProgram(demo('--rate', '0'), terminal);
    await terminal.stdout.until(/lag none/);
    const credentials = await readCredentials();
    assert.deepEqual({ ...credentials, baseUrl: earlier.baseUrl }, earlier);

    const curl = /curl -u '([^']+)' '([^']+)'/.exec(terminal.stdout.text);
    const [, login = '', url = ''] = curl ?? [];
    const answer = await fetch(url, {
      headers: { authorization: `Basic ${Buffer.from(login).toString('base64')}` },
    });
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /CEF:0\|Druva\|inSync\|1\|/);

    terminal.signals.emit('SIGINT');
    assert.equal(await ended, 0, terminal.stderr.text);
    assert.match(terminal.stdout.text, /✔ 0 events in/);
    assert.ok(!terminal.stdout.text.includes('\u001b'), 'no escape codes without a terminal');
  });

  it('says how to choose another port when it is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    try {
      const address = other.address();
      assert.ok(typeof address === 'object' && address !== null);
      const terminal = new ScriptedTerminal(home);
      const words = ['demo', '--directory', home, '--listen', `127.0.0.1:${address.port}`];
      assert.equal(await runProgram(words, terminal), exitCodes.failed.code);
      assert.match(terminal.stderr.text, /error: another program listens on 127\.0\.0\.1:\d+\n/);
      assert.match(terminal.stderr.text, /hint: choose another port, for example --listen 127/);
    } finally {
      other.close();
    }
  });

  it('says which directory cannot be used', async () => {
    const terminal = new ScriptedTerminal(home);
    const words = ['demo', '--directory', join(home, 'credentials.json', 'x')];
    assert.equal(await runProgram(words, terminal), exitCodes.failed.code);
    assert.match(
      terminal.stderr.text,
      /credentials\.json\/x cannot be used.*\nhint: .*--directory/,
    );
  });
});
