import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { visibleText } from '../../console/src/components/visible-text.ts';

/** What may not reach the screen as it is: it acts, or nobody sees it. */
const acting =
  /[\p{Cc}\p{Cs}\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/u;

describe('visibleText', () => {
  it('shows what would turn the line around, by name', () => {
    assert.deepEqual(visibleText('invoice\u202Efdp.exe'), [
      { text: 'invoice' },
      { text: 'U+202E', mark: 'U+202E right-to-left override' },
      { text: 'fdp.exe' },
    ]);
  });

  it('shows control characters as pictures', () => {
    assert.deepEqual(
      visibleText('\u001B[2J\u0000').map(({ text }) => text),
      ['␛', '[2J', '␀'],
    );
  });

  it('leaves honest names of every script as they are', () => {
    for (const name of ['علی‌رضا', 'श्री‍', 'Nuñez', '👩‍💻', '山田 太郎']) {
      assert.deepEqual(visibleText(name), [{ text: name }]);
    }
  });

  it('lets nothing that acts through, and loses nothing else, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (value) => {
        const pieces = visibleText(value);
        const plain = pieces.filter(({ mark }) => mark === undefined).map(({ text }) => text);
        assert.ok(pieces.every(({ text }) => !acting.test(text)));
        assert.equal(plain.join(''), value.replaceAll(new RegExp(acting, 'gu'), ''));
      }),
    );
  });
});
