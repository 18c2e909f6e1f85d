import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { formatIsoTime, latestTimeMs, parseIsoTime, withinTime } from './iso-time.ts';

describe('ISO times', () => {
  it('read as the moment they name', () => {
    const moment = Date.UTC(2017, 8, 21, 13, 41, 14);
    for (const text of [
      '2017-09-21T13:41:14Z',
      '2017-09-21T13:41:14.000Z',
      '2017-09-21T13:41:14+00:00',
      '2017-09-21T19:11:14+05:30',
      '2017-09-21T19:11:14+0530',
      '2017-09-21T03:41:14-10:00',
    ]) {
      assert.equal(parseIsoTime(text), moment, text);
    }
    assert.equal(parseIsoTime('2017-09-21T13:41:14.1239Z'), moment + 123);
    assert.equal(parseIsoTime('2016-02-29T00:00:00Z'), Date.UTC(2016, 1, 29));
  });

  it('are refused without offset, with a day that does not exist, or out of range', () => {
    for (const text of [
      '',
      '2017-09-21',
      '2017-09-21T13:41:14',
      '2017-09-21 13:41:14Z',
      '2017-02-29T00:00:00Z',
      '2017-02-30T00:00:00Z',
      '1900-02-29T00:00:00Z',
      '2017-13-01T00:00:00Z',
      '2017-00-01T00:00:00Z',
      '2017-01-00T00:00:00Z',
      '2017-01-01T24:00:00Z',
      '2017-01-01T00:60:00Z',
      '2017-01-01T00:00:60Z',
      '2017-01-01T00:00:00+24:00',
      '2017-01-01T00:00:00+00:60',
      '1969-12-31T23:59:59Z',
      '0070-01-01T00:00:00Z',
      '9999-12-31T23:59:59-01:00',
      '+017-01-01T00:00:0Z',
      '2017-01-01T00:00:00ZZ',
      '2O17-09-21T13:41:14Z',
      'x'.repeat(20),
      `${'x'.repeat(19)}Z`,
    ]) {
      assert.equal(parseIsoTime(text), undefined, text);
    }
  });

  it('come back from what they are written as, to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: latestTimeMs }), (timeMs) => {
        assert.equal(parseIsoTime(formatIsoTime(timeMs)), timeMs);
        assert.equal(parseIsoTime(new Date(timeMs).toISOString()), timeMs);
      }),
    );
    assert.equal(formatIsoTime(1_506_001_274_000), '2017-09-21T13:41:14Z');
    assert.equal(formatIsoTime(1_506_001_274_007), '2017-09-21T13:41:14.007Z');
  });

  it('are moved into 1970 to 9999 where every moment must be written', () => {
    assert.equal(withinTime(Number.NaN), 0);
    assert.equal(withinTime(-5), 0);
    assert.equal(withinTime(Number.POSITIVE_INFINITY), latestTimeMs);
    assert.equal(withinTime(1.9), 1);
  });
});
