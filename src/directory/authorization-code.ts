import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { EnabledConnector } from './connector.ts';

// Layout: issue time in ms (6 bytes) · nonce (10) · MAC (16). Base64url of 32 bytes has two spare
// bits, which the comparison with the canonical spelling refuses.
const timeBytes = 6;
const nonceBytes = 10;
const payloadBytes = timeBytes + nonceBytes;
const macBytes = 16;
const codePattern = /^[A-Za-z0-9_-]{43}$/;

type Bound = Pick<EnabledConnector, 'apiId' | 'enabledAtMs'>;

/**
 * A code that says of itself when and for whom it was issued, so that handing one out writes
 * nothing: whoever knows an API ID may ask for as many as he likes.
 */
export function signAuthorizationCode(key: KeyObject, connector: Bound, nowMs: number): string {
  const payload = Buffer.alloc(payloadBytes);
  payload.writeUIntBE(nowMs, 0, timeBytes);
  randomBytes(nonceBytes).copy(payload, timeBytes);
  return Buffer.concat([payload, mac(key, connector, payload)]).toString('base64url');
}

/** When `code` was issued to this connector; undefined for anything else. */
export function readAuthorizationCode(
  key: KeyObject,
  connector: Bound,
  code: string,
): number | undefined {
  const bytes = Buffer.from(code, 'base64url');
  if (!codePattern.test(code) || bytes.toString('base64url') !== code) return undefined;
  const payload = bytes.subarray(0, payloadBytes);
  if (!timingSafeEqual(bytes.subarray(payloadBytes), mac(key, connector, payload))) {
    return undefined;
  }
  return payload.readUIntBE(0, timeBytes);
}

/** Bound to when the connector was enabled, so that disabling it ends its codes. */
function mac(key: KeyObject, { apiId, enabledAtMs }: Bound, payload: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(`${apiId}\0${enabledAtMs}\0`)
    .update(payload)
    .digest()
    .subarray(0, macBytes);
}
