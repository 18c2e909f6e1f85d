import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { RecurringTexts } from './recurring-texts.ts';

describe('RecurringTexts', () => {
  it('gives what is derived from each text, whichever came before', () => {
    const unit = fc.constantFrom('a', 'b', 'ä');
    fc.assert(
      fc.property(fc.array(fc.string({ unit, maxLength: 40 }), { minLength: 5 }), (texts) => {
        const recurring = new RecurringTexts((text) => `<${text}>`);
        for (const text of [...texts, ...texts]) {
          const bytes = Buffer.from(`"${text}"`);
          assert.equal(recurring.read(bytes, 1, bytes.length - 1), `<${text}>`);
        }
      }),
    );
  });

  it('derives once what comes again, but keeps nothing long', () => {
    let derived = 0;
    const recurring = new RecurringTexts(() => (derived += 1));
    const read = (text: string) => recurring.read(Buffer.from(text), 0, text.length);
    assert.deepEqual([read('Backup'), read('Restore'), read('Backup')], [1, 2, 1]);
    assert.deepEqual([read('x'.repeat(100)), read('x'.repeat(100))], [3, 4]);
  });
});
