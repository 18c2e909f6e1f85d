import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Backoff } from './backoff.ts';

describe('Backoff', () => {
  it('doubles the wait with every failure up to its limit', () => {
    const backoff = new Backoff({ firstMs: 100, maxMs: 1000 }, () => 0.999_999);
    const waitsMs = Array.from({ length: 6 }, () => backoff.failed());
    assert.deepEqual(waitsMs, [100, 200, 400, 800, 1000, 1000]);
    assert.equal(backoff.failures, 6);
  });

  it('draws every wait between half and the whole of its step', () => {
    const backoff = new Backoff({ firstMs: 100, maxMs: 1000 }, () => 0);
    assert.deepEqual([backoff.failed(), backoff.failed()], [50, 100]);
  });

  it('begins anew after a success', () => {
    const backoff = new Backoff({ firstMs: 100, maxMs: 1000 }, () => 0);
    backoff.failed();
    backoff.failed();
    backoff.succeeded();
    assert.equal(backoff.failed(), 50);
  });

  it('stays at its limit however long it fails', () => {
    const backoff = new Backoff({ firstMs: 100, maxMs: 1000 }, () => 0);
    for (let failure = 0; failure < 5000; failure += 1) backoff.failed();
    assert.equal(backoff.failed(), 500);
  });
});
