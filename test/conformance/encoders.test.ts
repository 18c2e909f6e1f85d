import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { TailraceEvent } from '../../src/core/event.ts';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { attributesFromCef } from '../../src/encode/cef/attributes-from-cef.ts';
import { cefKeys } from '../../src/encode/cef/cef-keys.ts';
import { decodeCef } from '../../src/encode/cef/decode-cef.ts';
import { compileEncoder } from '../../src/encode/compile-encoder.ts';
import type { EncoderOptions } from '../../src/encode/encoder.ts';
import { quoteLine } from '../../src/encode/json/quote-line.ts';
import { textOf } from '../../src/encode/line-text.ts';
import { attributesFromSyslog } from '../../src/encode/syslog/attributes-from-syslog.ts';
import { decodeSyslog } from '../../src/encode/syslog/decode-syslog.ts';
import { sdValueLengthMax } from '../../src/encode/syslog/encode-strict-syslog.ts';
import { inSync } from '../../src/feeds/insync.ts';
import { asLines, asOneLine, cut, visibly } from './expected-text.ts';
import { sharedLines, skipWithout } from './shared-data.ts';

const base = { hostname: 'cloud.druva.com', facility: 6 } as const;
const vendorCef = { ...base, format: 'cef', profile: 'vendor' } as const;
const strictCef = { ...base, format: 'cef', profile: 'strict' } as const;
const vendorSyslog = { ...base, format: 'syslog', profile: 'vendor' } as const;
const strictSyslog = { ...base, format: 'syslog', profile: 'strict' } as const;
const json = { ...base, format: 'json', profile: 'vendor' } as const;

const everyEncoder: readonly EncoderOptions[] = [
  vendorCef,
  { ...vendorCef, hardened: true },
  { ...vendorCef, extensionLeadingSpace: true },
  strictCef,
  { ...strictCef, hardened: true },
  vendorSyslog,
  { ...vendorSyslog, hardened: true },
  strictSyslog,
  { ...json, jsonNames: 'v1' },
  { ...json, jsonNames: 'v2' },
  { ...json, jsonNames: 'stored' },
  { ...json, profile: 'strict' },
];

/** The event of the samples in "Integrate Events API with a SIEM tool". */
const sampleAttributes = {
  eventType: 'Admin Audit Trail',
  eventState: 'Admin Event',
  timestamp: '2017-09-21T13:41:14Z',
  severity: 6,
  initiator: 'cloud.admin@druva.org',
  inSyncDataSourceName: 'Admin’s Mac mini',
  inSyncDataSourceID: 80,
  inSyncUserID: 1,
  inSyncUserName: 'Ernie',
  clientVersion: '5.9.5r54841',
  clientOS: 'Mac OS X',
  profileID: 1,
  profileName: 'Default',
  ip: '192.168.0.0',
  eventDetails: 'Device:cloud.admin@druva.org initiated backup for a device Admin’s Mac mini',
} as const;
const sample = inSync.readEvent(sampleAttributes).event;

describe('the vendor profile', () => {
  it('writes the document’s CEF sample byte for byte', () => {
    assert.equal(
      compileEncoder(inSync, vendorCef)(sample),
      'Sep 21 2017 13:41:14 cloud.druva.com CEF:0|Druva|inSync|1||Admin Audit Trail|6|suser=cloud.admin@druva.org dvchost=Admin\u2019s Mac mini cs2Label=ClientVersion cs2=5.9.5r54841 deviceFacility=6 cs3Label=ClientOS cs3=Mac OS X duid=1 deviceExternalId=80 outcome=Admin Event cs1Label=EventDetails cs1=Device:cloud.admin@druva.org initiated backup for a device Admin\u2019s Mac mini deviceTranslatedAddress=192.168.0.0 cn1Label=ProfileID cn1=1 cs5Label=ProfileName cs5=Default duser=Ernie',
    );
  });

  it('writes the document’s Syslog sample byte for byte, with two plain spaces', () => {
    assert.equal(
      compileEncoder(inSync, vendorSyslog)(sample),
      '<54>1 2017-09-21T13:41:14Z cloud.druva.com Druva inSync - -  Initiator=cloud.admin@druva.org inSyncDataSourceName=Admin\u2019s Mac mini ClientVersion=5.9.5r54841 EventType=Admin Audit Trail ClientOS=Mac OS X inSyncUserID=1 inSyncDataSourceID=80 EventState=Admin Event EventDetails=Device:cloud.admin@druva.org initiated backup for a device Admin\u2019s Mac mini IP=192.168.0.0 ProfileID=1 ProfileName=Default inSyncUserName=Ernie',
    );
  });
});

const nastyParts = [
  '= | \\ " ] [ a é 📱 李 src=1 \\n'.split(' '),
  [' ', '  ', ' src=192.0.2.9', ' EventState=Success', ' IP%3D', '\n', '\r\n', '\r', '\t', '\0'],
  ['\u0085', '\u009b', '\u2028', '\u2029', '\u202e', '\u2066', '\u200f', '\ud800', '\udc00'],
].flat();

/** Text that breaks encoders, among text that does not. */
const nastyText = fc.oneof(
  { weight: 30, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  {
    weight: 60,
    arbitrary: fc
      .array(fc.constantFrom(...nastyParts), { maxLength: 30 })
      .map((parts) => parts.join('')),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('x'.repeat(100_000), '📱='.repeat(30_000), '\\'.repeat(100_000)),
  },
);

const anyValue: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 6, arbitrary: nastyText },
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 2 }).map((value): JsonValue => JSON.parse(JSON.stringify(value))),
);

const hostileName = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', 'a b', 'x=y', 'k"]', 'new\nline', ''),
  nastyText.map((text) => text.slice(0, 100)),
);

/** An event as bad as types allow, whatever a feed's reader would have said to it. */
const anyEvent: fc.Arbitrary<TailraceEvent> = fc
  .record({
    id: fc.oneof(fc.string({ minLength: 1 }), nastyText),
    occurredAtMs: fc.oneof(
      fc.integer({ min: 0, max: 4e12 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    ),
    type: nastyText,
    severity: fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
    known: fc.dictionary(fc.constantFrom(...inSync.fields.map(({ name }) => name)), anyValue),
    unknown: fc.array(fc.tuple(hostileName, anyValue), { maxLength: 3 }),
  })
  .map(({ known, unknown, ...event }) => ({
    ...event,
    fields: Object.fromEntries([...Object.entries(known), ...unknown]),
  }));

const text = fc.option(nastyText);
const wholeNumber = fc.option(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));

/** What a product may well send, hostile text in every place that takes text. */
const readableAttributes: fc.Arbitrary<JsonObject> = fc.record({
  eventType: nastyText
    .map((type) => type.slice(0, 200))
    .filter((type) => type.isWellFormed() && asOneLine(type) !== ''),
  timestamp: fc.integer({ min: 100_000_000_000, max: 4e12 }),
  severity: fc.integer({ min: 0, max: 7 }),
  category: text,
  initiator: text,
  inSyncDataSourceName: text,
  clientVersion: text,
  clientOS: text,
  eventState: text,
  eventDetails: text,
  profileName: text,
  inSyncUserName: text,
  inSyncUserEmail: text,
  errorLogFullTrace: text,
  ip: fc.option(fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('host-1', '192.0.2.300'))),
  inSyncUserID: wholeNumber,
  inSyncDataSourceID: wholeNumber,
  profileID: wholeNumber,
  eventID: wholeNumber,
});

// oxlint-disable-next-line no-control-regex -- control characters are what must not come out
const forbidden = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

describe('every encoder, whatever an event holds', () => {
  for (const options of everyEncoder) {
    const encode = compileEncoder(inSync, options);
    const title = Object.values(options).slice(2).join(' ');

    it(`writes one well-formed line without control characters (${title})`, () => {
      fc.assert(
        fc.property(anyEvent, (event) => {
          const line = encode(event);
          assert.ok(line.isWellFormed());
          assert.doesNotMatch(line, forbidden);
          assert.equal(line, line.trim());
          if (options.format === 'json') JSON.parse(line);
          assert.equal(quoteLine(line), JSON.stringify(line));
        }),
        { numRuns: 100 },
      );
    });
  }

  it('writes CEF that a strict decoder takes, and no = in a value when hardened', () => {
    for (const options of everyEncoder.filter(({ format }) => format === 'cef')) {
      const encode = compileEncoder(inSync, options);
      fc.assert(
        fc.property(anyEvent, (event) => {
          // The decoder asks for a name, as the standard does; an event's reader does too.
          const named = asOneLine(event.type) === '' ? { ...event, type: 'x' } : event;
          const { extension } = decodeCef(encode(named));
          for (const [key, value] of extension) {
            assert.ok(value !== '', key);
            if (options.hardened === true) assert.ok(!value.includes('='), key);
            const known = cefKeys[key.replace(/Label$/, '')];
            if (options.profile === 'strict') assert.ok(known !== undefined, key);
          }
        }),
        { numRuns: 100 },
      );
    }
  });

  it('writes RFC 5424 that a strict decoder takes', () => {
    for (const options of [vendorSyslog, strictSyslog]) {
      const encode = compileEncoder(inSync, options);
      fc.assert(
        fc.property(anyEvent, (event) => {
          const decoded = decodeSyslog(encode(event));
          assert.equal(decoded.facility, 6);
          assert.equal(decoded.hostname, 'cloud.druva.com');
          assert.ok(decoded.structuredData.size === (options === strictSyslog ? 1 : 0));
        }),
        { numRuns: 100 },
      );
    }
  });
});

describe('lines decode to the values that went in', () => {
  it('vendor CEF: every value of any length', () => {
    const encode = compileEncoder(inSync, vendorCef);
    fc.assert(
      fc.property(readableAttributes, (attributes) => {
        const { event } = inSync.readEvent(attributes);
        const { extension, name } = decodeCef(encode(event));
        assert.equal(name, asOneLine(event.type));
        for (const field of inSync.fields) {
          if (field.cef === undefined || field.role === 'facility') continue;
          const value = event.fields[field.name];
          assert.equal(extension.get(field.cef.key) ?? '', asLines(textOf(value)), field.name);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('strict CEF: within the standard’s lengths', () => {
    const encode = compileEncoder(inSync, strictCef);
    fc.assert(
      fc.property(readableAttributes, (attributes) => {
        const { event } = inSync.readEvent(attributes);
        const decoded = decodeCef(encode(event));
        const { extension } = decoded;
        assert.equal(decoded.severity, String(event.severity));
        assert.equal(extension.get('externalId'), event.id);
        assert.equal(extension.get('rt'), String(event.occurredAtMs));
        for (const field of inSync.fields) {
          const place = field.strictCef ?? field.cef;
          if (place === undefined || (field.role ?? 'category') !== 'category') continue;
          if (field.type !== 'string') continue;
          const value = visibly(asLines(textOf(event.fields[field.name])));
          const { lengthMax = 0 } = cefKeys[place.key] ?? {};
          assert.equal(extension.get(place.key) ?? '', cut(value, lengthMax), field.name);
        }
        const address = extension.get('src') ?? extension.get('c6a2') ?? extension.get('cs6');
        assert.equal(address ?? null, event.fields['ip'] ?? null);
      }),
      { numRuns: 100 },
    );
  });

  it('strict Syslog: every attribute as an SD-PARAM', () => {
    const encode = compileEncoder(inSync, strictSyslog);
    fc.assert(
      fc.property(readableAttributes, (attributes) => {
        const { event } = inSync.readEvent(attributes);
        const decoded = decodeSyslog(encode(event));
        assert.equal(decoded.procId, event.id);
        assert.equal(decoded.timeMs, event.occurredAtMs);
        const params = decoded.structuredData.get('inSync@32473') ?? assert.fail();
        for (const field of inSync.fields) {
          if ((field.role ?? 'category') !== 'category') continue;
          const value = visibly(asOneLine(textOf(event.fields[field.name])));
          const name = field.syslogName ?? field.v1Name;
          assert.equal(params.get(name) ?? '', cut(value, sdValueLengthMax), field.name);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('vendor Syslog: every value, even one that looks like another attribute', () => {
    const encode = compileEncoder(inSync, vendorSyslog);
    fc.assert(
      fc.property(readableAttributes, (attributes) => {
        const { event } = inSync.readEvent(attributes);
        const decoded = attributesFromSyslog(inSync, decodeSyslog(encode(event)));
        for (const field of inSync.fields) {
          if (field.syslogName === undefined) continue;
          const written = textOf(decoded[field.name]);
          const value = asOneLine(textOf(event.fields[field.name]));
          // ` IP%3D` stands for ` IP=` and cannot be told from itself.
          assert.equal(written.replaceAll('%3D', '='), value.replaceAll('%3D', '='), field.name);
        }
      }),
      { numRuns: 100 },
    );
  });
});

const activity = sharedLines('activity.ndjson');

describe('activity of a whole day', { skip: skipWithout('activity.ndjson', activity) }, () => {
  const events = (activity ?? []).map((line) => {
    const attributes: JsonObject = JSON.parse(line);
    return inSync.readEvent(attributes).event;
  });

  it('comes back from strict CEF with its identity and everything in its line', () => {
    const encode = compileEncoder(inSync, { ...strictCef, facility: 23 });
    for (const event of events) {
      const attributes = attributesFromCef(inSync, decodeCef(encode(event)));
      const back = inSync.readEvent(attributes);
      assert.ok(back.canonical);
      assert.equal(back.event.id, event.id);
      assert.equal(back.event.occurredAtMs, event.occurredAtMs);
      assert.equal(back.event.severity, event.severity);
      const { id, facility, ...fields } = attributes;
      assert.equal(id, event.id);
      assert.equal(facility, 23);
      assert.deepEqual(fields, withoutEmpty(event.fields));
    }
  });

  it('comes back from vendor CEF and vendor Syslog with everything that these hold', () => {
    for (const event of events) {
      const cef = attributesFromCef(inSync, decodeCef(compileEncoder(inSync, vendorCef)(event)));
      const { category, inSyncUserEmail, eventID, ...inCef } = withoutEmpty(event.fields);
      assert.deepEqual(cef, { ...inCef, facility: 6 });
      assert.ok(category !== undefined && inSyncUserEmail !== undefined);

      const line = compileEncoder(inSync, vendorSyslog)(event);
      const syslog = attributesFromSyslog(inSync, decodeSyslog(line));
      const { errorLogFullTrace: _, eventDetails, ...inSyslog } = inCef;
      const details = textOf(eventDetails).replaceAll('\n', ' ');
      assert.deepEqual(syslog, { ...inSyslog, eventDetails: details, eventID, facility: 6 });
    }
  });

  it('comes back from JSON with both spellings as the same event', () => {
    for (const jsonNames of ['v1', 'v2'] as const) {
      const encode = compileEncoder(inSync, { ...json, jsonNames });
      for (const event of events) {
        const attributes: JsonObject = JSON.parse(encode(event));
        const back = inSync.readEvent(attributes);
        assert.equal(back.canonical, jsonNames === 'v2');
        assert.deepEqual(back.event, { ...event, fields: { ...event.fields, facility: 6 } });
      }
    }
  });
});

function withoutEmpty(fields: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== ''),
  );
}
