import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { ScriptedTerminal } from '../../testing/scripted-terminal.ts';
import { exitCodes } from '../exit-codes.ts';
import { runProgram } from '../program.ts';

const shownConnector = z.object({
  name: z.string(),
  state: z.string(),
  apiId: z.string().optional(),
  siemEnabledAtMs: z.number().optional(),
  allowedNetworks: z.array(z.string()),
  keys: z
    .array(z.object({ key: z.string(), createdAtMs: z.number(), endsAtMs: z.number().optional() }))
    .optional(),
});

describe('tailrace connector', () => {
  let home: string;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'tailrace-connector-'));
    await run('tenant', 'create', 'acme');
  });
  after(() => rm(home, { recursive: true }));

  async function run(...words: string[]) {
    const terminal = new ScriptedTerminal(home, '');
    const code = await runProgram([...words, '--data-directory', 'data'], terminal);
    return { code, out: terminal.stdout.text, err: terminal.stderr.text };
  }
  async function runJson(...words: string[]) {
    const { code, out, err } = await run(...words, '--json');
    assert.equal(code, 0, err);
    return shownConnector.parse(JSON.parse(out));
  }

  it('goes from a request to an approved connector, whose key only show and rotate print', async () => {
    const redirect = ['--redirect-url', 'https://siem.example.com/callback'];
    const allow = ['--allow', '192.0.2.0/24', '--allow', '2001:db8::/32'];
    const requested = await runJson('connector', 'request', 'acme', 'SOC', ...redirect, ...allow);
    assert.deepEqual([requested.state, requested.apiId], ['requested', undefined]);
    assert.deepEqual(requested.allowedNetworks, ['192.0.2.0/24', '2001:db8::/32']);

    const since = ['--attacks-since', '2026-01-02'];
    const approved = await runJson('connector', 'approve', 'acme', 'soc', ...since);
    const [key] = approved.keys ?? [];
    assert.ok(key !== undefined && approved.apiId !== undefined);
    assert.equal(approved.siemEnabledAtMs, Date.UTC(2026, 0, 2));

    const shown = await run('connector', 'show', 'acme', 'SOC');
    assert.match(shown.out, new RegExp(`^API ID +${approved.apiId}\\nkey +${key.key}\\n$`, 'm'));
    const list = await run('connector', 'list', 'acme');
    assert.match(
      list.out,
      new RegExp(`^SOC +enabled +${approved.apiId} +192\\.0\\.2\\.0/24, `, 'm'),
    );
    const listJson = await run('connector', 'list', 'acme', '--json');
    assert.ok(!list.out.includes(key.key) && !listJson.out.includes(key.key));

    const rotated = await runJson('connector', 'rotate', 'acme', 'SOC', '--overlap', '1h');
    assert.equal(rotated.keys?.[1]?.key, key.key);
    const [newest, before_] = rotated.keys ?? [];
    assert.equal(newest?.endsAtMs, undefined);
    assert.ok(Math.abs((before_?.endsAtMs ?? 0) - Date.now() - 3_600_000) < 60_000);
    assert.match((await run('connector', 'show', 'acme', 'SOC')).out, /\(good until 20\d\d-/);
  });

  it('changes, disables, enables and deletes', async () => {
    const changed = await runJson('connector', 'change', 'acme', 'SOC', '--allow-everywhere');
    assert.deepEqual(changed.allowedNetworks, []);
    assert.equal((await runJson('connector', 'disable', 'acme', 'SOC')).state, 'disabled');
    assert.equal((await runJson('connector', 'enable', 'acme', 'SOC')).state, 'enabled');
    const trail = await run('audit', '--tenant', 'acme');
    assert.match(trail.out, /cli:tester +acme +disabled a connector/);
    assert.match(trail.out, /cli:tester +acme +was shown a connector's key: SOC /);
    assert.match((await run('connector', 'delete', 'acme', 'SOC')).out, /SOC is deleted/);
    assert.equal((await run('connector', 'show', 'acme', 'SOC')).code, exitCodes.failed.code);
  });

  const wrong: readonly (readonly [words: readonly string[], code: number, message: RegExp])[] = [
    [['request', 'acme', 'x'], exitCodes.usage.code, /--redirect-url must be given/],
    [
      ['request', 'acme', 'x', '--redirect-url', 'http://siem.example.com'],
      1,
      /must be an https URL/,
    ],
    [
      ['request', 'nobody', 'x', '--redirect-url', 'https://siem.example.com'],
      1,
      /no tenant "nobody"/,
    ],
    [['approve', 'acme', 'x'], 1, /tenant acme has no connector "x"/],
    [
      ['approve', 'acme', 'x', '--attacks-since', 'soon'],
      exitCodes.usage.code,
      /--attacks-since must be a UTC time/,
    ],
    [['rotate', 'acme', 'x', '--overlap', 'long'], exitCodes.usage.code, /--overlap must be/],
    [['change', 'acme', 'x', '--allow', '192.0.2.0/33'], 1, /must be addresses or networks/],
  ];
  for (const [words, code, message] of wrong) {
    it(`refuses \`connector ${words.join(' ')}\``, async () => {
      const refused = await run('connector', ...words);
      assert.match(refused.err, message);
      assert.equal(refused.code, code);
    });
  }
});
