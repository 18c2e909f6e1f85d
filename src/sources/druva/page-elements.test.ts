import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  cutLines,
  PageCutter,
  kinds,
  pageElementsMax,
  type PageElements,
} from './page-elements.ts';

const nameOfKind = new Map<number, string>(
  Object.entries(kinds).map(([name, kind]) => [kind, name]),
);

/** What stands in the list that begins at the first bracket of `text`, and what stands behind it. */
function cut(text: string) {
  const bytes = Buffer.from(text);
  const found = new PageCutter(bytes).list(bytes.indexOf('['));
  return found && { elements: partsOf(found.elements), rest: bytes.toString('utf8', found.end) };
}

function partsOf({ bytes, kinds: found, starts, ends }: PageElements) {
  return found.map((kind, index) => [
    nameOfKind.get(kind),
    bytes.toString('utf8', starts[index], ends[index]),
  ]);
}

describe('PageCutter', () => {
  it('finds every element, whatever it is', () => {
    assert.deepEqual(
      cut(' [ {"a": "]},[\\"{"} ,\t"c=\\\\=\\"d" ,"e", 17 ,null,[1,[2]], {"b":{"c":[]}} ] , 1'),
      {
        elements: [
          ['object', '{"a": "]},[\\"{"}'],
          ['escapedString', '"c=\\\\=\\"d"'],
          ['plainString', '"e"'],
          ['other', '17'],
          ['other', 'null'],
          ['other', '[1,[2]]'],
          ['object', '{"b":{"c":[]}}'],
        ],
        rest: ' , 1',
      },
    );
    assert.deepEqual(cut('[ ]x'), { elements: [], rest: 'x' });
  });

  it('finds no list in what is not one, or not whole', () => {
    /* prettier-ignore */
    const lists = [
      '["a",]', '[,"a"]', '["a" "b"]', '["a"', '["a', '["\n"]', '[{]', '[{"a":"}]', '[', '[1', '["\\', '["\\"',
    ];
    for (const list of lists) assert.equal(cut(list), undefined, list);
    assert.equal(new PageCutter(Buffer.from('{}')).list(0), undefined);
  });

  it('finds the elements of every list that JSON.stringify writes', () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue());
    const space = fc.option(fc.constantFrom(' ', '\n'), { nil: undefined });
    fc.assert(
      fc.property(fc.array(value), space, (values, indent) => {
        const text = JSON.stringify(values, undefined, indent);
        const { elements = [], rest } = cut(`${text} }`) ?? {};
        assert.equal(rest, ' }');
        assert.deepEqual(
          elements.map(([, element = '']): unknown => JSON.parse(element)),
          JSON.parse(text),
        );
        for (const [kind, element = ''] of elements) {
          const isPlain = element.startsWith('"') && !element.includes('\\');
          assert.equal(kind === 'plainString', isPlain, element);
        }
      }),
    );
  });
});

describe('the elements of a page', () => {
  it('are counted', () => {
    const full = `[${'1,'.repeat(pageElementsMax - 1)}1`;
    assert.equal(new PageCutter(Buffer.from(`${full}]`)).list(0)?.elements.length, pageElementsMax);
    assert.throws(() => new PageCutter(Buffer.from(`${full},1]`)).list(0), {
      code: 'source_misbehaved',
    });
  });
});

describe('cutLines', () => {
  it('leaves out line breaks and empty lines', () => {
    const text = 'one\r\n\r\n\ntwo \nthree';
    assert.deepEqual(partsOf(cutLines(Buffer.from(text), false)), [
      ['line', 'one'],
      ['line', 'two '],
      ['line', 'three'],
    ]);
    assert.equal(cutLines(Buffer.from('{}\n{}\n'), true).length, 2);
  });
});
