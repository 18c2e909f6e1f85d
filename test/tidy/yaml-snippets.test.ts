/** Checks that a configuration that the documents show is one that the program takes. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseConfig } from '../../src/config/read-config.ts';

const root = join(import.meta.dirname, '../..');
const files = globSync(['README.md', 'docs/*.md', 'docs/guides/*.md'], { cwd: root });
const snippet = /```yaml\n([\s\S]*?)```/g;
/** A part of a configuration is shown without what must stand beside it. */
const isWhole = /^dataDirectory:/m;

for (const file of files) {
  const texts = [...readFileSync(join(root, file), 'utf8').matchAll(snippet)]
    .map(([, text = '']) => text)
    .filter((text) => isWhole.test(text));
  for (const [index, text] of texts.entries()) {
    test(`${file}: configuration ${index + 1} is taken`, () => {
      assert.deepEqual(parseConfig(text, join(root, 'tailrace.yaml')).warnings, []);
    });
  }
}
