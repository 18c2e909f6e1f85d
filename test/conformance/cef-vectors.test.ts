import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../../src/core/errors.ts';
import { cefKeys } from '../../src/encode/cef/cef-keys.ts';
import { readCefPrefix } from '../../src/encode/cef/cef-prefix.ts';
import { decodeCef, type DecodeCefOptions } from '../../src/encode/cef/decode-cef.ts';
import { sharedLines, skipWithout } from './shared-data.ts';

interface CefVector {
  readonly id: string;
  readonly kind: 'valid' | 'wire-compat' | 'lenient' | 'invalid';
  readonly cef: string;
  readonly expected: ExpectedFields | null;
}

interface ExpectedFields {
  readonly version: number;
  readonly vendor: string;
  readonly product: string;
  readonly deviceVersion: string;
  readonly classId: string;
  readonly name: string;
  readonly severity: string;
  readonly ext: Readonly<Record<string, string>>;
  readonly prefixTimestampMs?: number;
  readonly prefixHost?: string;
}

const vectorLines = sharedLines('cef-vectors.jsonl');
const skip = skipWithout('cef-vectors.jsonl', vectorLines);
const vectors = (vectorLines ?? []).map((line): CefVector => JSON.parse(line));

function ofKinds(...kinds: readonly string[]): readonly CefVector[] {
  return vectors.filter((vector) => kinds.includes(vector.kind));
}

function assertDecodes(vector: CefVector, options: DecodeCefOptions): void {
  const decoded = decodeCef(vector.cef, options);
  const { prefix, extension, ...header } = decoded;
  const { ext, prefixTimestampMs, prefixHost, ...expectedHeader } =
    vector.expected ?? assert.fail();
  assert.deepEqual(header, expectedHeader, vector.id);
  assert.deepEqual(Object.fromEntries(extension), ext, vector.id);
  if (prefixHost !== undefined) assert.equal(readCefPrefix(prefix).host, prefixHost, vector.id);
  // A prefix without a year cannot be placed in time: its expected value comes from elsewhere.
  const hasYear = /^\d/.test(prefix);
  if (hasYear) assert.equal(readCefPrefix(prefix).timeMs, prefixTimestampMs, vector.id);
}

describe('CEF lines of other projects', { skip }, () => {
  it('gives exactly the expected fields for valid lines and for the vendor’s', () => {
    const lines = ofKinds('valid', 'wire-compat');
    assert.equal(lines.length, 31);
    for (const vector of lines) assertDecodes(vector, {});
  });

  it('gives exactly the expected fields for sloppy lines when it is lenient', () => {
    const lines = ofKinds('lenient');
    assert.equal(lines.length, 23);
    for (const vector of lines) assertDecodes(vector, { lenient: true });
    for (const vector of ofKinds('valid', 'wire-compat')) assertDecodes(vector, { lenient: true });
  });

  it('refuses invalid lines with position and reason', () => {
    const lines = ofKinds('invalid');
    assert.equal(lines.length, 6);
    for (const { cef, id } of lines) {
      assert.throws(
        () => decodeCef(cef),
        (error) => {
          assert.ok(error instanceof AppError, id);
          assert.equal(error.code, 'line_invalid', id);
          assert.match(error.message, /^column \d+: \S.+/, id);
          return true;
        },
      );
    }
  });
});

interface DictionaryEntry {
  readonly key: string;
  readonly type: string;
  readonly length: number | string | null;
  readonly audience: string;
}

const dictionaryTypes: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'integer',
  long: 'long',
  ipv4_address: 'ipv4',
  ipv6_address: 'ipv6',
  timestamp: 'time',
};

describe('the CEF dictionary', () => {
  const lines = sharedLines('cef-dictionary.json');
  it('agrees with our table of keys', { skip: skipWithout('cef-dictionary.json', lines) }, () => {
    const entries: DictionaryEntry[] = JSON.parse((lines ?? []).join('\n'));
    const byKey = new Map(entries.map((entry) => [entry.key, entry]));
    for (const [key, { type, lengthMax }] of Object.entries(cefKeys)) {
      const entry = byKey.get(key) ?? assert.fail(`${key} is not in the dictionary`);
      assert.equal(type, dictionaryTypes[entry.type], key);
      assert.equal(lengthMax ?? null, entry.length, key);
      assert.equal(entry.audience, 'producer', key);
    }
  });
});
