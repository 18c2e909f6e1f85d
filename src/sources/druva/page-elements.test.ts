import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parseExactly } from '../exact-json.ts';
import { cutElements } from './page-elements.ts';

describe('cutElements', () => {
  it('keeps the text of every element, and the rest of the page', () => {
    const page =
      '\n{ "tracker":"t", "events" : [ {"a": "\\u0041", "b":1} ,\t"c=\\\\=\\"d" ,"e"], "nextPageExists":true}';
    assert.deepEqual(cutElements(page), {
      elements: [
        { value: { a: 'A', b: 1 }, text: '{"a": "\\u0041", "b":1}' },
        { value: 'c=\\="d', text: '"c=\\\\=\\"d"' },
        { value: 'e', text: '"e"' },
      ],
      rest: '\n{ "tracker":"t", "events" : [], "nextPageExists":true}',
    });
    assert.deepEqual(cutElements(' [ ] '), { elements: [], rest: ' [] ' });
  });

  it('does not keep a text that says something else or is no line', () => {
    const page = '[{"eventID":9007199254740993},{"a":\n1}]';
    assert.deepEqual(cutElements(page)?.elements, [
      { value: { eventID: '9007199254740993' }, text: undefined },
      { value: { a: 1 }, text: undefined },
    ]);
  });

  it('leaves a page alone that has anything unusual in its list', () => {
    /* prettier-ignore */
    const lists = [
      '[1]', '[null]', '[[]]', '[{"a":{}}]', '[{"a":"}"}]', '["a",]', '[,"a"]', '["a" "b"]',
      '["a"', '["a', '["\n"]', '["\\x"]', '[{]', '{}', 'text',
    ];
    for (const list of lists) assert.equal(cutElements(list), undefined, list);
  });

  it('gives what parsing the page gives, or nothing', () => {
    const element = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 })),
    );
    const space = fc.option(fc.constantFrom(' ', '\n'), { nil: undefined });
    fc.assert(
      fc.property(fc.array(element), space, (events, indent) => {
        const page = JSON.stringify({ tracker: 'x', events }, undefined, indent);
        const cut = cutElements(page);
        if (cut === undefined) return;
        const values = cut.elements.map(({ value }) => value);
        assert.deepEqual({ tracker: 'x', events: values }, parseExactly(page));
        assert.deepEqual(parseExactly(cut.rest), { tracker: 'x', events: [] });
        for (const { value, text } of cut.elements) {
          if (text === undefined) continue;
          assert.deepEqual(parseExactly(text), value);
          assert.doesNotMatch(text, /[\r\n]/);
        }
      }),
    );
  });
});
