import { createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { deriveKey, keyBytes, keyedDigest, randomKey } from './sealing.ts';

const prefix = 'tailrace-master-key-1';

/** The key under which every other key of the directory is wrapped. */
export interface MasterKey {
  /** Follows from the key's bytes and says nothing about them. */
  readonly id: string;
  readonly key: KeyObject;
}

/** Where master keys are kept. The directory's data says by its id which one it needs. */
export interface MasterKeyStore {
  /** What to call it in messages. */
  readonly name: string;
  /** The one that data under another key is to be wrapped anew with; undefined: whatever fits. */
  readonly preferredKeyId: string | undefined;
  /** The key of a new directory: the one that is there, or a new one, durable when it resolves. */
  first(): Promise<MasterKey>;
  /** Throws `key_unavailable` when the key with this id is not to be had. */
  find(keyId: string): Promise<MasterKey>;
  /** Keeps `next` beside the present key, durable when it resolves. */
  stage(next: MasterKey): Promise<void>;
  /** Whether a rotation may have been interrupted, so that `settle` has something to do. */
  isUnsettled(): Promise<boolean>;
  /** Makes the key with this id the only one. Only while nobody else can write to the directory. */
  settle(keyId: string): Promise<void>;
}

export function newMasterKey(): MasterKey {
  return masterKeyOf(randomKey());
}

export function masterKeyOf(key: KeyObject): MasterKey {
  return { id: keyedDigest(deriveKey(key, 'key id'), ['master key']).slice(0, 16), key };
}

/** One line: what it is, the key's id, the key in base64url. */
export function masterKeyText({ id, key }: MasterKey): string {
  return `${prefix}:${id}:${key.export().toString('base64url')}\n`;
}

/**
 * Reads what `masterKeyText` wrote, or 32 bytes in base64 as `openssl rand -base64 32` writes them.
 * Throws `key_unavailable`, naming `origin`.
 */
export function parseMasterKey(text: string, origin: string): MasterKey {
  const line = text.trim();
  const [kind, id, encoded = '', ...rest] = line.split(':');
  const isTagged = kind === prefix && rest.length === 0;
  const bytes = decodeKey(isTagged ? encoded : line);
  if (bytes === undefined) {
    throw keyUnavailable(`${origin} does not hold a master key of ${keyBytes} bytes in base64`);
  }
  const masterKey = masterKeyOf(createSecretKey(bytes));
  if (isTagged && masterKey.id !== id) {
    throw keyUnavailable(
      `${origin} is damaged: the key does not have the id that stands beside it`,
    );
  }
  return masterKey;
}

export function keyUnavailable(message: string, cause?: unknown): AppError {
  return new AppError('key_unavailable', message, cause === undefined ? {} : { cause });
}

function decodeKey(encoded: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  return bytes.length === keyBytes ? bytes : undefined;
}
