/** Checks that every promise of docs/SPEC.md names tests that exist. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const spec = readFileSync('docs/SPEC.md', 'utf8');
const promises = spec.split(/^## (?=\d+\. )/m).slice(1);

test('the specification numbers its promises 1, 2, 3 …', () => {
  const numbers = promises.map((promise) => Number.parseInt(promise, 10));
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
  );
  assert.ok(numbers.length >= 10);
});

for (const promise of promises) {
  const [title = ''] = promise.split('\n', 1);
  test(`promise ${title} names its tests`, () => {
    const named = [...promise.matchAll(/`((?:src|test)\/[^`]+\.test\.ts)`/g)].map(
      ([, file]) => file,
    );
    assert.ok(
      named.length > 0 || promise.includes('*Not built yet.*'),
      'it names no test and does not say that it is not built yet',
    );
    for (const file of named) assert.ok(existsSync(file ?? ''), `${file} does not exist`);
  });
}
