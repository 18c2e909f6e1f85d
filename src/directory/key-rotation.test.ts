import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Secret } from '../core/secret.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import type { Directory } from './directory.ts';
import { MasterKeyFile } from './master-key-file.ts';
import { newMasterKey } from './master-key.ts';
import type { MasterKey } from './master-key.ts';
import { openDirectory, openDirectoryWith } from './open-directory.ts';
import type { ConfiguredMasterKey } from './open-directory.ts';

const actor = { name: 'cli:tester' };
const address = 'ada@example.com';
const silent = { warn: () => {}, error: () => {} };
let root = '';
let folder = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tailrace-rotation-'));
  folder = join(root, 'data');
});
afterEach(() => rm(root, { recursive: true }));

describe('rotating the master key', () => {
  it('survives a crash at every step', async () => {
    // Goal: whenever the machine stops, the next start finds exactly one key that opens everything.
    // Method: copy the folder as it is before and after each step on the key files; open each copy.
    const before = await populate(folder);
    const steps: string[] = [];
    const store = new RecordingKeyFile(join(folder, 'master.key'), async (step) => {
      steps.push(step);
      await cp(folder, join(root, 'crash', step), { recursive: true });
    });
    {
      await using directory = await openDirectoryWith(options(folder), store);
      await directory.rotateMasterKey(actor);
    }
    assert.deepEqual(steps, ['1 unstaged', '2 staged', '3 committed', '4 settled']);
    await tearNextKey(join(root, 'crash'));

    const used = new Map<string, string>();
    for (const crash of await readdir(join(root, 'crash'))) {
      const copy = join(root, 'crash', crash);
      for (const start of ['first', 'second']) {
        assert.deepEqual(await population(copy), before, `${crash}, ${start} start`);
      }
      assert.deepEqual(
        (await readdir(copy)).filter((file) => file.startsWith('master.key')),
        ['master.key'],
        crash,
      );
      used.set(crash, await readFile(join(copy, 'master.key'), 'utf8'));
      await using directory = await openDirectory(options(copy));
      await directory.rotateMasterKey(actor);
      assert.ok(await directory.token('acme', address), crash);
    }
    assert.equal(used.get('1 unstaged'), used.get('2 staged'));
    assert.equal(used.get('1 unstaged'), used.get('2 torn'));
    assert.equal(used.get('3 committed'), used.get('4 settled'));
    assert.notEqual(used.get('2 staged'), used.get('3 committed'));
  });

  it('leaves the data as it was when the new key cannot be written', async () => {
    const before = await populate(folder);
    class FullDisk extends MasterKeyFile {
      override async stage(): Promise<void> {
        throw new Error('no space left');
      }
    }
    {
      const store = new FullDisk(join(folder, 'master.key'));
      await using directory = await openDirectoryWith(options(folder), store);
      await assert.rejects(directory.rotateMasterKey(actor), /no space left/);
      assert.ok(await directory.token('acme', address));
    }
    assert.deepEqual(await population(folder), before);
  });

  it('makes the old key useless, and leaves nothing in the files that it opens', async () => {
    await populate(folder);
    const oldKey = await readFile(join(folder, 'master.key'), 'utf8');
    const wrapped = wrappedKeys(folder);
    assert.equal(wrapped.length, 3);
    {
      await using directory = await openDirectory(options(folder));
      await directory.rotateMasterKey(actor);
      for (const file of await readdir(folder)) {
        const bytes = await readFile(join(folder, file));
        for (const old of wrapped) assert.ok(!bytes.includes(old), `${file} holds an old key`);
      }
    }
    await writeFile(join(folder, 'master.key'), oldKey);
    await assert.rejects(openDirectory(options(folder)), { code: 'key_unavailable' });
  });

  it('is done where the key is kept when it is configured, and then wraps everything anew', async () => {
    const [first, second] = [configuredKey(), configuredKey()];
    let before: Population;
    {
      await using directory = await opened({ key: first });
      before = await fill(directory);
      await assert.rejects(directory.rotateMasterKey(actor), { code: 'input_invalid' });
    }
    await assert.rejects(opened({ key: second }), { code: 'key_unavailable' });
    {
      await using directory = await opened({ key: second, previous: first });
      assert.deepEqual(await show(directory), before);
    }
    {
      await using directory = await opened({ key: second });
      assert.deepEqual(await show(directory), before);
      const [newest] = await directory.auditTrail(undefined, 1);
      assert.equal(newest?.action, 'rotated the master key');
    }
    await assert.rejects(opened({ key: first }), { code: 'key_unavailable' });
    assert.ok(!(await readdir(folder)).includes('master.key'));
  });

  it('is done on one node after the other in two rounds, and no node misses a key meanwhile', async () => {
    const [first, second] = [configuredKey(), configuredKey()];
    await using nodes = new AsyncDisposableStack();
    const running = [await opened({ key: first }), await opened({ key: first })];
    nodes.defer(async () => {
      for (const node of running) await node[Symbol.asyncDispose]();
    });
    const [one] = running;
    assert.ok(one);
    const before = await fill(one);
    const rounds = [
      { key: first, previous: second },
      { key: second, previous: first },
      { key: second },
    ];
    for (const masterKey of rounds) {
      for (const [index, node] of running.entries()) {
        await node[Symbol.asyncDispose]();
        running[index] = await opened(masterKey);
        for (const other of running) assert.deepEqual(await show(other), before);
      }
    }
    await assert.rejects(opened({ key: first }), { code: 'key_unavailable' });

    // What the first round is for: a node that has never heard of the next key.
    const third = configuredKey();
    await using early = await opened({ key: third, previous: second });
    assert.deepEqual(await show(early), before);
    for (const late of running) await assert.rejects(show(late), { code: 'key_unavailable' });
  });
});

/** Says when each step is about to be, or has been, on the disk. */
class RecordingKeyFile extends MasterKeyFile {
  readonly #record: (step: string) => Promise<void>;
  #isStaged = false;

  constructor(path: string, record: (step: string) => Promise<void>) {
    super(path);
    this.#record = record;
  }

  override async stage(next: MasterKey): Promise<void> {
    await this.#record('1 unstaged');
    await super.stage(next);
    await this.#record('2 staged');
    this.#isStaged = true;
  }

  override async settle(keyId: string): Promise<void> {
    if (this.#isStaged) await this.#record('3 committed');
    await super.settle(keyId);
    if (this.#isStaged) await this.#record('4 settled');
  }
}

/** The machine may stop while the next key is being written, too. */
async function tearNextKey(crashes: string): Promise<void> {
  await cp(join(crashes, '2 staged'), join(crashes, '2 torn'), { recursive: true });
  const next = join(crashes, '2 torn', 'master.key.next');
  await writeFile(next, (await readFile(next)).subarray(0, 30));
}

interface Population {
  readonly token: string | undefined;
  readonly cursorKeys: readonly string[];
}

async function populate(where: string): Promise<Population> {
  await mkdir(where, { recursive: true });
  await using directory = await openDirectory(options(where));
  return await fill(directory);
}

async function fill(directory: Directory): Promise<Population> {
  for (const id of ['acme', 'globex']) {
    await directory.createTenant({ id, title: id, edition: 'Elite' }, actor);
  }
  await directory.addAdministrator(
    { tenant: 'acme', email: address, role: 'administrator' },
    actor,
  );
  await directory.createToken('acme', address, 365, actor);
  return show(directory);
}

async function population(where: string): Promise<Population> {
  await using directory = await openDirectory(options(where));
  return await show(directory);
}

async function show(directory: Directory): Promise<Population> {
  const token = (await directory.token('acme', address))?.value?.reveal();
  assert.ok(token);
  const principal = await directory.authenticateToken(address, token);
  assert.equal(principal?.tenant, 'acme');
  const keys = [await directory.cursorKey('acme'), await directory.cursorKey('globex')];
  return { token, cursorKeys: keys.map((key) => key.toString('hex')) };
}

function wrappedKeys(where: string): readonly string[] {
  using database = new DatabaseSync(join(where, 'directory.sqlite'), { readOnly: true });
  const rows = database
    .prepare('select wrapped_key from tenant union all select wrapped_key from installation')
    .all();
  return rows.map((row) => String(row['wrapped_key']));
}

function options(where: string) {
  return { folder: where, clock: new ManualClock(), log: silent };
}

function opened(masterKey: ConfiguredMasterKey): Promise<Directory> {
  return openDirectory({ ...options(folder), masterKey });
}

function configuredKey(): Secret {
  return new Secret(newMasterKey().key.export().toString('base64'));
}
