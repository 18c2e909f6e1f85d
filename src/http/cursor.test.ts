import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { assertCursorAlive, decodeCursor, encodeCursor } from './cursor.ts';
import type { CursorScope } from './cursor.ts';

const scope: CursorScope = {
  key: Buffer.alloc(32, 7),
  stream: 'acme/insync',
  dialect: 'events-api/v1',
};
const cursor = { position: 42, issuedAtMs: Date.UTC(2026, 10, 21) };
const invalid = { code: 'cursor_invalid', message: 'Cookie Invalid' };

describe('a cursor', () => {
  it('brings back its position and issue time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 48 - 1 }),
        fc.integer({ min: 0, max: 2 ** 48 - 1 }),
        (position, issuedAtMs) => {
          const text = encodeCursor({ position, issuedAtMs }, scope);
          assert.match(text, /^[\w-]{40}$/);
          assert.deepEqual(decodeCursor(text, scope), { position, issuedAtMs });
        },
      ),
    );
  });

  it('brings back the mark of its event', () => {
    const text = encodeCursor({ ...cursor, mark: 'abcdefgh' }, scope);
    assert.match(text, /^[\w-]{48}$/);
    assert.deepEqual(decodeCursor(text, scope), { ...cursor, mark: 'abcdefgh' });
  });

  it('is invalid after any single bit was flipped', () => {
    const bytes = Buffer.from(encodeCursor({ ...cursor, mark: 'abcdefgh' }, scope), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const forged = Buffer.from(bytes);
      forged.writeUInt8(forged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      assert.throws(() => decodeCursor(forged.toString('base64url'), scope), invalid, `bit ${bit}`);
    }
  });

  it('is invalid for another key, stream or dialect', () => {
    const text = encodeCursor(cursor, scope);
    const others: readonly CursorScope[] = [
      { ...scope, key: randomBytes(32) },
      { ...scope, stream: 'acme/apptrana' },
      { ...scope, stream: 'other/insync' },
      { ...scope, dialect: 'events-api/v2' },
    ];
    for (const other of others) assert.throws(() => decodeCursor(text, other), invalid);
  });

  it('is invalid when it is any other text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        assert.throws(() => decodeCursor(text, scope), invalid);
      }),
    );
    const text = encodeCursor(cursor, scope);
    for (const spelling of [`${text}=`, ` ${text}`, `${text}A`, text.slice(1), `"${text}"`]) {
      assert.throws(() => decodeCursor(spelling, scope), invalid, spelling);
    }
  });

  it('lives exactly as long as its life', () => {
    assertCursorAlive(cursor, 1000, cursor.issuedAtMs + 1000);
    assert.throws(() => assertCursorAlive(cursor, 1000, cursor.issuedAtMs + 1001), {
      code: 'cursor_expired',
      message: 'Cookie expired',
    });
  });
});
