/** Checks that docs/reference/ says what the program does today. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { referenceDocs } from '../../scripts/reference-docs.ts';

for (const [path, expected] of await referenceDocs()) {
  test(`${path} is fresh`, async () => {
    const text = await readFile(path, 'utf8').catch(() => '');
    assert.ok(text === expected, `${path} is out of date: run \`npm run docs\``);
  });
}
