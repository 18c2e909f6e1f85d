import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fetch } from 'undici';
import { ScriptedTerminal } from '../../testing/scripted-terminal.ts';
import { runProgram } from '../program.ts';

let home = '';
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'tailrace-set-up-'));
  await writeFile(
    join(home, 'tailrace.yaml'),
    'dataDirectory: data\nserve: { listen: 127.0.0.1:0 }\n',
  );
});
after(() => rm(home, { recursive: true }));

/** All that `tailrace run` writes; it is told to end when `meet`, which begins at `awaited`, is over. */
async function runOnce(
  isTerminal: boolean,
  awaited = /running/,
  meet: (text: string) => Promise<void> = async () => {},
): Promise<string> {
  const terminal = new ScriptedTerminal(home);
  Object.assign(terminal.stderr, { isTTY: isTerminal });
  const ended = runProgram(['run', '--config', 'tailrace.yaml'], terminal);
  try {
    await terminal.stderr.until(awaited);
    await meet(terminal.stderr.text);
  } finally {
    terminal.signals.emit('SIGTERM');
    await ended;
  }
  assert.equal(terminal.stdout.text, '');
  return terminal.stderr.text;
}

describe('the first start', { timeout: 60_000 }, () => {
  it('tells what collects logs how to go on, without a link', async () => {
    const log = await runOnce(false);
    assert.match(log, /"msg":"no operator can sign in yet: run `tailrace operator invite EMAIL`/);
    assert.ok(!log.includes('setup#'), log);
  });

  it('shows a person a link that sets up the first operator, until there is one', async () => {
    const text = await runOnce(true, /setup#.*\n/, async (shown) => {
      const [, base = '', code = ''] =
        /(http:\/\/127\.0\.0\.1:\d+)\/setup#(trin_[\w-]+)/.exec(shown) ?? [];
      const set = { code, email: 'root@example.com', password: 'correct horse battery' };
      const accepted = await fetch(`${base}/console/api/invitations/accept`, {
        method: 'POST',
        body: JSON.stringify(set),
        headers: { 'content-type': 'application/json', origin: base },
      });
      assert.equal(accepted.status, 200, await accepted.text());
      const [cookie = ''] = accepted.headers.getSetCookie();
      const session = await fetch(`${base}/console/api/session`, {
        headers: { cookie: cookie.split(';')[0] ?? '' },
      });
      assert.match(await session.text(), /"email":"root@example.com","role":"operator"/);
    });
    assert.match(text, /Nobody can sign in to the console yet/);
    const next = await runOnce(true);
    assert.ok(!next.includes('setup#'), next);
  });
});
