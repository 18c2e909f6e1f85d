/** Checks that every threat of docs/SECURITY.md names tests, and that those exist. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const rows = readFileSync('docs/SECURITY.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (?:---|threat \||found \|)/.test(line))
  .map((line) => line.split(' | '));

test('the threat model has a table for each attacker', () => {
  assert.ok(rows.length > 35, `${rows.length} rows`);
});

for (const row of rows) {
  const [threat = '', , tests = ''] = row;
  test(`threat "${threat.slice(2)}" names its tests`, () => {
    assert.equal(row.length, 3, row.join('\n'));
    const named = [...tests.matchAll(/`((?:src|test)\/[^`]+\.test\.ts)`/g)].map(([, file]) => file);
    assert.ok(named.length > 0, 'it names no test');
    for (const file of named) assert.ok(existsSync(file ?? ''), `${file} does not exist`);
  });
}
