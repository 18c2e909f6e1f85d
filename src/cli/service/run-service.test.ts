import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { plainAttack } from '../../testing/plain-attacks.ts';
import { publishedLines } from '../../testing/published-lines.ts';
import { apptranaCredentials, ScriptedApptrana } from '../../testing/scripted-apptrana.ts';
import { ScriptedTerminal } from '../../testing/scripted-terminal.ts';
import { until } from '../../testing/until.ts';
import { exitCodes } from '../exit-codes.ts';
import { runProgram } from '../program.ts';
import { isDataDirectoryLocked, lockDataDirectory } from './data-lock.ts';
import { readStatus } from './status-file.ts';

let home = '';
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'tailrace-run-'));
});
after(async () => {
  await Promise.all(started.map((running) => running.end())); // those of tests that failed
  await rm(home, { recursive: true });
});

const started: Running[] = [];

/** A `tailrace run` in this process. */
class Running {
  readonly terminal: ScriptedTerminal;
  readonly ended: Promise<number>;

  constructor(config: string, environment: NodeJS.ProcessEnv = {}) {
    this.terminal = new ScriptedTerminal(home);
    Object.assign(this.terminal.environment, environment);
    this.ended = runProgram(['run', '--config', config], this.terminal);
    started.push(this);
  }

  get log(): string {
    return this.terminal.stderr.text;
  }

  async logged(pattern: RegExp): Promise<void> {
    const ended = this.ended.then((code) => assert.fail(`ended with ${code}: ${this.log}`));
    await Promise.race([this.terminal.stderr.until(pattern), ended]);
  }

  async end(): Promise<number> {
    this.terminal.signals.emit('SIGTERM');
    return this.ended;
  }

  get url(): string {
    return /"listen":"([^"]+)"/.exec(this.log)?.[1] ?? assert.fail(this.log);
  }
}

async function writeConfig(name: string, lines: readonly string[]): Promise<string> {
  await writeFile(join(home, name), `${lines.join('\n')}\n`);
  return name;
}

const deadSource = (name: string) =>
  `  - { name: ${name}, type: druva, api: v1, stream: acme/insync, username: a@example.com, token: { env: T }, url: 'http://127.0.0.1:9' }`;

function levelLines(level: string, format: string, source: string): readonly string[] {
  const log = `log: { level: ${level}, format: ${format} }`;
  return ['dataDirectory: levels', log, 'sources:', deadSource(source)];
}

describe('run', { timeout: 60_000 }, () => {
  it('stops at a data directory on which another process runs', async () => {
    const config = await writeConfig('locked.yaml', ['dataDirectory: locked']);
    using held = new DisposableStack();
    held.use(await lockDataDirectory(join(home, 'locked')));
    assert.ok(isDataDirectoryLocked(join(home, 'locked')));
    const second = new Running(config);
    assert.equal(await second.ended, exitCodes.locked.code);
    assert.match(second.log, /error: another process runs on .*locked\nhint: /);
  });

  it('leaves no lock behind when it is killed', async () => {
    const config = await writeConfig('killed.yaml', ['dataDirectory: killed']);
    const main = fileURLToPath(new URL('../main.ts', import.meta.url));
    const child = spawn(process.execPath, [main, 'run', '--config', join(home, config)]);
    let log = '';
    for await (const text of child.stderr.setEncoding('utf8')) {
      log += String(text);
      if (log.includes('"msg":"running"')) break;
    }
    assert.ok(isDataDirectoryLocked(join(home, 'killed')), log);
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
    assert.ok(!isDataDirectoryLocked(join(home, 'killed')));
  });

  it('names a data directory that cannot be written', async () => {
    await writeFile(join(home, 'file'), '');
    const config = await writeConfig('unwritable.yaml', ['dataDirectory: file/data']);
    const running = new Running(config);
    assert.equal(await running.ended, exitCodes.failed.code);
    assert.match(running.log, /error: .*file\/data cannot be used as data directory/);
  });

  it('goes on with everything else when one source and one sink fail', async () => {
    await mkdir(join(home, 'out'));
    const config = await writeConfig('isolated.yaml', [
      'dataDirectory: isolated',
      'serve: { listen: 127.0.0.1:0 }',
      'sources:',
      deadSource('dead'),
      'sinks:',
      '  - { name: missing, type: file, directory: nowhere, rollEvery: 50ms }',
      '  - { name: works, type: file, directory: out, rollEvery: 50ms }',
    ]);
    // Before it runs: from then on what is done to a tenant is an event of the tenant too.
    await runOther(['tenant', 'create', 'acme', '--config', config]);
    const running = new Running(config, { T: 'token' });
    await running.logged(/"msg":"running"/);
    await writeFile(join(home, 'one.ndjson'), oneEvent);
    await runOther(['import', 'one.ndjson', '--tenant', 'acme', '--config', config]);
    await running.logged(/"sink":"missing".*"code":"directory_unwritable"/);
    await running.logged(/"source":"dead".*will be tried again/);

    const ready = await fetch(`${running.url}/readyz`);
    assert.equal(ready.status, 200);
    assert.match(await ready.text(), /retrying: source_unavailable/);
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    assert.match(metrics, /tailrace_source_failing\{source="dead",tenant="acme",feed="insync"\} 1/);
    assert.equal(await running.end(), 0);
    assert.equal(running.terminal.exits.length, 0);
    const published = (await readdir(join(home, 'out'))).filter((name) => name.endsWith('.cef'));
    assert.equal(published.length, 1, 'what was stored is delivered before the end');

    const status = await readStatus(join(home, 'isolated'));
    assert.equal(status?.sources[0]?.lastError?.code, 'source_unavailable');
    assert.ok(status.sinks.some(({ name, position }) => name === 'works' && position === 1));
  });

  it('tells a tenant’s stream what is done to the tenant while it runs', async () => {
    const directory = join(home, 'audited');
    await mkdir(directory);
    const config = await writeConfig('audited.yaml', [
      'dataDirectory: audited-data',
      'serve: { listen: 127.0.0.1:0 }',
      'sinks: [{ name: files, type: file, directory: audited, rollEvery: 50ms }]',
    ]);
    await runOther(['tenant', 'create', 'acme', '--config', config]);
    const running = new Running(config);
    await running.logged(/"msg":"running"/);
    // Again and again, as the first may come before it has looked where the audit trail ends.
    while (publishedLines(directory).length === 0) {
      await runOther(['ingest-key', 'create', 'acme', '--config', config]);
    }
    assert.equal(await running.end(), 0);
    for (const line of publishedLines(directory)) {
      assert.match(line, /\|Admin Audit Trail\|.*Action:created an ingest key/);
    }
  });

  it('says how far it is while it catches up with weeks of attacks', async () => {
    await using vendor = await ScriptedApptrana.start({ nowMs: () => Date.now() });
    vendor.add([plainAttack(1, Date.now() - 29 * 86_400_000)]);
    const config = await writeConfig('backfill.yaml', [
      'dataDirectory: backfill',
      'monitor: { listen: 127.0.0.1:0 }',
      'sources:',
      '  - name: attacks',
      '    type: apptrana',
      '    stream: acme/apptrana',
      `    url: ${vendor.url}`,
      `    apiId: ${apptranaCredentials.apiId}`,
      '    apiKey: { env: KEY }',
    ]);
    const running = new Running(config, { KEY: apptranaCredentials.apiKey });
    await running.logged(/"source":"attacks","percent":\d+,"behindMs":\d+.*"msg":"backfilling"/);
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    const labels = '{source="attacks",tenant="acme",feed="apptrana"}';
    assert.match(metrics, /tailrace_source_backfill_ratio\{source="attacks".*\} 0\.\d/);
    assert.ok(metrics.includes(`tailrace_source_late_events_total${labels} 0`), metrics);
    const [, lag = ''] = /source_lag_seconds\{.*\} ([\d.e+]+)/.exec(metrics) ?? [];
    assert.ok(Number(lag) > 86_400, `${lag} s behind`);
    assert.equal(await running.end(), 0);
    const terminal = new ScriptedTerminal(home);
    await runProgram(['status', '--config', config], terminal);
    assert.match(terminal.stdout.text, /attacks: backfill \d+ %, \d+ d to go\n/);
  });

  it('takes up a changed configuration at SIGHUP, and keeps the old one when it is bad', async () => {
    const lines = ['dataDirectory: reloaded', 'sources:', deadSource('first')];
    const config = await writeConfig('reloaded.yaml', lines);
    const running = new Running(config, { T: 'token' });
    await running.logged(/"source":"first".*will be tried again/);

    await writeConfig(config, ['sorces: []']);
    running.terminal.signals.emit('SIGHUP');
    await running.logged(/reloaded\.yaml:1:1: unknown key 'sorces'.*going on as before/);

    await writeConfig(config, [...lines.slice(0, 2), deadSource('second')]);
    running.terminal.signals.emit('SIGHUP');
    await running.logged(/configuration read again/);
    await running.logged(/"source":"second".*will be tried again/);
    assert.equal(await running.end(), 0);
    const status = await readStatus(join(home, 'reloaded'));
    assert.deepEqual(
      status?.sources.map(({ name }) => name),
      ['second'],
    );
  });

  it('logs at the new level after SIGHUP, and says what waits for the next start', async () => {
    const config = await writeConfig('levels.yaml', levelLines('error', 'json', 'silent'));
    const running = new Running(config, { T: 'token' });
    await until(() => running.terminal.signals.listenerCount('SIGHUP') > 0);

    await writeConfig(config, levelLines('info', 'text', 'heard'));
    running.terminal.signals.emit('SIGHUP');
    await running.logged(/"atNextStart":\["log\.format"\]/);
    await running.logged(/"source":"heard".*will be tried again/);
    assert.doesNotMatch(running.log, /"source":"silent"/);
    assert.equal(await running.end(), 0);
  });

  it('takes up a SIGHUP that comes while it starts', async () => {
    const lines = ['dataDirectory: early', 'sources:', deadSource('first')];
    const config = await writeConfig('early.yaml', lines);
    const running = new Running(config, { T: 'token' });
    await until(() => running.terminal.signals.listenerCount('SIGTERM') > 0);
    assert.doesNotMatch(running.log, /"msg":"running"/);
    assert.equal(running.terminal.signals.listenerCount('SIGHUP'), 1, 'or it would end');
    await writeConfig(config, [...lines.slice(0, 2), deadSource('second')]);
    running.terminal.signals.emit('SIGHUP');
    await running.logged(/"source":"second".*will be tried again/);
    assert.equal(await running.end(), 0);
  });

  it('stays in the data directory of its start, and says so at every reload', async () => {
    const moved = ['dataDirectory: moved-to', 'sources:', deadSource('second')];
    const config = await writeConfig('moved.yaml', ['dataDirectory: moved-from']);
    const running = new Running(config, { T: 'token' });
    await running.logged(/"msg":"running"/);
    await writeConfig(config, moved);
    for (const times of [1, 2]) {
      running.terminal.signals.emit('SIGHUP');
      const said = '"atNextStart":\\["dataDirectory"\\][^]*configuration read again[^]*';
      await running.logged(new RegExp(said.repeat(times)));
    }
    assert.equal(await running.end(), 0);
    assert.doesNotMatch(running.log, /status file could not be written/);
    const status = await readStatus(join(home, 'moved-from'));
    assert.equal(status?.sources[0]?.name, 'second');
    assert.equal(await readStatus(join(home, 'moved-to')), undefined);
  });

  it('ends in good order when its status cannot be written', async () => {
    const config = await writeConfig('unsaid.yaml', ['dataDirectory: unsaid']);
    await mkdir(join(home, 'unsaid', 'status.json.new'), { recursive: true });
    const running = new Running(config);
    await running.logged(/status file could not be written/);
    assert.equal(await running.end(), 0, running.log);
    assert.match(running.log, /"msg":"ended"/);
  });

  it('ends at once with the second signal, and with 1 after an error nobody caught', async () => {
    const config = await writeConfig('signals.yaml', ['dataDirectory: signals']);
    const running = new Running(config);
    await running.logged(/"msg":"running"/);
    running.terminal.signals.emit('uncaughtException', new Error('a defect'));
    assert.match(running.log, /"level":"fatal".*a defect.*ended by an unexpected error/);
    running.terminal.signals.emit('SIGINT');
    running.terminal.signals.emit('SIGTERM');
    await running.ended;
    assert.deepEqual(running.terminal.exits, [exitCodes.failed.code, exitCodes.interrupted.code]);
  });

  it('writes no secret, whatever fails', async () => {
    const config = await writeConfig('secret.yaml', [
      'dataDirectory: secret',
      'log: { level: debug }',
      'sources:',
      deadSource('dead'),
    ]);
    const running = new Running(config, { T: 'hunter2-hunter2' });
    await running.logged(/will be tried again/);
    await running.end();
    assert.doesNotMatch(running.log, /hunter2/);
    assert.doesNotMatch(await readFile(join(home, 'secret', 'status.json'), 'utf8'), /hunter2/);
  });
});

const oneEvent =
  '{"category":"Backup And Restore","eventID":1,"eventType":"Backup","eventState":"Success","severity":6,"timestamp":"2026-11-20T00:00:00Z"}\n';

async function runOther(words: readonly string[]): Promise<void> {
  const terminal = new ScriptedTerminal(home);
  const code = await runProgram(words, terminal);
  assert.equal(code, 0, terminal.stderr.text);
}
