/** A PostgreSQL that speaks TLS, with a certificate for localhost and 127.0.0.1 of an example authority. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Secret } from '../../core/secret.ts';
import { openPostgresEventStore } from '../../store/postgres/store.ts';
import {
  newSchemaName,
  postgresClusterSkip,
  startPostgres,
  type PostgresCluster,
} from '../../testing/postgres-cluster.ts';
import { ScriptedTerminal } from '../../testing/scripted-terminal.ts';
import { runProgram } from '../program.ts';
import { systemClock } from '../system-clock.ts';

const password = 'correct-horse-that-nobody-may-read';
const certificates = fileURLToPath(new URL('../../sinks/syslog/fixtures/', import.meta.url));
const authority = `sslrootcert=${join(certificates, 'authority.crt.pem')}`;
const stranger = `sslrootcert=${join(certificates, 'stranger.crt.pem')}`;

describe('on PostgreSQL over TLS', { skip: postgresClusterSkip }, () => {
  let postgres: PostgresCluster;
  let home = '';
  before(async () => {
    const files = {
      'server.crt': await readFile(join(certificates, 'server.crt.pem'), 'utf8'),
      'server.key': await readFile(join(certificates, 'server.key.pem'), 'utf8'),
    };
    // 127.0.0.2 is an address that the certificate does not name.
    const settings = ['ssl = on', "listen_addresses = '127.0.0.1, 127.0.0.2'"];
    postgres = await startPostgres({ isDurable: false, settings, files });
    home = await mkdtemp(join(tmpdir(), 'tailrace-postgres-tls-'));
  });
  after(async () => {
    await postgres?.[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  });

  const urlOf = (host: string, parameters: string) =>
    `postgres://tailrace:${password}@${host}:${postgres.port}/postgres?${parameters}`;

  async function check(url: string) {
    await writeFile(join(home, 'store-url'), url, { mode: 0o600 });
    const store = { url: { file: join(home, 'store-url') } };
    const config = { dataDirectory: 'data', store, monitor: {} };
    await writeFile(join(home, 'tailrace.yaml'), JSON.stringify(config));
    const terminal = new ScriptedTerminal(home);
    const code = await runProgram(['check', '--connect'], terminal);
    return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
  }

  it('stores events, and tailrace check is content, when authority and host are right', async () => {
    const url = urlOf('127.0.0.1', `sslmode=verify-full&${authority}`);
    const { code, stdout, stderr } = await check(url);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /reached as tailrace/);
    const schema = newSchemaName();
    await using store = await openPostgresEventStore({
      url: new Secret(url),
      schema,
      clock: systemClock,
    });
    const events = [{ id: 'e', occurredAtMs: 1, json: '{"id":"e"}' }];
    assert.equal((await store.append({ stream: 'acme/insync', events })).lastPosition, 1);
  });

  const wrong: Readonly<Record<string, readonly [host: string, parameters: string, RegExp]>> = {
    'an authority that nobody named': [
      '127.0.0.1',
      'sslmode=verify-full',
      /the server's certificate comes from an authority that is not known/,
    ],
    'another authority than the one named': [
      '127.0.0.1',
      `sslmode=verify-full&${stranger}`,
      /the server's certificate comes from an authority that is not known/,
    ],
    'another host': [
      '127.0.0.2',
      `sslmode=verify-full&${authority}`,
      /the server's certificate is for another host name/,
    ],
  };
  for (const [what, [host, parameters, words]] of Object.entries(wrong)) {
    it(`is not trusted with a certificate of ${what}, and that is said`, async () => {
      const { code, stdout, stderr } = await check(urlOf(host, parameters));
      assert.equal(code, 1);
      assert.match(stderr, words);
      assert.match(stderr, /^hint: Name the authority with `sslrootcert=FILE`/m);
      assert.ok(!(stdout + stderr).includes(password), stderr);
      const options = { url: new Secret(urlOf(host, parameters)), schema: newSchemaName() };
      await assert.rejects(openPostgresEventStore({ ...options, clock: systemClock }), {
        code: 'store_unavailable',
        message: words,
      });
    });
  }
});
