import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import type { Position, StreamName } from '../core/stream.ts';

/**
 * Who gave a cursor out: a progress cookie is not a tracker. The number is part of the signed bytes
 * and must never be given to another API.
 */
export const cursorDialects = { 'events-api/v1': 1, 'events-api/v2': 2 } as const;
export type CursorDialect = keyof typeof cursorDialects;

export interface Cursor {
  /** The last position that was handed out. */
  readonly position: Position;
  /** Of the event there (`PositionMarks`), as far as it has one. */
  readonly mark?: string;
  readonly issuedAtMs: number;
}

/** What a cursor is bound to. `key` is the tenant's own. */
export interface CursorScope {
  readonly key: Buffer;
  readonly stream: StreamName;
  readonly dialect: CursorDialect;
}

// Layout: version (1 byte) · dialect (1) · issue time in ms (6) · position (6) · in version 2 the mark
// (6) · MAC (16). 30 or 36 bytes are 40 or 48 base64url characters with no spare bit, so there is one
// spelling for each cursor.
const versions = { unmarked: 1, marked: 2 } as const;
const placeBytes = 14;
const markBytes = 6;
const macBytes = 16;
const cursorPattern = /^[A-Za-z0-9_-]{40}(?:[A-Za-z0-9_-]{8})?$/;

/** The text handed to a client: safe in a cookie and in a query. */
export function encodeCursor(cursor: Cursor, scope: CursorScope): string {
  const mark = Buffer.from(cursor.mark ?? '', 'base64url');
  const payloadBytes = placeBytes + mark.length;
  const bytes = Buffer.alloc(payloadBytes + macBytes);
  bytes.writeUInt8(mark.length === 0 ? versions.unmarked : versions.marked, 0);
  bytes.writeUInt8(cursorDialects[scope.dialect], 1);
  bytes.writeUIntBE(cursor.issuedAtMs, 2, 6);
  bytes.writeUIntBE(cursor.position, 8, 6);
  mark.copy(bytes, placeBytes);
  mac(bytes.subarray(0, payloadBytes), scope).copy(bytes, payloadBytes);
  return bytes.toString('base64url');
}

/** Reads what `encodeCursor` wrote for the same scope. Throws `cursor_invalid` for anything else. */
export function decodeCursor(text: string, scope: CursorScope): Cursor {
  if (!cursorPattern.test(text)) throw invalidCursor();
  const bytes = Buffer.from(text, 'base64url');
  const payloadBytes = bytes.length - macBytes;
  const payload = bytes.subarray(0, payloadBytes);
  if (!timingSafeEqual(bytes.subarray(payloadBytes), mac(payload, scope))) throw invalidCursor();
  const isMarked = payloadBytes === placeBytes + markBytes;
  const version = isMarked ? versions.marked : versions.unmarked;
  if (bytes.readUInt8(0) !== version) throw invalidCursor();
  if (bytes.readUInt8(1) !== cursorDialects[scope.dialect]) throw invalidCursor();
  return {
    issuedAtMs: bytes.readUIntBE(2, 6),
    position: bytes.readUIntBE(8, 6),
    ...(isMarked && { mark: payload.toString('base64url', placeBytes) }),
  };
}

/** Throws `cursor_expired` when `cursor` was issued more than `lifeMs` before `nowMs`. */
export function assertCursorAlive(cursor: Cursor, lifeMs: number, nowMs: number): void {
  if (nowMs - cursor.issuedAtMs > lifeMs) throw new AppError('cursor_expired', 'Cookie expired');
}

/** The one refusal for whatever is wrong with a cursor, so that nothing can be learned from it. */
export function invalidCursor(): AppError {
  return new AppError('cursor_invalid', 'Cookie Invalid');
}

function mac(payload: Buffer, { key, stream }: CursorScope): Buffer {
  return createHmac('sha256', key)
    .update(`tailrace cursor\0${stream}\0`)
    .update(payload)
    .digest()
    .subarray(0, macBytes);
}
