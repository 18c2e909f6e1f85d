import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PageCache } from './page-cache.ts';

const page = (sizeBytes: number) => ({ sizeBytes });

describe('PageCache', () => {
  it('drops what was used longest ago when it is full', () => {
    const cache = new PageCache(400);
    for (const key of ['a', 'b', 'c', 'd']) cache.set(key, page(100));
    cache.get('a');
    cache.set('e', page(100));
    assert.equal(cache.get('b'), undefined);
    assert.ok(cache.get('a') !== undefined);
    assert.equal(cache.sizeBytes, 400);
  });

  it('does not take a look for use', () => {
    const cache = new PageCache(400);
    for (const key of ['a', 'b', 'c', 'd']) cache.set(key, page(100));
    assert.ok(cache.has('a'));
    cache.set('e', page(100));
    assert.ok(!cache.has('a'));
  });

  it('counts a replaced page once and does not take what is too large', () => {
    const cache = new PageCache(400);
    cache.set('a', page(60));
    cache.set('a', page(80));
    cache.set('b', page(101));
    assert.equal(cache.sizeBytes, 80);
    assert.equal(cache.get('b'), undefined);
  });
});
