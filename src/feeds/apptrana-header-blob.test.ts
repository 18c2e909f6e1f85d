import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  headerValue,
  maskHeaderBlob,
  maskSecret,
  parseHeaderBlob,
} from './apptrana-header-blob.ts';

/** Names and values; undefined for a value that says that there was none. */
function pairsOf(blob: string): [string, string | undefined][] {
  return parseHeaderBlob(blob).map((header) => [
    header.name,
    headerValue(blob, [header], header.name),
  ]);
}

function spoken(value: string): string | undefined {
  const text = value.trim();
  return text === '' || text === '-' ? undefined : text;
}

function masked(blob: string): string {
  return maskHeaderBlob(blob, parseHeaderBlob(blob));
}

describe('parsing a header blob', () => {
  it('takes no more time for long runs of blanks than for anything else', () => {
    const blanks = ' '.repeat(60_000);
    const start = process.cpuUsage();
    const blob = `"Host":"a"${blanks}b"}${blanks}c" ,${blanks}"${blanks}d`;
    assert.deepEqual(pairsOf(blob), [['host', blob.slice('"Host":"'.length).trim()]]);
    const { user } = process.cpuUsage(start);
    assert.ok(user < 2_000_000, `${user} µs`); // in the square of the run it is ten times that
  });

  it('reads the document’s sample, which separates pairs in two ways', () => {
    const blob =
      '"Host":" www.abc.com " , "User-Agent":"curl/7.29.0","Accept":"*/*","Accept-Language":"-","Accept-Encoding":"-","Connection":"-","Cookie":"-"';
    assert.deepEqual(pairsOf(blob), [
      ['host', 'www.abc.com'],
      ['user-agent', 'curl/7.29.0'],
      ['accept', '*/*'],
      ['accept-language', undefined],
      ['accept-encoding', undefined],
      ['connection', undefined],
      ['cookie', undefined],
    ]);
  });

  it('says where each value stands', () => {
    const blob = '"A":"one" , "B":"two"';
    const slices = parseHeaderBlob(blob).map(({ start, end }) => blob.slice(start, end));
    assert.deepEqual(slices, ['one', 'two']);
  });

  it('reads quotes in values, escaped as in JSON or not at all', () => {
    for (const [blob, headers] of [
      ['"A":"x \\"y\\" \\\\ \\u0041","B":"z"', { a: 'x "y" \\ A', b: 'z' }],
      ['"A":"x "y" z" , "B":"1"', { a: 'x "y" z', b: '1' }],
      ['"A":"C:\\" , "B":"1"', { a: 'C:\\', b: '1' }],
      ['"A":"\\x","B":"1"', { a: '\\x', b: '1' }],
      ['"A":""', { a: undefined }],
      ['{"A": "1", "B": "2"}', { a: '1', b: '2' }],
      ['"A":0 , "B":"1"; "C":"2"', { b: '1', c: '2' }],
      ['"A":"never ends', { a: 'never ends' }],
      ['"A":"two\nlines"', { a: 'two\nlines' }],
    ] as const) {
      assert.deepEqual(Object.fromEntries(pairsOf(blob)), headers, blob);
    }
  });

  it('finds nothing in text that is no blob', () => {
    for (const text of ['', '-', 'null', 'Host: www.example.com', '"', '"":""', '{}', '"a"']) {
      assert.deepEqual(parseHeaderBlob(text), [], text);
    }
  });

  it('gives back every header that was written as JSON', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z-]{0,30}$/);
    const headers = fc.array(fc.tuple(name, fc.string({ unit: 'binary' })), { maxLength: 12 });
    const separator = fc.constantFrom(',', ' , ', ', ');
    fc.assert(
      fc.property(headers, separator, (pairs, between) => {
        const blob = pairs
          .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
          .join(between);
        assert.deepEqual(
          pairsOf(blob),
          pairs.map(([key, value]) => [key.toLowerCase(), spoken(value)]),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('takes any text at all, quickly', () => {
    const part = fc.constantFrom(
      '"',
      ':',
      ',',
      ' ',
      '\\',
      '"a":"',
      '","',
      'Cookie',
      '\n',
      'é',
      '{',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        const blob = parts.join('');
        for (const { start, end } of parseHeaderBlob(blob)) assert.ok(start <= end);
        masked(blob);
      }),
      { numRuns: 500 },
    );
    const startMs = performance.now();
    for (const unit of ['"', '" ', '"a":"', '"a":"\\" , ', ' ', '\\', '"aaaaaaaa', '":"', '",']) {
      masked(unit.repeat(Math.floor(256_000 / unit.length)));
    }
    assert.ok(performance.now() - startMs < 3000, `${performance.now() - startMs} ms`);
  });
});

describe('the value of a header', () => {
  it('is the first one’s, trimmed, and undefined for one that was not there', () => {
    const blob = '"User-Agent":" a ","user-agent":"b","Cookie":"-","Via":""';
    const headers = parseHeaderBlob(blob);
    assert.equal(headerValue(blob, headers, 'user-agent'), 'a');
    for (const name of ['cookie', 'via', 'referer']) {
      assert.equal(headerValue(blob, headers, name), undefined, name);
    }
  });
});

describe('masking a header blob', () => {
  it('hides cookies, credentials, tokens and keys, and nothing else', () => {
    assert.equal(
      masked(
        '"Host":"a" , "Cookie":"sid=1; lang=de" , "Authorization":"Bearer eyJ0" , "X-Api-Key":"k3y" , "X-Csrf-Token":"t" , "Accept":"*/*"',
      ),
      '"Host":"a" , "Cookie":"sid=***; lang=***" , "Authorization":"Bearer ***" , "X-Api-Key":"***" , "X-Csrf-Token":"***" , "Accept":"*/*"',
    );
    assert.equal(
      masked('"Set-Cookie":"sid=1; Path=/; HttpOnly","Content-Type":"-"'),
      '"Set-Cookie":"sid=***; Path=***; ***","Content-Type":"-"',
    );
    const harmless = '"Host":"cookie.example.com","Cookie":"-","Accept":"*/*"';
    assert.equal(masked(harmless), harmless);
  });

  it('hides a cookie behind a value that tries to swallow it', () => {
    for (const blob of [
      '"X":"C:\\" , "Cookie":"sid=s3cret"',
      '"X":""" , "Cookie":"sid=s3cret"',
      '"X":"a","b":0 , "Cookie":"sid=s3cret"',
      '"X":"\\","Cookie":"sid=s3cret","Y":"\\"',
      '{"COOKIE" : "sid=s3cret"}',
    ]) {
      assert.ok(!masked(blob).includes('s3cret'), masked(blob));
    }
  });

  it('lets no cookie’s value through', () => {
    const secret = fc.stringMatching(/^[a-z0-9]{8,20}$/);
    const name = fc.stringMatching(/^[A-Z]{1,8}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, secret), { minLength: 1, maxLength: 5 }), (cookies) => {
        const value = cookies.map(([key, text]) => `${key}=${text}`).join('; ');
        const text = masked(`"Host":"A" , "Cookie":"${value}" , "Accept":"B"`);
        for (const [key, hidden] of cookies) {
          assert.ok(text.includes(`${key}=***`));
          assert.ok(!text.includes(hidden));
        }
        assert.ok(text.endsWith(' , "Accept":"B"'));
      }),
      { numRuns: 100 },
    );
  });

  it('keeps the scheme of credentials, and says nothing about nothing', () => {
    assert.equal(maskSecret('authorization', 'Basic YTpi'), 'Basic ***');
    assert.equal(maskSecret('authorization', 'YTpi'), '***');
    assert.equal(maskSecret('cookie', '-'), '-');
    assert.equal(maskSecret('cookie', ''), '');
    assert.equal(maskSecret('cookie', 'just text'), '***');
  });
});
