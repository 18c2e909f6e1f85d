import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { eventTexts } from './event-texts.ts';

const limits = { events: 1000, eventBytes: 100_000 };
const texts = (body: string | Buffer, bounds = limits) =>
  [...eventTexts(Buffer.from(body), bounds)].map(({ text, place }) => `${place}: ${text}`);

describe('eventTexts', () => {
  it('tolerates CR LF, blank lines, a byte order mark and a missing last newline', () => {
    assert.deepEqual(texts('\uFEFF{"a":1}\r\n\r\n  \n{"a":2}'), [
      'line 1: {"a":1}',
      'line 4: {"a":2}',
    ]);
    assert.deepEqual(texts(''), []);
    assert.deepEqual(texts('\n\n'), []);
  });

  it('takes an array apart without touching its elements', () => {
    const body = ' [ {"a":"]},[\\"{"} ,\n{"b":{"c":[1,[2]]}}\t,{} ] \n';
    assert.deepEqual(texts(body), [
      'element 1: {"a":"]},[\\"{"}',
      'element 2: {"b":{"c":[1,[2]]}}',
      'element 3: {}',
    ]);
    assert.deepEqual(texts('[]'), []);
    assert.deepEqual(texts('[{"a":"\\\\"},{}]'), ['element 1: {"a":"\\\\"}', 'element 2: {}']);
  });

  it('finds the elements of every array that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 10 }), fc.nat(2), (values, indent) => {
        const body = JSON.stringify(values, undefined, indent);
        const found = [...eventTexts(Buffer.from(body), limits)];
        assert.deepEqual(
          found.map(({ text }): unknown => JSON.parse(text)),
          JSON.parse(body),
        );
      }),
    );
  });

  const refused: readonly (readonly [string, string | Buffer, RegExp])[] = [
    ['an array that is not closed', '[{"a":1},', /array is not closed/],
    ['a string that is not closed', '[{"a":"x}]', /element 1: a string is not closed/],
    ['something behind the array', '[{}] {"a":1}', /nothing may follow the array, got "\{/],
    ['bytes that are not UTF-8', Buffer.from('{}\n\xff\n', 'latin1'), /line 2: not valid UTF-8/],
  ];
  for (const [what, body, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => texts(body), { code: 'input_invalid', message });
    });
  }

  it('refuses too many events and too large ones', () => {
    assert.throws(() => texts('{}\n{}\n{}', { events: 2, eventBytes: 10 }), {
      code: 'too_large',
      message: 'a request must hold at most 2 events, got more',
    });
    assert.throws(() => texts('{}\n{"a":"äöü"}', { events: 2, eventBytes: 12 }), {
      code: 'too_large',
      message: 'line 2: an event must be at most 12 bytes, got 14',
    });
    assert.deepEqual(texts('{"a":"äöü"}', { events: 2, eventBytes: 14 }).length, 1);
  });
});
