/** Checks that the project speaks of itself alone, and in its own words. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const textFile = /\.(ts|tsx|md|json|ya?ml|sh|css|html)$|^\.ci\/run$/;

/** What must not stand in any file of the project, and why. */
const banned: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /\/(?:work|root|home\/\w+)\//, why: 'a path of one machine' },
  { pattern: /registry\.[a-z]+js\.|npmjs\.(?:org|com)\//, why: 'a package registry host' },
  { pattern: /\b(?:TODO|FIXME|XXX)\b/, why: 'a note to do it later; do it, or say it in the docs' },
  { pattern: /\b(?:this|an earlier|next) session of work\b/i, why: 'how the work was organised' },
  { pattern: /\u00A0/, why: 'a no-break space, which a reader takes for a space' },
];

/** Files whose purpose is to hold such things. */
const exempt = new Set(['test/tidy/wording.test.ts', 'package-lock.json']);

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => textFile.test(file) && !exempt.has(file));

test('no file holds what does not belong into the project', () => {
  assert.ok(files.length > 20, `git listed only ${files.length} files`);
  const findings: string[] = [];
  for (const file of files) {
    const lines = readOrEmpty(file).split('\n');
    for (const [index, line] of lines.entries()) {
      const hit = banned.find(({ pattern }) => pattern.test(line));
      if (hit !== undefined) findings.push(`${file}:${index + 1}: ${hit.why}: ${line.trim()}`);
    }
  }
  assert.deepEqual(findings, []);
});

/** A file that git still lists but that was just deleted reads as empty. */
function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
