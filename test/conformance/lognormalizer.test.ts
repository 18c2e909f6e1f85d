import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../src/core/json.ts';
import { decodeCef } from '../../src/encode/cef/decode-cef.ts';
import { compileEncoder } from '../../src/encode/compile-encoder.ts';
import { profiles, type Profile } from '../../src/encode/encoder.ts';
import { inSync } from '../../src/feeds/insync.ts';
import { sharedLines, skipWithout } from './shared-data.ts';

const activity = sharedLines('activity.ndjson');
const isInstalled = spawnSync('lognormalizer', ['-V']).error === undefined;
const isMissing = !isInstalled && process.env['TAILRACE_TEST_ALL'] !== '1';
const skip = isMissing
  ? 'lognormalizer of the Debian package liblognorm-utils is missing'
  : skipWithout('activity.ndjson', activity);

/** The vendor's prefix, which liblognorm's CEF parser does not take, is four words and a host. */
const rules: Readonly<Record<Profile, string>> = {
  vendor: 'rule=:%-:word% %-:word% %-:word% %-:word% %-:word% %f:cef%',
  strict: 'rule=:%f:cef%',
};

interface Normalised {
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

describe('Debian’s lognormalizer', { skip }, () => {
  for (const profile of profiles) {
    it(`reads the same fields as we do out of every ${profile} CEF line`, () => {
      const encode = compileEncoder(inSync, {
        format: 'cef',
        profile,
        hostname: 'cloud.druva.com',
        facility: 23,
        extensionLeadingSpace: true, // liblognorm 2.0.6 eats the first key's first letter without
      });
      const lines = (activity ?? []).map((line) => {
        const attributes: JsonObject = JSON.parse(line);
        return encode(inSync.readEvent(attributes).event);
      });
      const normalised = lognormalize(rules[profile], lines);
      assert.equal(normalised.length, lines.length);
      for (const [index, { f }] of normalised.entries()) {
        const decoded = decodeCef(lines[index] ?? '');
        assert.equal(f.DeviceVendor, decoded.vendor);
        assert.equal(f.DeviceProduct, decoded.product);
        assert.equal(f.DeviceVersion, decoded.deviceVersion);
        assert.equal(f.SignatureID, decoded.classId);
        assert.equal(f.Name, decoded.name);
        assert.equal(f.Severity, decoded.severity);
        assert.deepEqual(f.Extensions, Object.fromEntries(decoded.extension));
      }
    });
  }
});

function lognormalize(rule: string, lines: readonly string[]): readonly Normalised[] {
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
