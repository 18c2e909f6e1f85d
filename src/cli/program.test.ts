import assert from 'node:assert/strict';
import { access, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PassThrough } from 'node:stream';
import { z } from 'zod';
import { parseStoredEvent, toStoredEvent, type StoredEvent } from '../core/event.ts';
import { inSyncGenerator } from '../feeds/insync-generator.ts';
import { plainAttack } from '../testing/plain-attacks.ts';
import { ScriptedTerminal } from '../testing/scripted-terminal.ts';
import { until } from '../testing/until.ts';
import { commands } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { openDataStore } from './open-data.ts';
import { runProgram } from './program.ts';

let home = '';
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'tailrace-cli-'));
});
after(() => rm(home, { recursive: true }));

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(line: string, input = ''): Promise<Run> {
  return runWords(line.split(' '), input);
}

async function runWords(words: readonly string[], input = ''): Promise<Run> {
  const terminal = new ScriptedTerminal(home, input);
  const code = await runProgram(words, terminal);
  return { code, out: terminal.stdout.text, err: terminal.stderr.text };
}

async function runJson(line: string, input = ''): Promise<Record<string, unknown>> {
  const { code, out, err } = await run(`${line} --json`, input);
  assert.equal(code, 0, err);
  return z.record(z.string(), z.unknown()).parse(JSON.parse(out));
}

const errorReport = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string() }),
});

function ndjson(count: number, seed = 1): string {
  const next = inSyncGenerator(seed);
  const startMs = Date.UTC(2026, 10, 20);
  return Array.from(
    { length: count },
    (_, index) => `${JSON.stringify(next(startMs + index * 1000))}\n`,
  ).join('');
}

function storedEvent(json: string): StoredEvent {
  const { id, occurredAtMs } = parseStoredEvent(json);
  return { id, occurredAtMs, json };
}

function eventAt(id: string, occurredAtMs: number): StoredEvent {
  return toStoredEvent({ id, occurredAtMs, type: 'Backup', severity: 5, fields: {} });
}

describe('the command line', () => {
  it('has help with examples for every command', async () => {
    for (const name of Object.keys(commands)) {
      const { code, out } = await run(`${name} --help`);
      assert.equal(code, 0, name);
      const inner = [...out.matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, word = '']) => word);
      const pages = inner.length === 0 ? [name] : inner.map((word) => `${name} ${word}`);
      for (const page of pages) {
        assert.match((await run(`${page} --help`)).out, /Examples:\n {2}\$ tailrace \w/, page);
      }
    }
  });

  /** [command line, exit code, code of the error, message] */
  const wrong: readonly (readonly [string, number, string, RegExp])[] = [
    ['tenat', 2, 'argument_invalid', /unknown command 'tenat'; did you mean tenant\?/i],
    ['tenant lst', 2, 'argument_invalid', /unknown command 'lst'; did you mean list\?/i],
    ['tenant create', 2, 'argument_invalid', /missing required argument 'id'/],
    ['tenant list --colour', 2, 'argument_invalid', /unknown option '--colour'/],
    ['tenant list', 2, 'argument_invalid', /which data\?/],
    ['tenant list --data-directory none', 1, 'not_found', /no data directory .*none/],
    [
      'token create a b --days 0 --data-directory none',
      2,
      'argument_invalid',
      /--days must be 1 to 365, got 0/,
    ],
    [
      'token create a b --days 366 --data-directory none',
      2,
      'argument_invalid',
      /--days must be 1 to 365, got 366/,
    ],
    [
      'export-settings set a --facility 0 --data-directory none',
      2,
      'argument_invalid',
      /--facility must be 1 to 23, got 0/,
    ],
    [
      'export-settings set a --facility 24 --data-directory none',
      2,
      'argument_invalid',
      /--facility must be 1 to 23, got 24/,
    ],
    [
      'export-settings set a --enable --disable --data-directory none',
      2,
      'argument_invalid',
      /exclude each other/,
    ],
    [
      'tenant create a --edition Gold --data-directory none',
      2,
      'argument_invalid',
      /--edition must be one of Business, Enterprise, Elite, Elite Plus, got Gold/,
    ],
    ['import x --tenant A/B --data-directory none', 2, 'name_invalid', /tenant must be lower-case/],
    ['import x --tenant a --feed nope --data-directory none', 1, 'not_found', /no feed "nope"/],
    [
      'export --tenant a --format xml --data-directory none',
      2,
      'argument_invalid',
      /--format must be one of cef, syslog, json, ecs, ocsf, got xml/,
    ],
    [
      'export --tenant a --from yesterday --data-directory none',
      2,
      'argument_invalid',
      /--from must be a UTC time/,
    ],
    ['check --config none.yaml', 4, 'config_unreadable', /none\.yaml/],
    ['run --config none.yaml', 4, 'config_unreadable', /none\.yaml/],
    ['verify none', 1, 'not_found', /none/],
    [
      'demo --listen 0.0.0.0:8480',
      2,
      'argument_invalid',
      /--listen must be an address of this machine/,
    ],
    ['demo --rate -1', 2, 'argument_invalid', /--rate must be 0 to 50000/],
    [
      'demo --for ever',
      2,
      'argument_invalid',
      /--for must be a whole number with ms, s, m, h or d/,
    ],
  ];
  for (const [line, exit, code, message] of wrong) {
    it(`refuses \`${line}\` with ${code}`, async () => {
      const plain = await run(line);
      assert.equal(plain.code, exit, plain.err);
      assert.match(plain.err, /^error: .+\nhint: .+\n$/);
      assert.match(plain.err, message);
      assert.equal(plain.out, '');
      const json = await run(`${line} --json`);
      const { error } = errorReport.parse(JSON.parse(json.err));
      assert.equal(error.code, code);
      assert.match(error.message, message);
    });
  }
});

it('a hint says what can be done about this error, and not about its like', async () => {
  const hints = [
    ['verify .', /hint: Name the directory that a file sink publishes into, or its manifest/],
    ['import x --tenant a --feed nope --data-directory none', /hint: Choose one of those/],
  ] as const;
  for (const [line, hint] of hints) assert.match((await run(line)).err, hint);
  const terminal = new ScriptedTerminal(home);
  const failure = new Error('ENOSPC: no space left on device');
  terminal.stdout.failure = Object.assign(failure, { code: 'ENOSPC' });
  const data = '--data-directory full';
  await run(`tenant create acme ${data}`);
  await run(`import - --tenant acme ${data}`, ndjson(1));
  assert.equal(await runProgram(`export --tenant acme ${data}`.split(' '), terminal), 1);
  assert.match(terminal.stderr.text, /error: ENOSPC: no space.*\nhint: free space where/);
});

describe('an operator', () => {
  const data = '--data-directory data';

  it('creates a tenant with everything a customer needs', async () => {
    assert.equal((await runJson(`tenant create acme ${data}`))['edition'], 'Elite');
    assert.match((await run(`tenant create acme ${data}`)).err, /exists already|already exists/);
    await runJson(`admin add acme dana@example.com ${data}`);
    const created = await runJson(`token create acme dana@example.com --days 365 ${data}`);
    const shown = await runJson(`token show acme dana@example.com ${data}`);
    assert.equal(typeof created['token'], 'string');
    assert.equal(shown['token'], created['token']);
    await runJson(`token revoke acme dana@example.com ${data}`);
    const revoked = await run(`token show acme dana@example.com ${data}`);
    assert.ok(!revoked.out.includes(String(created['token'])));

    const settings = await runJson(`export-settings set acme --enable --facility 10 ${data}`);
    assert.deepEqual(settings, { tenant: 'acme', enabled: true, categories: 'all', facility: 10 });
    assert.match(
      (await run(`export-settings set acme --category Nope ${data}`)).err,
      /Nope.*known: .*Admin Event/,
    );

    const key = await runJson(`ingest-key create acme --name one ${data}`);
    assert.ok(!(await run(`ingest-key list acme ${data}`)).out.includes(String(key['key'])));
    await runJson(`ingest-key revoke acme ${String(key['keyId'])} ${data}`);
    const client = await runJson(`api-client create acme ${data}`);
    await runJson(`api-client revoke acme ${String(client['clientId'])} ${data}`);
    await runJson(`keys rotate ${data}`);
    await runJson(`tenant disable acme ${data}`);
    assert.match((await run(`tenant list ${data}`)).out, /acme +acme +Elite +disabled/);
    await runJson(`tenant enable acme ${data}`);
    const trail = (await run(`audit --tenant acme ${data}`)).out;
    assert.match(trail, /cli:tester +acme +created a token/);
    const shownOnce = [...trail.matchAll(/was shown a token: (\S+)/g)].map(([, email]) => email);
    assert.deepEqual(shownOnce, ['dana@example.com'], 'not where it was revoked');
  });

  it('is told what does not exist', async () => {
    for (const line of ['tenant show nobody', 'admin list nobody', 'ingest-key create nobody']) {
      const { code, err } = await run(`${line} ${data}`);
      assert.equal(code, exitCodes.failed.code);
      assert.match(err, /nobody/);
    }
  });

  it('imports a file once, however often the command is repeated', async () => {
    await writeFile(join(home, 'events.ndjson'), ndjson(2500));
    const first = await runJson(`import events.ndjson --tenant acme ${data}`);
    assert.equal(first['appended'], 2500);
    const again = await runJson(`import events.ndjson --tenant acme ${data}`);
    assert.equal(again['appended'], 0);
    assert.equal(again['resumedAtLine'], 2501);
    const piped = await runJson(`import - --tenant acme ${data}`, ndjson(2500));
    assert.equal(piped['appended'], 0);
    assert.equal(piped['duplicates'], 2500);
  });

  it('imports what was added to a file since', async () => {
    await writeFile(join(home, 'events.ndjson'), ndjson(2510));
    const grown = await runJson(`import events.ndjson --tenant acme ${data}`);
    assert.deepEqual([grown['appended'], grown['resumedAtLine']], [10, 2501]);
  });

  it('is told which line of a file is bad, and goes on once it is corrected', async () => {
    const good = ndjson(3000, 2);
    const lines = good.split('\n');
    lines[2699] = '{"eventType":"Backup"}';
    await writeFile(join(home, 'bad.ndjson'), lines.join('\n'));
    const { code, err } = await run(`import bad.ndjson --tenant acme ${data}`);
    assert.equal(code, exitCodes.failed.code);
    assert.match(err, /error: line 2700: /);
    assert.match(err, /hint: correct the line and repeat the command/);
    await writeFile(join(home, 'bad.ndjson'), good);
    const corrected = await runJson(`import bad.ndjson --tenant acme ${data}`);
    assert.ok(Number(corrected['resumedAtLine']) > 1, 'what stood before is not read again');
    const info = await run(`export --tenant acme --first 2511 --format json ${data}`);
    assert.equal(info.out.trim().split('\n').length, 3000);
  });

  it('does not import what a source that remembers no ids has collected', async () => {
    await runJson(`tenant create collected ${data}`);
    await runJson(`import - --tenant collected ${data}`, ndjson(700, 3));
    await using store = await openDataStore({ directory: join(home, 'data') });
    const { blocks } = await store.readAfter('collected/insync', 0, { events: 700, bytes: 1e7 });
    await store.deleteStream('collected/insync');
    const events = blocks.flatMap(({ ndjson: stored }) =>
      stored.toString().trimEnd().split('\n').map(storedEvent),
    );
    await store.append({ stream: 'collected/insync', events });

    const { out } = await run(`export --tenant collected ${data}`);
    const again = await runJson(`import - --tenant collected ${data}`, out + ndjson(20, 4));
    assert.deepEqual([again['appended'], again['duplicates']], [20, 700]);
    const file = ndjson(700, 3) + ndjson(30, 4);
    await writeFile(join(home, 'collected.ndjson'), file);
    const mixed = await runJson(`import collected.ndjson --tenant collected ${data}`);
    assert.deepEqual([mixed['appended'], mixed['duplicates']], [10, 720]);
  });

  it('may interrupt an import that waits for input, and learns how to go on', async () => {
    const input = new PassThrough();
    const terminal = new ScriptedTerminal(home, input);
    const words = `import - --tenant collected ${data}`.split(' ');
    const ended = runProgram(words, terminal);
    await until(() => input.listenerCount('readable') > 0);
    input.write('{"half a li');
    terminal.signals.emit('SIGINT');
    assert.equal(await ended, exitCodes.interrupted.code);
    assert.match(terminal.stderr.text, /interrupted; give it all of the input again: what is /);
  });

  it('imports attacks with the severities of the configuration, or of the command line', async () => {
    await runJson(`tenant create attacked ${data}`);
    const config = ['dataDirectory: data', 'serve:', '  siemApi:'];
    const scale = '    severities: [0, 1, 4, 6, 7, 8, 9, 10]';
    await writeFile(join(home, 'scale.yaml'), [...config, scale, ''].join('\n'));
    const imports = [data, '--config scale.yaml', `${data} --severities 0,1,3,6,7,8,9,10`];
    for (const [number, where] of imports.entries()) {
      const { attack } = plainAttack(number, Date.UTC(2026, 10, 20));
      const line = `${JSON.stringify(attack)}\n`;
      await runJson(`import - --tenant attacked --feed apptrana ${where}`, line);
    }
    const { out } = await run(
      `export --tenant attacked --feed apptrana --format cef --profile strict ${data}`,
    );
    assert.deepEqual(
      [...out.matchAll(/CEF:0(?:\|[^|]*){5}\|(\d+)\|/g)].map(([, severity]) => severity),
      ['9', '4', '3'],
    );
  });

  it('exports a range in any format, and never over an existing file', async () => {
    const cef = await run(`export --tenant acme --format cef --first 5 --last 7 ${data}`);
    assert.equal(cef.out.trim().split('\n').length, 3);
    assert.match(cef.out, /^Nov 20 2026 .* CEF:0\|Druva\|inSync\|1\|.*deviceFacility=10/);
    const day = await run(
      `export --tenant acme --format syslog --from 2026-11-20T00:00:00Z --until 2026-11-20T00:00:10Z --last 2500 ${data}`,
    );
    assert.equal(day.out.trim().split('\n').length, 10);
    const file = await runJson(`export --tenant acme --last 4 --output out.ndjson ${data}`);
    assert.equal(file['events'], 4);
    const text = await readFile(join(home, 'out.ndjson'), 'utf8');
    assert.equal(text.trim().split('\n').length, 4);
    const again = await run(`export --tenant acme --output out.ndjson ${data}`);
    assert.equal(again.code, exitCodes.failed.code);
    assert.match(again.err, /existing one is not overwritten/);
    assert.equal(await readFile(join(home, 'out.ndjson'), 'utf8'), text);
  });

  it('is warned of events that retention has dropped from what is exported', async () => {
    await runJson(`tenant create trimmed ${data}`);
    const soonMs = Date.now() + 60_000;
    {
      await using store = await openDataStore({ directory: join(home, 'data') });
      const stream = 'trimmed/insync';
      const old = ['a', 'b', 'c'].map((id) => eventAt(id, soonMs - 120_000));
      await store.append({ stream, events: old });
      await store.append({ stream, events: [eventAt('d', soonMs)] });
      assert.equal(await store.trim(stream, soonMs), 3);
    }
    const positions = (line: string) => run(`export --tenant trimmed ${line}${line && ' '}${data}`);
    for (const range of ['', '--first 2', '--from 2026-11-01']) {
      const { code, out, err } = await positions(range);
      assert.equal(code, 0);
      assert.equal(out.trim().split('\n').length, 1);
      const first = range === '--first 2' ? 2 : 1;
      assert.match(err, /^warning: trimmed\/insync holds events only from \d{4}-.* on; /);
      assert.match(err, new RegExp(`positions ${first} to 3 are past retention and left out`));
    }
    assert.match((await positions('--first 1 --last 2')).err, /positions 1 to 2 are past/);
    assert.equal((await positions('--first 4')).err, '');
    for (const empty of ['--first 5 --last 2', '--from 2026-11-02 --until 2026-11-01']) {
      assert.equal((await positions(empty)).code, exitCodes.usage.code);
    }
  });

  it('learns from `status` that nothing runs', async () => {
    const { code, out } = await run(`status ${data}`);
    assert.equal(code, exitCodes.stopped.code);
    assert.match(out, /^not running/);
    assert.match(out, /acme\/insync +5,510/);
  });

  it('deletes a tenant only after a yes, and then all of it', async () => {
    const refused = await run(`tenant delete acme ${data}`);
    assert.equal(refused.code, exitCodes.usage.code);
    assert.match(refused.err, /events +5,510\n/);
    assert.match(refused.err, /hint: repeat the command with --yes/);
    const deleted = await runJson(`tenant delete acme --yes ${data}`);
    assert.equal(deleted['events'], 5510);
    assert.match((await run(`tenant show acme ${data}`)).err, /acme/);
    assert.doesNotMatch((await run(`status ${data}`)).out, /acme/);
  });

  it('gives a new tenant no events that stand under its id unless it is asked to', async () => {
    const event = { id: 'a', occurredAtMs: 1, type: 'Backup', severity: 1, fields: {} } as const;
    const events = [toStoredEvent(event)];
    {
      await using store = await openDataStore({ directory: join(home, 'data') });
      await store.append({ stream: 'globex/insync', events });
      await store.append({ stream: 'initech/insync', events });
    }
    const refused = await run(`tenant create globex ${data}`);
    assert.match(refused.err, /events under the name globex already, in globex\/insync/);
    await runJson(`tenant create globex --keep-events ${data}`);
    // As a deletion that was cut short leaves it.
    const deleted = await runJson(`tenant delete initech --yes ${data}`);
    assert.deepEqual([deleted['events'], deleted['administrators']], [1, 0]);
    await runJson(`tenant create initech ${data}`);
  });

  it('may name the data by environment or configuration', async () => {
    await writeFile(join(home, 'tailrace.yaml'), 'dataDirectory: data\n');
    assert.equal((await run('tenant list')).code, 0);
    const terminal = new ScriptedTerminal(join(home, 'data'));
    terminal.environment['TAILRACE_CONFIG'] = '../tailrace.yaml';
    assert.equal(await runProgram(['tenant', 'list'], terminal), 0);
    await copyFile(join(home, 'tailrace.yaml'), join(home, 'other.yaml'));
    await rm(join(home, 'tailrace.yaml'));
    assert.equal((await run('tenant list --config other.yaml')).code, 0);
    await access(join(home, 'data', 'master.key'));
  });
});

describe('check', () => {
  const config = `
sources:
  - name: vendor
    type: druva
    api: v1
    stream: acme/insync
    username: dana@example.com
    token: { env: DRUVA_TOKEN }
sinks:
  - { name: siem, type: file, directory: out }
`;

  it('says that a configuration is in order', async () => {
    await writeFile(join(home, 'good.yaml'), config);
    await mkdir(join(home, 'out'));
    const terminal = new ScriptedTerminal(home);
    terminal.environment['DRUVA_TOKEN'] = 'x';
    assert.equal(await runProgram(['check', '--config', 'good.yaml'], terminal), 0);
    assert.match(terminal.stdout.text, /in order: 1 source, 1 sink\n/);
  });

  it('names a directory that cannot be published into', async () => {
    await writeFile(join(home, 'nowhere.yaml'), config.replace('out', 'nowhere'));
    assert.match((await run('check --config nowhere.yaml')).err, /sink siem: .*nowhere/);
  });

  it('names a secret that is not there, and credentials that would travel in clear', async () => {
    await writeFile(
      join(home, 'doubtful.yaml'),
      config.replace('api: v1', 'api: v1\n    url: http://siem.example.com'),
    );
    const { code, err } = await run('check --config doubtful.yaml');
    assert.equal(code, exitCodes.config.code);
    assert.match(err, /environment variable DRUVA_TOKEN is not set/);
    assert.match(err, /source vendor: .*unencrypted/);
  });

  it('shows every problem with its line, as text and as JSON', async () => {
    await writeFile(join(home, 'bad.yaml'), 'sinkz: []\nlog: { level: loud }\n');
    const { code, err } = await run('check --config bad.yaml');
    assert.equal(code, exitCodes.config.code);
    assert.match(
      err,
      /bad\.yaml has 2 problems\n.*bad\.yaml:1:1: unknown key 'sinkz'; did you mean 'sinks'\?\n.*bad\.yaml:2:15: log\.level: expected/,
    );
    const json = await run('check --config bad.yaml --json');
    assert.match(json.err, /"line":1,"column":1,"message":"unknown key 'sinkz'/);
  });
});
