import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../src/core/json.ts';
import { decodeCef } from '../../src/encode/cef/decode-cef.ts';
import { compileEncoder } from '../../src/encode/compile-encoder.ts';
import { profiles, type Profile } from '../../src/encode/encoder.ts';
import { inSync } from '../../src/feeds/insync.ts';
import { lognormalize, lognormalizerSkip } from './lognormalizer.ts';
import { sharedLines, skipWithout } from './shared-data.ts';

const activity = sharedLines('activity.ndjson');
const skip = lognormalizerSkip || skipWithout('activity.ndjson', activity);

/** The vendor's prefix, which liblognorm's CEF parser does not take, is four words and a host. */
const rules: Readonly<Record<Profile, string>> = {
  vendor: 'rule=:%-:word% %-:word% %-:word% %-:word% %-:word% %f:cef%',
  strict: 'rule=:%f:cef%',
};

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
