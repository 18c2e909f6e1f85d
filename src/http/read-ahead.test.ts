import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ReadAhead } from './read-ahead.ts';

/** Starts pages by name; `finish` and `fail` end one that is being made. */
function readAhead(cacheBytes: number) {
  const kept = new Set<string>();
  const making = new Map<string, PromiseWithResolvers<void>>();
  const started: string[] = [];
  const ahead = new ReadAhead(kept, cacheBytes);
  return {
    ahead,
    kept,
    started,
    start: (key: string, sizeBytes = 10): void => {
      ahead.start(key, sizeBytes, () => {
        started.push(key);
        const made = Promise.withResolvers<void>();
        making.set(key, made);
        return made.promise;
      });
    },
    finish: async (key: string): Promise<void> => {
      if (making.has(key)) kept.add(key);
      making.get(key)?.resolve();
      await nextTurn();
    },
    fail: async (key: string): Promise<void> => {
      making.get(key)?.reject(new Error('not now'));
      await nextTurn();
    },
  };
}

describe('ReadAhead', () => {
  it('makes a page ready once, and two at a time', async () => {
    const { start, started, finish } = readAhead(1000);
    for (const key of ['a', 'a', 'b', 'c']) start(key);
    assert.deepEqual(started, ['a', 'b']);
    await finish('a');
    for (const key of ['a', 'c']) start(key);
    assert.deepEqual(started, ['a', 'b', 'c']);
  });

  it('leaves half of the cache to pages that were asked for', async () => {
    const { ahead, start, started, finish, kept } = readAhead(80);
    for (const key of ['a', 'b', 'c', 'd', 'e']) {
      start(key);
      await finish(key);
    }
    assert.deepEqual(started, ['a', 'b', 'c', 'd']);
    ahead.take('a');
    start('e');
    kept.delete('b');
    start('f');
    assert.deepEqual(started.slice(4), ['e', 'f']);
  });

  it('makes no page ready that would fill the cache', () => {
    const { start, started } = readAhead(80);
    start('large', 11);
    assert.deepEqual(started, []);
  });

  it('tries again what failed', async () => {
    const { start, started, fail } = readAhead(1000);
    start('a');
    await fail('a');
    start('a');
    assert.deepEqual(started, ['a', 'a']);
  });
});
