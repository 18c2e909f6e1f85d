import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { deriveKey, keyedDigest, randomKey, seal, unseal } from './sealing.ts';
import type { Binding } from './sealing.ts';

const binding: Binding = { purpose: 'token', owner: ['acme', 'ada@example.com', 'token-1'] };

describe('seal and unseal', () => {
  it('give back what went in', () => {
    const key = randomKey();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.string()), (bytes, owner) => {
        const bound: Binding = { purpose: 'token', owner };
        const opened = unseal(key, seal(key, Buffer.from(bytes), bound), bound);
        assert.deepEqual(opened, Buffer.from(bytes));
      }),
    );
  });

  it('open nothing under another key, for another purpose or for another owner', () => {
    const key = randomKey();
    const sealed = seal(key, Buffer.from('value'), binding);
    assert.equal(unseal(randomKey(), sealed, binding), undefined);
    assert.equal(unseal(key, sealed, { ...binding, purpose: 'tenant key' }), undefined);
    const owners = [
      ['globex', 'ada@example.com', 'token-1'],
      ['acme', 'ada@example.com', 'token-2'],
      ['acme', 'ada@example.com'],
      ['acme', 'ada@example.com","token-1'],
      ['acmeada@example.com', 'token-1'],
    ];
    for (const owner of owners) assert.equal(unseal(key, sealed, { ...binding, owner }), undefined);
  });

  it('open nothing in which one bit was changed, or that was cut or lengthened', () => {
    const key = randomKey();
    const sealed = seal(key, Buffer.from('value'), binding);
    const bytes = Buffer.from(sealed, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      assert.equal(unseal(key, changed.toString('base64url'), binding), undefined, `bit ${bit}`);
    }
    for (const odd of ['', 'A', sealed.slice(0, -1), `${sealed}A`, `${sealed}=`, ` ${sealed}`]) {
      assert.equal(unseal(key, odd, binding), undefined);
    }
  });

  it('use a nonce once', () => {
    const key = randomKey();
    const nonces = new Set<string>();
    for (let round = 0; round < 20_000; round++) {
      const bytes = Buffer.from(seal(key, Buffer.alloc(0), binding), 'base64url');
      nonces.add(bytes.toString('hex', 1, 13));
    }
    assert.equal(nonces.size, 20_000);
  });
});

describe('derived keys and digests', () => {
  it('differ by use, key and parts, and are the same on every call', () => {
    const key = randomKey();
    assert.ok(deriveKey(key, 'a').equals(deriveKey(key, 'a')));
    assert.ok(!deriveKey(key, 'a').equals(deriveKey(key, 'b')));
    assert.ok(!deriveKey(key, 'a').equals(deriveKey(randomKey(), 'a')));
    assert.equal(keyedDigest(key, ['a', 'b']), keyedDigest(key, ['a', 'b']));
    assert.notEqual(keyedDigest(key, ['ab', '']), keyedDigest(key, ['a', 'b']));
    assert.notEqual(keyedDigest(key, ['a1:b']), keyedDigest(key, ['a', 'b']));
  });
});
