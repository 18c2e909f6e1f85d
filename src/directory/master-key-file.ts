import { constants } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorMessage } from '../core/errors.ts';
import { keyUnavailable, masterKeyText, newMasterKey, parseMasterKey } from './master-key.ts';
import type { MasterKey, MasterKeyStore } from './master-key.ts';

const keyFileBytesMax = 4096;

/**
 * The master key in a file of mode 0600. During a rotation the next key stands beside it as
 * `FILE.next`; which of the two is in force is said by the data, never by the files:
 *
 * | crash after      | FILE | FILE.next         | data under | at the next start         |
 * |------------------|------|-------------------|------------|---------------------------|
 * | part of `stage`  | old  | missing or torn   | old        | FILE.next is removed      |
 * | `stage`          | old  | new               | old        | FILE.next is removed      |
 * | the commit       | old  | new               | new        | FILE.next becomes FILE    |
 * | `settle`         | new  | –                 | new        | nothing to do             |
 */
export class MasterKeyFile implements MasterKeyStore {
  readonly name: string;
  readonly preferredKeyId = undefined;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    this.name = `master key file ${path}`;
  }

  async first(): Promise<MasterKey> {
    const present = await readKeyFile(this.#path);
    if (present !== undefined) return present;
    const created = newMasterKey();
    await writeDurably(`${this.#path}.new`, masterKeyText(created));
    await rename(`${this.#path}.new`, this.#path);
    await syncFolder(dirname(this.#path));
    return created;
  }

  async find(keyId: string): Promise<MasterKey> {
    const present = await readKeyFile(this.#path);
    if (present?.id === keyId) return present;
    const next = await this.#readNext();
    if (next?.id === keyId) return next;
    throw keyUnavailable(
      present === undefined
        ? `${this.name} is missing; the data needs the key ${keyId}`
        : `${this.name} holds the key ${present.id}, but the data needs ${keyId}`,
    );
  }

  async stage(next: MasterKey): Promise<void> {
    await writeDurably(this.#nextPath, masterKeyText(next));
    await syncFolder(dirname(this.#path));
  }

  async isUnsettled(): Promise<boolean> {
    const found = await stat(this.#nextPath).catch(() => undefined);
    return found !== undefined;
  }

  async settle(keyId: string): Promise<void> {
    const next = await this.#readNext();
    if (next?.id === keyId) await rename(this.#nextPath, this.#path);
    else await rm(this.#nextPath, { force: true });
    await syncFolder(dirname(this.#path));
  }

  get #nextPath(): string {
    return `${this.#path}.next`;
  }

  /** Undefined too when it is torn: then the commit that would need it cannot have happened. */
  async #readNext(): Promise<MasterKey | undefined> {
    return readKeyFile(this.#nextPath).catch(() => undefined);
  }
}

/** Undefined when there is no file. Throws `key_unavailable` when others could have read it. */
async function readKeyFile(path: string): Promise<MasterKey | undefined> {
  const text = await readPrivateText(path);
  return text === undefined ? undefined : parseMasterKey(text, `master key file ${path}`);
}

async function readPrivateText(path: string): Promise<string | undefined> {
  let file;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw keyUnavailable(`master key file ${path} cannot be read: ${errorMessage(error)}`, error);
  }
  try {
    const { mode, size } = await file.stat();
    const permissions = (mode & 0o777).toString(8).padStart(4, '0');
    if ((mode & 0o077) !== 0) {
      throw keyUnavailable(
        `master key file ${path} must be readable by its owner only (0600), got mode ${permissions}`,
      );
    }
    if (size > keyFileBytesMax) {
      throw keyUnavailable(`master key file ${path} is too large for a key, got ${size} bytes`);
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
