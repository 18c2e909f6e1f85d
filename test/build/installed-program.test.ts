/**
 * Goal: the program works as it is published: in few files, with its threads, without any package
 * beside it, and a process loads no more than it needs. Method: it is built into a temporary folder as
 * if npm had installed it there, and run.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fetch } from 'undici';
import { ready } from '../../bench/service-stand.ts';
import { thirdPartyNotices } from '../../scripts/third-party-notices.ts';
import { installProgram } from '../../scripts/install-program.ts';
import type { InstalledProgram } from '../../scripts/install-program.ts';
import { ScriptedVendor, vendorCredentials } from '../../src/testing/scripted-vendor.ts';
import { freePort, TailraceProcess } from '../../src/testing/tailrace-process.ts';
import { KafkaBroker, kafkaMissing } from '../e2e/kafka-broker.ts';

const kafkaSkip = process.env['TAILRACE_TEST_ALL'] === '1' ? false : (kafkaMissing ?? false);
const listLoaded = join(import.meta.dirname, 'list-loaded.ts');

describe('the installed program', { timeout: 300_000 }, () => {
  let installed: InstalledProgram;
  let root: string;

  before(async () => {
    installed = await installProgram();
    root = mkdtempSync(join(tmpdir(), 'tailrace-build-'));
  });

  after(async () => {
    rmSync(root, { recursive: true, force: true });
    await installed[Symbol.asyncDispose]();
  });

  async function run(...args: readonly string[]): Promise<string> {
    const child = spawn(process.execPath, [installed.main, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    await once(child, 'close');
    assert.equal(child.exitCode, 0, `${args.join(' ')}\n${stderr}`);
    return stdout;
  }

  function writeConfig(config: Readonly<Record<string, unknown>>): string {
    const file = join(root, 'tailrace.yaml');
    writeFileSync(file, JSON.stringify({ dataDirectory: join(root, 'data'), ...config }));
    return file;
  }

  it('tells its version and every command', async () => {
    const { version }: { readonly version: string } = JSON.parse(
      readFileSync('package.json', 'utf8'),
    );
    assert.equal((await run('--version')).trim(), version);
    assert.match(await run('--help'), /ingest-key/);
    assert.match(await run('replay', '--help'), /tailrace replay/i);
  });

  it('needs no package beside it', () => {
    const manifest = readFileSync(join(installed.folder, 'package.json'), 'utf8');
    assert.doesNotMatch(manifest, /dependencies/i);
    assert.ok(installed.bundle.files < 120, `${installed.bundle.files} files`);
  });

  it('tells the licences of the packages that are in it', () => {
    const notices = thirdPartyNotices(installed.bundle.modules);
    for (const name of ['hono', 'undici', 'zod', '@platformatic/kafka', 'react']) {
      assert.match(notices, new RegExp(`^${name} [\\d.]+ \\(`, 'm'));
    }
    assert.doesNotMatch(notices, /^rolldown /m);
  });

  it('keeps tenants and serves, with the threads of the store', async () => {
    await run('tenant', 'create', 'acme', '--data-directory', join(root, 'data'));
    const { key }: { readonly key: string } = JSON.parse(
      await run('ingest-key', 'create', 'acme', '--data-directory', join(root, 'data'), '--json'),
    );
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    await using service = new TailraceProcess(
      writeConfig({ serve: { listen: `127.0.0.1:${port}` } }),
      installed.main,
    );
    service.start();
    await ready(url, service);
    const response = await fetch(`${url}/ingest/v1/acme/insync`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
      body: '{"eventType":"Backup","timestamp":"2026-11-21T10:00:00Z"}\n',
    });
    assert.equal(response.status, 200, await response.text());
    await service.stop();
    const exported = await run(
      'export',
      '--tenant',
      'acme',
      '--data-directory',
      join(root, 'data'),
    );
    assert.match(exported, /"eventType":"Backup"/);
  });

  it('delivers to Kafka, however it compresses', { skip: kafkaSkip }, async () => {
    await using broker = await KafkaBroker.start();
    const data = ['--data-directory', join(root, 'kafka')];
    await run('tenant', 'create', 'acme', ...data);
    const batch = join(root, 'batch.ndjson');
    const events = Array.from({ length: 300 }, (_, second) => ({
      eventType: 'Backup',
      timestamp: new Date(Date.UTC(2026, 10, 21, 10, 0, second)).toISOString(),
    }));
    writeFileSync(batch, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    await run('import', batch, '--tenant', 'acme', '--feed', 'insync', ...data);
    const sinks = ['none', 'gzip', 'snappy', 'lz4', 'zstd'].map((compression) => ({
      name: compression,
      type: 'kafka',
      brokers: broker.plain,
      createTopics: true,
      topic: `bundle-${compression}`,
      compression,
    }));
    const config = writeConfig({ dataDirectory: join(root, 'kafka'), sinks });
    await using deliverer = new TailraceProcess(config, installed.main);
    deliverer.start();
    for (const { topic } of sinks) {
      while (broker.records(topic).length < events.length) await delay(100);
      assert.equal(broker.records(topic).length, events.length, topic);
    }
    await deliverer.stop();
  });

  it('collects without loading a server, a person’s sign-in or the sinks of others', async () => {
    await using vendor = await ScriptedVendor.start();
    mkdirSync(join(root, 'published'));
    writeFileSync(join(root, 'token'), vendorCredentials.token, { mode: 0o600 });
    const { username } = vendorCredentials;
    const source = { name: 'druva', type: 'druva', stream: 'acme/insync', api: 'v1', username };
    const config = writeConfig({
      sources: [{ ...source, url: vendor.url, token: { file: join(root, 'token') } }],
      sinks: [{ name: 'files', type: 'file', format: 'cef', directory: join(root, 'published') }],
    });
    const loaded = join(root, 'loaded');
    await using collector = new TailraceProcess(config, installed.main, {
      ...process.env,
      NODE_OPTIONS: `--import ${listLoaded}`,
      TAILRACE_LOADED: loaded,
    });
    const requested = vendor.requested();
    collector.start();
    await requested;
    await collector.stop();
    const modules = readFileSync(loaded, 'utf8')
      .split('\n')
      .filter((url) => url.startsWith('file:') && url.endsWith('.js'))
      .flatMap(modulesOf);
    const has = (part: string) => modules.some((name) => name.includes(part));
    for (const part of ['src/pipeline/collect', 'src/sinks/file/sink', 'undici/lib/web/fetch']) {
      assert.ok(has(part), `${part} is not loaded`);
    }
    const unneeded = [
      'hono/',
      '@hono/',
      'kysely/',
      'prom-client/',
      'openid-client/',
      'otpauth/',
      'pg/',
      '@platformatic/',
      '@clack/',
      'src/http/server',
      'src/http/console-api',
      'src/directory/open-directory',
      'src/store/postgres',
      'src/sinks/syslog/sink',
      'src/sinks/kafka/sink',
      'src/sources/apptrana/source',
      'src/cli/demo',
    ];
    assert.deepEqual(unneeded.filter(has), []);
  });
});

/** Each module in a file of the program stands under a comment with its path. */
function modulesOf(url: string): readonly string[] {
  const text = readFileSync(new URL(url), 'utf8');
  return [...text.matchAll(/^\/\/ ((?:src|node_modules)\/\S+)$/gm)].map(([, name = '']) => name);
}
