import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { idOfTitle, tenantIdFault } from '../../console/src/screens/operator/tenant-id.ts';
import { namePattern } from '../../src/core/stream.ts';

describe("the id of a new organization's", () => {
  for (const [title, id] of [
    ['Acme Corp.', 'acme-corp'],
    ['  Müller & Söhne  ', 'muller-sohne'],
    ['ACME_2', 'acme-2'],
    ['株式会社', ''],
    ['-', ''],
  ] as const) {
    it(`title ${title} is "${id}"`, () => assert.equal(idOfTitle(title), id));
  }

  it('title is one that the service takes, or empty', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (title) => {
        const id = idOfTitle(title);
        if (id !== '') assert.match(id, namePattern);
        assert.equal(tenantIdFault(id) === undefined, id !== '');
      }),
    );
  });

  it('title is judged as the service judges it', () => {
    const parts = fc.constantFrom('a', 'z9', '-', '_', 'A', '.', ' ', 'x'.repeat(30));
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 4 }), (some) => {
        const id = some.join('');
        assert.equal(tenantIdFault(id) === undefined, namePattern.test(id), id);
      }),
    );
  });
});
