import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acceptedCoding } from './content-coding.ts';

describe('acceptedCoding', () => {
  const cases: readonly (readonly [string | undefined, string | undefined])[] = [
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['GZIP;q=0.5', 'gzip'],
    ['zstd;q=0, gzip;q=1.0', 'gzip'],
    ['gzip;q=0', undefined],
    ['gzip;q=x', undefined],
  ];
  for (const [header, coding] of cases) {
    it(`is ${coding} for ${JSON.stringify(header)}`, () => {
      assert.equal(acceptedCoding(header), coding);
    });
  }
});
