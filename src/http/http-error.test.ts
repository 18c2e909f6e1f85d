import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../core/errors.ts';
import { errorAnswer, HttpError } from './http-error.ts';

describe('the answer to a failure', () => {
  it('says when to come again whenever it is too much, whoever throws it', () => {
    for (const [code, seconds] of Object.entries({
      rate_limited: '60',
      overloaded: '5',
    } as const)) {
      const known = code === 'rate_limited' ? 'rate_limited' : 'overloaded';
      for (const error of [new AppError(known, 'no'), new HttpError(known, 'no')]) {
        assert.equal(errorAnswer(error, 'r-1').headers['retry-after'], seconds);
      }
    }
    const headers = { 'retry-after': '7' };
    const error = new HttpError('rate_limited', 'no', { headers });
    assert.deepEqual(errorAnswer(error, 'r-1').headers, headers);
    assert.deepEqual(errorAnswer(new AppError('not_found', 'no'), 'r-1').headers, {});
  });

  it('tells nothing of a defect', () => {
    const secret = 'connect to 192.0.2.7 with password hunter2';
    for (const error of [new Error(secret), new AppError('store_corrupt', secret), secret]) {
      const { status, body } = errorAnswer(error, 'r-1');
      assert.equal(status, 500);
      assert.deepEqual(body, {
        code: 'internal',
        message: 'Internal server error. Try again later.',
        retryable: true,
        data: { requestId: 'r-1' },
      });
    }
  });
});
