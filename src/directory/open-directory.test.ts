import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { sql as query } from 'kysely';
import { ManualClock } from '../testing/manual-clock.ts';
import type { Directory } from './directory.ts';
import { parseMasterKey } from './master-key.ts';
import { openDirectory } from './open-directory.ts';
import { unseal } from './sealing.ts';
import { openSqliteDatabase } from './sqlite/sqlite-database.ts';

const actor = { name: 'cli:tester' };
const run = promisify(execFile);
let root = '';
let folder = '';
let file = '';
let warnings: string[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tailrace-open-'));
  folder = join(root, 'data');
  file = join(folder, 'directory.sqlite');
  warnings = [];
});
afterEach(() => rm(root, { recursive: true }));

describe('opening a directory', () => {
  it('creates a folder and files for their owner only', async () => {
    await using directory = await open();
    await directory.createTenant({ id: 'acme', title: 'Acme', edition: 'Elite' }, actor);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    const names = await readdir(folder);
    assert.deepEqual(names.toSorted(), [
      'directory.sqlite',
      'directory.sqlite-shm',
      'directory.sqlite-wal',
      'master.key',
    ]);
    for (const name of names) assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600);
  });

  it('takes rights away from a database file that others could read, and warns of the folder', async () => {
    await (await open())[Symbol.asyncDispose]();
    await chmod(file, 0o644);
    await chmod(folder, 0o770);
    await (await open())[Symbol.asyncDispose]();
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal(warnings.length, 1);
  });

  it('commits to a write-ahead log that is flushed with every commit', async () => {
    await (await open())[Symbol.asyncDispose]();
    await using database = await openSqliteDatabase(file);
    const settings = { journal_mode: 'wal', synchronous: 2, foreign_keys: 1, secure_delete: 1 };
    for (const [name, value] of Object.entries(settings)) {
      const { rows } = await query`pragma ${query.raw(name)}`.execute(database.writer);
      assert.deepEqual({ ...Object(rows[0]) }, { [name]: value });
    }
  });

  it('names a file that is no database', async () => {
    await (await open())[Symbol.asyncDispose]();
    await writeFile(file, Buffer.alloc(10_000, 'garbage'));
    await refuses('store_corrupt', `${file} is not a database: file is not a database`);
  });

  it('names a file whose pages are damaged', async () => {
    await (await open())[Symbol.asyncDispose]();
    const bytes = await readFile(file);
    await writeFile(file, bytes.fill(0xff, 4096));
    await refuses('store_corrupt', /directory\.sqlite is damaged/);
  });

  it('does not touch the database of another program', async () => {
    await (await open())[Symbol.asyncDispose]();
    await rm(file);
    {
      using other = new DatabaseSync(file);
      other.exec('create table theirs (a)');
    }
    const before = await readFile(file);
    await refuses('store_corrupt', `${file} is the database of another program`);
    assert.deepEqual(await readFile(file), before);
  });

  it('refuses data that a newer version has written', async () => {
    await (await open())[Symbol.asyncDispose]();
    edit('pragma user_version = 99');
    await refuses(
      'store_newer',
      `${file} has schema version 99; this Tailrace knows versions up to 3`,
    );
  });

  it('refuses without the key, and never makes a second one for data that has one', async () => {
    await (await open())[Symbol.asyncDispose]();
    const path = join(folder, 'master.key');
    const key = await readFile(path);
    await rm(path);
    await refuses('key_unavailable', /master key file .* is missing; the data needs the key/);
    assert.ok(!(await readdir(folder)).includes('master.key'));
    await writeFile(path, key, { mode: 0o644 });
    await refuses('key_unavailable', /must be readable by its owner only/);
    await chmod(path, 0o600);
    await (await open())[Symbol.asyncDispose]();
  });

  it('refuses tenants whose installation was taken away', async () => {
    await fill();
    edit('delete from installation');
    await refuses('key_unavailable', /has lost its key/);
  });

  it('says so when the folder cannot be there', async () => {
    await writeFile(folder, 'a file');
    await refuses('directory_unwritable', /cannot be created or written/);
  });

  it('is done once when two start at the same moment', async () => {
    const [one, two] = await Promise.all([open(), open()]);
    await one.createTenant({ id: 'acme', title: 'Acme', edition: 'Elite' }, actor);
    assert.deepEqual(await one.cursorKey('acme'), await two.cursorKey('acme'));
    await one[Symbol.asyncDispose]();
    await two[Symbol.asyncDispose]();
  });
});

describe('altered data', () => {
  it('is refused when the sealed values of two administrators or tenants are swapped', async () => {
    const tokens = await fill();
    swap('token', 'sealed_value', 'email_key', ['a@acme.example.com', 'b@acme.example.com']);
    await using directory = await open();
    await assert.rejects(directory.token('acme', 'a@acme.example.com'), {
      code: 'store_corrupt',
      message: /token-\w+ of tenant acme was altered; create a new token/,
    });
    swap('token', 'sealed_value', 'email_key', ['a@acme.example.com', 'b@acme.example.com']);
    swap('token', 'sealed_value', 'email_key', ['a@acme.example.com', 'a@globex.example.com']);
    for (const [tenant, email] of [
      ['acme', 'a@acme.example.com'],
      ['globex', 'a@globex.example.com'],
    ] as const) {
      await assert.rejects(directory.token(tenant, email), { code: 'store_corrupt' });
    }
    const value = (await directory.token('acme', 'b@acme.example.com'))?.value?.reveal();
    assert.equal(value, tokens.get('b@acme.example.com'));
  });

  it('lets nobody in under a name that a lookup was moved to', async () => {
    const tokens = await fill();
    swap('token', 'lookup', 'email_key', ['a@acme.example.com', 'a@globex.example.com']);
    await using directory = await open();
    for (const [email, value] of tokens) {
      const principal = await directory.authenticateToken('a@globex.example.com', value);
      assert.equal(principal?.tenant === 'globex' && email.includes('acme'), false);
    }
  });

  it('is refused when the wrapped keys of two tenants are swapped', async () => {
    await fill();
    swap('tenant', 'wrapped_key', 'id', ['acme', 'globex']);
    await using directory = await open();
    await assert.rejects(directory.cursorKey('acme'), {
      code: 'store_corrupt',
      message: /the key of tenant acme does not open under the master key \S+, whose id it names/,
    });
    await assert.rejects(directory.token('globex', 'a@globex.example.com'), {
      code: 'store_corrupt',
    });
    await assert.rejects(directory.rotateMasterKey(actor), { code: 'store_corrupt' });
  });

  it('is refused when a character of a key was changed, and gives no other key instead', async () => {
    await fill();
    const wrapped = column('tenant', 'wrapped_key', 'id', 'acme');
    for (let at = 0; at < wrapped.length; at += 7) {
      edit(`update tenant set wrapped_key = '${changedAt(wrapped, at)}' where id = 'acme'`);
      await using directory = await open();
      await assert.rejects(directory.cursorKey('acme'), { code: 'store_corrupt' });
    }
    const installation = column('installation', 'wrapped_key', 'id', 1);
    edit(`update installation set wrapped_key = '${changedAt(installation, 30)}'`);
    await refuses('store_corrupt', /the key of the installation does not open/);
    edit(`update installation set wrapped_key = '${installation}', master_key_id = 'other'`);
    await refuses('key_unavailable', /but the data needs other/);
  });
});

describe('the files', () => {
  it('hold no key in clear', async () => {
    await fill();
    await using directory = await open();
    const text = await readFile(join(folder, 'master.key'), 'utf8');
    const master = parseMasterKey(text, 'it').key;
    const tenant = unseal(master, column('tenant', 'wrapped_key', 'id', 'acme'), {
      purpose: 'tenant key',
      owner: ['acme'],
    });
    const installation = unseal(master, column('installation', 'wrapped_key', 'id', 1), {
      purpose: 'installation key',
      owner: [column('installation', 'name', 'id', 1)],
    });
    assert.ok(tenant && installation);
    const keys = [master.export(), tenant, installation, await directory.cursorKey('acme')];
    for (const name of await readdir(folder)) {
      if (name === 'master.key') continue;
      const bytes = await readFile(join(folder, name));
      for (const key of keys) {
        for (const form of [key, ...encodings.map((encoding) => key.toString(encoding))]) {
          assert.ok(!bytes.includes(form), `${name} holds a key`);
        }
      }
    }
  });
});

describe('another process', () => {
  it('sees our changes and has its own seen', async () => {
    const tokens = await fill();
    await using directory = await open();
    const [email, value] = ['a@acme.example.com', tokens.get('a@acme.example.com') ?? ''];
    assert.ok(await directory.authenticateToken(email, value));
    await runElsewhere(`
      if (!(await directory.authenticateToken('${email}', '${value}'))) throw new Error('not in');
      await directory.revokeToken('acme', '${email}', { name: 'cli:elsewhere' });
      await directory.rotateMasterKey({ name: 'cli:elsewhere' });`);
    assert.equal(await directory.authenticateToken(email, value), undefined);
    assert.ok(await directory.createToken('acme', email, 1, actor));
    const names = (await directory.auditTrail(undefined, 3)).map((entry) => entry.actor.name);
    assert.deepEqual(names, ['cli:tester', 'cli:elsewhere', 'cli:elsewhere']);
  });

  it('is waited for while it writes', async () => {
    await using directory = await open();
    const other = new DatabaseSync(file);
    other.exec('begin immediate');
    const created = directory.createTenant({ id: 'late', title: 'L', edition: 'Elite' }, actor);
    assert.deepEqual(await directory.tenants(), [], 'readers do not wait');
    other.exec('commit');
    other.close();
    assert.equal((await created).id, 'late');
  });
});

const encodings = ['hex', 'base64', 'base64url'] as const;

function open(): Promise<Directory> {
  return openDirectory({ folder, clock: new ManualClock(), log: { warn, error: warn } });
}

function warn(_: object, message: string): void {
  warnings.push(message);
}

/** Two administrators with tokens in one tenant, one in another; their values by address. */
async function fill(): Promise<ReadonlyMap<string, string>> {
  await using directory = await open();
  const tokens = new Map<string, string>();
  for (const [id, people] of [
    ['acme', ['a', 'b']],
    ['globex', ['a']],
  ] as const) {
    await directory.createTenant({ id, title: id, edition: 'Elite' }, actor);
    for (const person of people) {
      const email = `${person}@${id}.example.com`;
      await directory.addAdministrator({ tenant: id, email, role: 'administrator' }, actor);
      const token = await directory.createToken(id, email, 365, actor);
      tokens.set(email, token.value?.reveal() ?? '');
    }
  }
  return tokens;
}

async function refuses(code: string, message: string | RegExp): Promise<void> {
  await assert.rejects(open(), { code, message });
}

function edit(sql: string): void {
  using database = new DatabaseSync(file);
  database.exec(sql);
}

function swap(table: string, name: string, key: string, [one, two]: readonly [string, string]) {
  const [first, second] = [column(table, name, key, one), column(table, name, key, two)];
  edit(`update ${table} set ${name} = 'held' where ${key} = '${one}';
        update ${table} set ${name} = '${first}' where ${key} = '${two}';
        update ${table} set ${name} = '${second}' where ${key} = '${one}';`);
}

function column(table: string, name: string, key: string, value: string | number): string {
  using database = new DatabaseSync(file);
  const row = database.prepare(`select ${name} as it from ${table} where ${key} = ?`).get(value);
  return String(row?.['it']);
}

function changedAt(text: string, at: number): string {
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
}

async function runElsewhere(work: string): Promise<void> {
  const module = new URL('open-directory.ts', import.meta.url).href;
  const clock = new URL('../testing/manual-clock.ts', import.meta.url).href;
  const script = `
    import { openDirectory } from '${module}';
    import { ManualClock } from '${clock}';
    const log = { warn: console.error, error: console.error };
    const folder = process.argv[1];
    await using directory = await openDirectory({ folder, clock: new ManualClock(), log });
    ${work}`;
  await run(process.execPath, ['--input-type=module', '--eval', script, folder]);
}
