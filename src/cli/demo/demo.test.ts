import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { decodeCef } from '../../encode/cef/decode-cef.ts';
import { publishedLines } from '../../testing/published-lines.ts';
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
  siemApi: z.strictObject({ apiId: z.string(), apiKey: z.string(), redirectUrl: z.url() }),
  accounts: z.array(
    z.strictObject({ email: z.email(), role: z.string(), password: z.string().min(12) }),
  ),
});

const summary = z.object({
  eventsIn: z.number(),
  eventsPulled: z.number(),
  eventsPublished: z.number(),
  lagEvents: z.number(),
  attacksIn: z.number(),
  attacksPulled: z.number(),
  attacksPublished: z.number(),
  lagAttacks: z.number(),
  verified: z.array(z.object({ directory: z.string(), ok: z.boolean(), events: z.number() })),
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
    const { verified, ...counts } = summary.parse(JSON.parse(stdout));
    const { eventsIn, eventsPublished, attacksIn, attacksPublished } = counts;
    assert.ok(eventsIn >= 250, `only ${eventsIn} events in 3 s at 160/s`);
    assert.ok(attacksIn >= 60, `only ${attacksIn} attacks in 3 s at 40/s`);
    // Pulls are events of the tenant too.
    assert.ok(eventsPublished >= eventsIn, `${eventsPublished} of ${eventsIn} published`);
    assert.deepEqual([counts.attacksPulled, attacksPublished], [attacksIn, attacksIn]);
    assert.deepEqual([counts.lagEvents, counts.lagAttacks], [0, 0]);
    assert.deepEqual(
      verified.map(({ directory, ok, events }) => [basename(directory), ok, events]),
      [
        ['cef', true, eventsPublished],
        ['syslog', true, eventsPublished],
        ['attacks', true, attacksIn],
      ],
    );
    const lines = publishedLines(join(home, 'attacks'));
    const ids = lines.map((line) => decodeCef(line).extension.get('externalId'));
    assert.deepEqual([lines.length, new Set(ids).size], [attacksIn, attacksIn]);
    assert.equal((await stat(join(home, 'credentials.json'))).mode & 0o777, 0o600);
  });

  it('goes on where it was with the same credentials, shows where to look, and ends at Ctrl-C', async () => {
    const earlier = await readCredentials();
    const terminal = new ScriptedTerminal(home);
    const ended = runProgram(demo('--rate', '0'), terminal);
    await terminal.stdout.until(/lag none/);
    const credentials = await readCredentials();
    assert.equal(credentials.siemApi.redirectUrl, `${credentials.baseUrl}/`);
    const { apiId, apiKey } = credentials.siemApi;
    assert.deepEqual([apiId, apiKey], [earlier.siemApi.apiId, earlier.siemApi.apiKey]);
    const { baseUrl, siemApi } = earlier;
    assert.deepEqual({ ...credentials, baseUrl, siemApi }, earlier);

    const [forEvents = '', forToken = ''] = await Promise.all(
      [...terminal.stdout.text.matchAll(/curl -u '([^']+)' (?:-X (\w+) )?'([^']+)'/g)].map(
        async ([, login = '', method = 'GET', url = '']) => {
          const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
          const answer = await fetch(url, { method, headers: { authorization } });
          assert.equal(answer.status, 200);
          return answer.text();
        },
      ),
    );
    assert.match(forEvents, /CEF:0\|Druva\|inSync\|1\|/);
    assert.match(forToken, /^\{"access_token":"\w+","token_type":"Bearer"/);

    terminal.signals.emit('SIGINT');
    assert.equal(await ended, 0, terminal.stderr.text);
    assert.match(terminal.stdout.text, /✔ 0 events in/);
    assert.match(terminal.stdout.text, /✔ 0 attacks in/);
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
