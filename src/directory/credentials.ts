import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { keyedDigest } from './sealing.ts';

/**
 * What each credential and public identifier begins with, so that people and secret scanners know
 * it when they see it. The rest is base64url: safe in a URL, a header and Basic authentication.
 */
export const credentialPrefixes = {
  token: 'trat_',
  apiClientSecret: 'trcs_',
  accessToken: 'trac_',
  ingestKey: 'trik_',
  invitation: 'trin_',
  session: 'trse_',
} as const;
export type CredentialKind = keyof typeof credentialPrefixes;
/** Credentials that look as the vendor's do, which carry no prefix. */
type VendorCredentialKind = 'connectorKey' | 'connectorToken' | 'authorizationCode';
/** Typed by people from paper. */
type TypedCredentialKind = 'recoveryCode';

/** 256 random bits behind the kind's prefix. */
export function newCredential(kind: CredentialKind): string {
  return credentialPrefixes[kind] + randomBytes(32).toString('base64url');
}

const alphanumerics = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** With it every character of 32 is equally likely but for one part in 2^60. */
export const alphanumericEntropyBytes = 32;

/** `length` letters and digits, at most 32, out of `entropy`; the same for the same bytes. */
export function alphanumeric(
  length: number,
  entropy = randomBytes(alphanumericEntropyBytes),
): string {
  let rest = BigInt(`0x${entropy.toString('hex')}`);
  const characters = Array.from({ length }, () => {
    const index = Number(rest % 62n);
    rest /= 62n;
    return alphanumerics[index];
  });
  return characters.join('');
}

/** Names a credential without telling it: `token-4f1c…`. */
export function newPublicId(prefix: 'token' | 'client' | 'key' | 'connector' | 'session'): string {
  return `${prefix}-${randomBytes(10).toString('hex')}`;
}

/**
 * Under what a credential is found again. `owner` is what the client states beside it (e-mail
 * address, client id); a credential with another owner's name is another lookup.
 */
export function credentialLookup(
  lookupKey: KeyObject,
  kind: CredentialKind | VendorCredentialKind | TypedCredentialKind,
  value: string,
  owner = '',
): string {
  return keyedDigest(lookupKey, [kind, owner, value]);
}

/** In time that does not depend on where they differ. */
export function isSameLookup(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
