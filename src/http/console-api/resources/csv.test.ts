import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { csvRecord } from './csv.ts';

/** As a spreadsheet reads them: a quote counts where a cell begins and not within it. */
function spreadsheetCells(text: string, separator: string): readonly string[] {
  const quoted = `"(?:[^"]|"")*(?:"|$)`;
  const cell = new RegExp(`(${quoted})?([^${separator}\r\n]*)(?:[${separator}\r\n]|$)`, 'gy');
  return [...text.matchAll(cell)].map(([, inQuotes = '', rest = '']) => {
    const unquoted = inQuotes.replace(/^"/, '').replace(/"$/, '').replaceAll('""', '"');
    return unquoted + rest;
  });
}

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
      ['a tab in front', '\t1', "'\t1"],
      ['a tab and an equals sign in front', '\t=1', "'\t'=1"],
      ['a carriage return in front', '\r1', '"\'\r1"'],
      ['spaces and an equals sign in front', ' \u{A0}=1', "' \u{A0}=1"],
      ['an equals sign in full width', '＝1', "'＝1"],
      ['a semicolon', 'a; b;c', 'a; b;c'],
      ['an equals sign behind a semicolon', 'a;=1;b', "a;'=1;b"],
      ['an equals sign behind a semicolon and a quote', 'a; "=1', '"a;\' ""=1"'],
      ['a minus behind a line break', 'a\r\n-1', '"a\r\n\'-1"'],
      ['an equals sign behind', 'a=1', 'a=1'],
      ['a formula with quotes', '=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
    ];
  for (const [what, cell, written] of cases) {
    it(`writes ${what}`, () => assert.equal(csvRecord([cell, 'end']), `${written},end\r\n`));
  }

  for (const [name, separator] of [
    ['commas', ','],
    ['semicolons', ';'],
    ['tabs', '\t'],
  ] as const) {
    it(`begins no cell with a formula where cells are separated by ${name}`, () => {
      const part = fc.constantFrom(';', '\t', ',', '"', '\r', '\n', ' ', "'", '=', '-', '@', 'a');
      const cell = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
      const property = fc.property(fc.array(cell, { minLength: 1, maxLength: 3 }), (cells) => {
        const shown = spreadsheetCells(csvRecord(['2026-11-22', ...cells]), separator);
        for (const text of shown) assert.doesNotMatch(text, /^\s*[=+\-@]/, JSON.stringify(shown));
      });
      fc.assert(property, { numRuns: 3000, seed: 1 });
    });
  }
});
