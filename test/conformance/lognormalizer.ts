import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const isInstalled = spawnSync('lognormalizer', ['-V']).error === undefined;

/** The option that skips a test which needs lognormalizer, with the reason. */
export const lognormalizerSkip: false | string =
  isInstalled || process.env['TAILRACE_TEST_ALL'] === '1'
    ? false
    : 'lognormalizer of the Debian package liblognorm-utils is missing';

/** A CEF line as lognormalizer reads it. */
export interface Normalised {
  readonly f: {
    readonly DeviceVendor: string;
    readonly DeviceProduct: string;
    readonly DeviceVersion: string;
    readonly SignatureID: string;
    readonly Name: string;
    readonly Severity: string;
    readonly Extensions: Readonly<Record<string, string>>;
  };
}

/** What Debian's lognormalizer makes of `lines` by one liblognorm rule. */
export function lognormalize(rule: string, lines: readonly string[]): readonly Normalised[] {
  const directory = mkdtempSync(join(tmpdir(), 'tailrace-lognormalizer-'));
  try {
    const rulebase = join(directory, 'cef.rb');
    writeFileSync(rulebase, `version=2\n${rule}\n`);
    const { status, stdout, stderr } = spawnSync('lognormalizer', ['-r', rulebase, '-e', 'json'], {
      input: `${lines.join('\n')}\n`,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    assert.equal(status, 0, stderr);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line): Normalised => JSON.parse(line));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
