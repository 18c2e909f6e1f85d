import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { csvRecord } from './csv.ts';

describe('CSV', () => {
  const cases: readonly (readonly [what: string, cell: string | number | null, written: string])[] =
    [
      ['plain text', 'Backup', 'Backup'],
      ['nothing', null, ''],
      ['a number', -5, '-5'],
      ['a comma', 'a,b', '"a,b"'],
      ['a quote', 'say "hi"', '"say ""hi"""'],
      ['a line break', 'a\nb', '"a\nb"'],
      ['an equals sign in front', '=1+1', "'=1+1"],
      ['a plus in front', '+1', "'+1"],
      ['a minus in front', '-1', "'-1"],
      ['an at sign in front', '@SUM(A1)', "'@SUM(A1)"],
      ['a tab in front', '\t=1', "'\t=1"],
      ['a carriage return in front', '\r=1', '"\'\r=1"'],
      ['an equals sign behind', 'a=1', 'a=1'],
      ['a formula with quotes', '=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
    ];
  for (const [what, cell, written] of cases) {
    it(`writes ${what}`, () => assert.equal(csvRecord([cell, 'end']), `${written},end\r\n`));
  }
});
