import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const algorithm = 'aes-256-gcm';
const formatByte = 1;

/** What a sealed value is and whose: it opens only where it was meant to stand. */
export interface Binding {
  readonly purpose: 'installation key' | 'tenant key' | 'token' | 'connector key' | 'second factor';
  /** Installation, tenant, person or credential, from the widest to the narrowest. */
  readonly owner: readonly string[];
}

export function randomKey(): KeyObject {
  return createSecretKey(randomBytes(keyBytes));
}

/**
 * AES-256-GCM under a fresh random nonce of 96 bits, bound to its purpose and owner:
 * format byte, nonce, tag, ciphertext; base64url.
 */
export function seal(key: KeyObject, plaintext: Buffer, binding: Binding): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(associatedData(binding));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const parts = [Buffer.of(formatByte), nonce, cipher.getAuthTag(), ciphertext];
  return Buffer.concat(parts).toString('base64url');
}

/** Undefined for everything that `seal` did not make with this key and binding. */
export function unseal(key: KeyObject, sealed: string, binding: Binding): Buffer | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  const isIntact = bytes.toString('base64url') === sealed;
  if (!isIntact || bytes.length < 1 + nonceBytes + tagBytes || bytes[0] !== formatByte) {
    return undefined;
  }
  const nonce = bytes.subarray(1, 1 + nonceBytes);
  const tag = bytes.subarray(1 + nonceBytes, 1 + nonceBytes + tagBytes);
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(associatedData(binding));
  decipher.setAuthTag(tag);
  const plaintext = decipher.update(bytes.subarray(1 + nonceBytes + tagBytes));
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    return undefined; // the tag does not fit: another key, another place, or altered bytes
  }
}

/** A key for one use, derived by HKDF-SHA-256; the same on every call. */
export function deriveKey(key: KeyObject, use: string): KeyObject {
  return createSecretKey(
    Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `tailrace/1 ${use}`, keyBytes)),
  );
}

/** HMAC-SHA-256 over the parts, each with its length, so that no two lists of parts read alike. */
export function keyedDigest(key: KeyObject, parts: readonly string[]): string {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(`${Buffer.byteLength(part)}:${part}`);
  return hmac.digest('base64url');
}

function associatedData({ purpose, owner }: Binding): Buffer {
  return Buffer.from(JSON.stringify(['tailrace', formatByte, purpose, ...owner]));
}
