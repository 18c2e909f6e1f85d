import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { ScriptedTerminal } from '../../testing/scripted-terminal.ts';
import { runProgram } from '../program.ts';

let home = '';
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'tailrace-operator-'));
});
after(() => rm(home, { recursive: true }));

async function run(line: string) {
  const terminal = new ScriptedTerminal(home);
  const code = await runProgram(line.split(' '), terminal);
  return { code, out: terminal.stdout.text, err: terminal.stderr.text };
}

const invitation = z.strictObject({ email: z.string(), url: z.string(), expiresAtMs: z.number() });

async function invite(line: string) {
  const { out, err } = await run(`${line} --json`);
  assert.equal(err, '');
  return invitation.parse(JSON.parse(out));
}

describe('the operator command', () => {
  const data = '--data-directory data';

  it('invites an operator, again and again, and lists and removes one', async () => {
    const one = await invite(`operator invite root@example.com ${data}`);
    assert.match(one.url, /^http:\/\/127\.0\.0\.1:8480\/setup#trin_[\w-]{43}$/);
    const two = await invite(`operator invite ROOT@example.com ${data}`);
    assert.notEqual(two.url, one.url);
    assert.match((await run(`operator list ${data}`)).out, /root@example\.com +invited +no +never/);
    assert.match(
      (await run(`operator invite root@example.com ${data}`)).out,
      /good once.*\n\n  http/,
    );
    await run(`operator remove root@example.com ${data}`);
    assert.ok(!(await run(`operator list ${data}`)).out.includes('root@example.com'));
    const gone = await run(`operator remove root@example.com ${data}`);
    assert.match(gone.err, /there is no operator "root@example\.com"/);
  });

  it('names the service as the configuration does', async () => {
    await writeFile(
      join(home, 'configured.yaml'),
      'dataDirectory: data\nserve:\n  publicUrl: https://export.example.com\n',
    );
    const { url } = await invite('operator invite root@example.com --config configured.yaml');
    assert.match(url, /^https:\/\/export\.example\.com\/setup#trin_/);
  });

  it('takes nobody who belongs to a tenant', async () => {
    await run(`tenant create acme ${data}`);
    await run(`admin add acme dana@example.com ${data}`);
    const { err } = await run(`operator invite dana@example.com ${data}`);
    assert.match(err, /dana@example\.com is an administrator already/);
  });

  it('has a sister for the people of a tenant', async () => {
    const lee = await invite(`admin invite acme lee@example.com --role viewer ${data}`);
    assert.equal(lee.email, 'lee@example.com');
    await invite(`admin invite acme dana@example.com ${data}`);
    const { out } = await run(`admin list acme ${data}`);
    assert.match(out, /dana@example\.com +administrator/);
    assert.match(out, /lee@example\.com +viewer/);
  });
});
