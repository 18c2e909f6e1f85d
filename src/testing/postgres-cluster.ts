import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import {
  appendFile,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { Secret } from '../core/secret.ts';
import { freePort } from './tailrace-process.ts';

/** A database somebody else keeps for tests, with or without Citus; every test has its own schema. */
const givenUrl = process.env['TAILRACE_TEST_POSTGRES_URL'];
const programs = newestPrograms();

/** The option that skips a test which needs PostgreSQL, with the reason. */
export const postgresSkip: false | string =
  givenUrl !== undefined || programs !== undefined || process.env['TAILRACE_TEST_ALL'] === '1'
    ? false
    : 'PostgreSQL of the Debian package postgresql-15 is missing';

/** The same for tests that stop and start the server, which a given one does not allow. */
export const postgresClusterSkip: false | string =
  programs !== undefined || process.env['TAILRACE_TEST_ALL'] === '1'
    ? false
    : 'PostgreSQL of the Debian package postgresql-15 is missing';

export interface PostgresCluster extends AsyncDisposable {
  readonly url: Secret;
  readonly port: number;
  /** Of the server's first process. */
  readonly pid: number;
  /** Ends it as a crash would: no shutdown checkpoint, recovery at the next start. */
  stopImmediately(): Promise<void>;
  start(): Promise<void>;
  /** Every byte it has on disk. */
  readonly dataDirectory: string;
}

export interface ClusterOptions {
  /** False where durability is not the question: a commit then costs no wait for the disk. */
  readonly isDurable: boolean;
  /** Lines for postgresql.conf. */
  readonly settings?: readonly string[];
  /** Beside postgresql.conf, by name: certificates, say. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface TestPostgres extends AsyncDisposable {
  readonly url: Secret;
  /** Undefined when it is somebody else's. */
  readonly cluster: PostgresCluster | undefined;
}

/** Where the tests of one file work: the given database, or a cluster of their own. */
export async function openTestPostgres(settings: readonly string[] = []): Promise<TestPostgres> {
  if (givenUrl !== undefined) {
    return { url: new Secret(givenUrl), cluster: undefined, async [Symbol.asyncDispose]() {} };
  }
  const cluster = await startPostgres({ isDurable: false, settings });
  const { url } = cluster;
  return { url, cluster, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() };
}

/**
 * A cluster of its own, made with `initdb` as a user without privileges (PostgreSQL refuses root), on
 * a free loopback port.
 */
export async function startPostgres(options: ClusterOptions): Promise<PostgresCluster> {
  if (programs === undefined) throw new Error('the Debian package postgresql-15 is missing');
  const template = await initializedData();
  const root = await mkdtemp(join(tmpdir(), 'tailrace-postgres-'));
  const owner = unprivilegedUser();
  if (owner) await chown(root, owner.uid, owner.gid);
  const dataDirectory = join(root, 'data');
  await runOrThrow('cp', ['--archive', '--reflink=auto', template, dataDirectory]);
  for (const [name, text] of Object.entries(options.files ?? {})) {
    const file = join(dataDirectory, name);
    await writeFile(file, text, { mode: 0o600 });
    if (owner) await chown(file, owner.uid, owner.gid);
  }
  const port = await freePort();
  const settings = [
    `port = ${port}`,
    `listen_addresses = '127.0.0.1'`,
    `unix_socket_directories = ''`,
    'max_connections = 100',
    'shared_buffers = 32MB',
    ...(options.isDurable ? [] : ['fsync = off', 'full_page_writes = off']),
    ...(options.settings ?? []),
  ];
  await appendFile(join(dataDirectory, 'postgresql.conf'), `${settings.join('\n')}\n`);
  const log = join(root, 'log');
  const control = ['-D', dataDirectory, '-l', log, '-w', '-t', '60'];
  const cluster: PostgresCluster = {
    url: new Secret(`postgres://tailrace@127.0.0.1:${port}/postgres`),
    port,
    dataDirectory,
    get pid() {
      return Number(readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n')[0]);
    },
    start: () => run('pg_ctl', [...control, 'start'], log),
    stopImmediately: () => run('pg_ctl', [...control, '-m', 'immediate', 'stop'], log),
    async [Symbol.asyncDispose]() {
      if (existsSync(join(dataDirectory, 'postmaster.pid'))) await cluster.stopImmediately();
      await rm(root, { recursive: true, force: true });
    },
  };
  try {
    await cluster.start();
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
  return cluster;
}

/**
 * What `initdb` makes, kept for all tests and runs: copying it takes a third of the time. It belongs
 * to the user that servers run as.
 */
async function initializedData(): Promise<string> {
  const said = spawnSync(join(programs ?? '', 'initdb'), ['--version']).stdout.toString();
  const version = /\d+(\.\d+)+/.exec(said)?.[0] ?? 'unknown';
  const kept = join(homedir(), '.cache/tailrace-test/postgresql', version);
  if (existsSync(kept)) return kept;
  const owner = unprivilegedUser();
  const root = await mkdtemp(join(tmpdir(), 'tailrace-initdb-'));
  const draft = `${kept}.${process.pid}`;
  try {
    if (owner) await chown(root, owner.uid, owner.gid);
    const made = join(root, 'data');
    await run('initdb', ['-D', made, '-U', 'tailrace', '-A', 'trust', '-N', '-E', 'UTF8']);
    await mkdir(dirname(kept), { recursive: true });
    await runOrThrow('cp', ['--archive', made, draft]);
    await rename(draft, kept);
  } catch (error) {
    if (!existsSync(kept)) throw error; // otherwise another test was faster
  } finally {
    await rm(draft, { recursive: true, force: true });
    await rm(root, { recursive: true, force: true });
  }
  return kept;
}

/** Runs one statement on a connection of its own. */
export async function runSql(url: Secret, sql: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url.reveal() });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

let schemas = 0;

/** A name for a schema that no other test uses. */
export function newSchemaName(): string {
  schemas += 1;
  return `test_${process.pid}_${Date.now().toString(36)}_${schemas}`;
}

async function run(program: string, args: readonly string[], log?: string): Promise<void> {
  const child = spawn(join(programs ?? '', program), args, {
    // pg_ctl leaves the server with its own output; a pipe would stay open as long as that runs.
    stdio: ['ignore', 'ignore', log === undefined ? 'inherit' : 'ignore'],
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' },
    ...unprivilegedUser(),
  });
  const [code] = await once(child, 'exit');
  if (code === 0) return;
  const said = log === undefined ? '' : await readFile(log, 'utf8').catch(() => '');
  throw new Error(`${program} ended with ${String(code)}\n${said}`);
}

async function runOrThrow(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}`);
}

/** Undefined unless this process is root. */
function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return { uid: idOfNobody('-u'), gid: idOfNobody('-g') };
}

function idOfNobody(flag: '-u' | '-g'): number {
  return Number(spawnSync('id', [flag, 'nobody']).stdout.toString());
}

function newestPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  return readdirSync(root)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')));
}
