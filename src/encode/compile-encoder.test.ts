import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TailraceEvent } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import { inSync } from '../feeds/insync.ts';
import { compileEncoder } from './compile-encoder.ts';
import type { EncoderOptions, Format, Profile } from './encoder.ts';

const event = inSync.readEvent({
  id: 'evt-1',
  eventType: 'Admin Login',
  eventState: 'Failed',
  timestamp: '2026-11-05T09:08:07.006Z',
  severity: 3,
  initiator: 'a=b|c\\d',
  ip: '2001:db8::1',
  eventDetails: 'one\r\ntwo\rthree\nfour\u0000five\u2028six',
  inSyncUserName: '\u202eeve\u202c \ud800',
  inSyncDataSourceName: '',
  profileID: null,
}).event;

function lineOf(
  format: Format,
  profile: Profile,
  changed: JsonObject = {},
  options: Partial<EncoderOptions> = {},
): string {
  const encode = compileEncoder(inSync, {
    format,
    profile,
    hostname: 'cloud.example.com',
    facility: 23,
    ...options,
  });
  return encode({ ...event, fields: { ...event.fields, ...changed } });
}

describe('CEF of the vendor profile', () => {
  it('escapes, breaks lines as \\n, leaves controls and empty values out', () => {
    assert.equal(
      lineOf('cef', 'vendor'),
      'Nov 05 2026 09:08:07 cloud.example.com CEF:0|Druva|inSync|1||Admin Login|3|suser=a\\=b|c\\\\d deviceFacility=23 outcome=Failed cs1Label=EventDetails cs1=one\\ntwo\\nthree\\nfour five six deviceTranslatedAddress=2001:db8::1 duser=\u202eeve\u202c \ufffd',
    );
  });

  it('escapes the header', () => {
    const type = 'a|b\\c\nd=e';
    const encode = compileEncoder(inSync, {
      format: 'cef',
      profile: 'vendor',
      hostname: 'bad host\nname',
      facility: 1,
    });
    const line = encode({ ...event, type, fields: {} });
    assert.equal(
      line,
      'Nov 05 2026 09:08:07 bad-host-name CEF:0|Druva|inSync|1||a\\|b\\\\c d=e|3|deviceFacility=1',
    );
  });

  it('writes %3D for = when hardened, and a space before the first key when asked to', () => {
    const line = lineOf('cef', 'vendor', {}, { hardened: true, extensionLeadingSpace: true });
    assert.match(line, /\|3\| suser=a%3Db\|c\\\\d deviceFacility/);
  });
});

describe('CEF of the strict profile', () => {
  it('fills class id, time, identity and CEF’s severity; types addresses; shows reordering', () => {
    assert.equal(
      lineOf('cef', 'strict'),
      'CEF:0|Druva|inSync|1|admin-login|Admin Login|7|suser=a\\=b|c\\\\d deviceFacility=23 outcome=Failed cs1Label=EventDetails cs1=one\\ntwo\\nthree\\nfour five six c6a2Label=Source IPv6 Address c6a2=2001:db8::1 duser=\ufffdeve\ufffd \ufffd cn3Label=Severity cn3=3 rt=1793869687006 externalId=evt-1',
    );
  });

  it('puts an address where its type fits', () => {
    assert.match(lineOf('cef', 'strict', { ip: '192.0.2.1' }), / src=192\.0\.2\.1 /);
    assert.match(lineOf('cef', 'strict', { ip: 'fe80::1%eth0' }), / cs6Label=IP cs6=fe80::1%eth0 /);
    assert.match(
      lineOf('cef', 'strict', { ip: '192.0.2.256' }),
      / cs6Label=IP cs6=192\.0\.2\.256 /,
    );
  });

  it('leaves out what does not fit a number’s type', () => {
    for (const profileID of ['x', 1.5, 1e21, '9223372036854775808', '-9223372036854775809']) {
      assert.doesNotMatch(lineOf('cef', 'strict', { profileID }), /cn1/);
    }
    for (const profileID of [7, '9223372036854775807', '-9223372036854775808']) {
      assert.match(lineOf('cef', 'strict', { profileID }), new RegExp(` cn1=${profileID} `));
    }
    assert.doesNotMatch(lineOf('cef', 'strict', { gapCount: 2 ** 31 }), /cnt=/);
  });

  it('cuts visibly, on code points and before escaping', () => {
    const line = lineOf('cef', 'strict', { eventState: `${'📱'.repeat(61)}===` });
    assert.match(line, new RegExp(`outcome=${'📱'.repeat(61)}\\\\=… `));
    const fitting = lineOf('cef', 'strict', { eventState: `${'📱'.repeat(62)}=` });
    assert.match(fitting, new RegExp(`outcome=${'📱'.repeat(62)}\\\\= `));
  });

  it('counts %3D as what it is read as when hardened', () => {
    const line = lineOf('cef', 'strict', { eventState: '='.repeat(30) }, { hardened: true });
    assert.match(line, / outcome=(?:%3D){20}%3… /);
  });

  it('keeps long identities apart', () => {
    const ids = ['a', 'b'].map((end) => {
      const long: TailraceEvent = { ...event, id: 'x'.repeat(127) + end };
      const encode = compileEncoder(inSync, {
        format: 'cef',
        profile: 'strict',
        hostname: 'h',
        facility: 1,
      });
      return /externalId=(?<id>\S+)$/.exec(encode(long))?.groups?.['id'];
    });
    assert.equal(ids[0]?.length, 40);
    assert.notEqual(ids[0], ids[1]);
  });
});

describe('Syslog', () => {
  it('writes the vendor profile’s values bare, and what looks like an attribute as %3D', () => {
    assert.equal(
      lineOf('syslog', 'vendor', { eventDetails: 'a=1 IP=192.0.2.9\nEventState=Success IPX=2' }),
      '<187>1 2026-11-05T09:08:07Z cloud.example.com Druva inSync - -  Initiator=a=b|c\\d EventType=Admin Login EventState=Failed EventDetails=a=1 IP%3D192.0.2.9 EventState%3DSuccess IPX=2 IP=2001:db8::1 inSyncUserName=\u202eeve\u202c \ufffd',
    );
  });

  it('writes the strict profile as RFC 5424 with SD-PARAMs', () => {
    assert.equal(
      lineOf('syslog', 'strict', { eventDetails: 'a "b" [c] \\d' }, { enterpriseNumber: 99 }),
      '<187>1 2026-11-05T09:08:07.006Z cloud.example.com Druva-inSync evt-1 admin-login [inSync@99 Initiator="a=b|c\\\\d" EventType="Admin Login" EventState="Failed" EventDetails="a \\"b\\" [c\\] \\\\d" IP="2001:db8::1" inSyncUserName="\ufffdeve\ufffd \ufffd"] Admin Login',
    );
  });
});

describe('JSON', () => {
  it('writes v1 and v2 names with the time in UTC and the facility of the settings', () => {
    const changed = {
      eventDetails: 'a\u2028b',
      'x"y': [1],
      timestamp: '2026-11-05T10:08:07.006+01:00',
    };
    const v2 = lineOf('json', 'vendor', changed, { jsonNames: 'v2' });
    assert.ok(v2.includes('"eventDetails":"a\\u2028b"'));
    const parsedV2: JsonObject = JSON.parse(v2);
    assert.deepEqual(parsedV2, {
      ...event.fields,
      ...changed,
      inSyncUserName: event.fields['inSyncUserName'],
      timestamp: '2026-11-05T09:08:07.006Z',
      facility: 23,
    });
    const v1: JsonObject = JSON.parse(lineOf('json', 'vendor', changed, { jsonNames: 'v1' }));
    assert.equal(v1['EventType'], 'Admin Login');
    assert.equal(v1['Facility'], 23);
    assert.equal(v1['ProfileID'], null);
    assert.deepEqual(v1['x"y'], [1]);
  });

  it('writes the identity always in the strict profile, and else only the sender’s own', () => {
    const plain = inSync.readEvent({ eventType: 'x', timestamp: '1970-01-01T00:00:00Z' }).event;
    const options = { format: 'json', hostname: 'h', facility: 1 } as const;
    const vendor = compileEncoder(inSync, { ...options, profile: 'vendor' })(plain);
    assert.equal(
      vendor,
      '{"eventType":"x","timestamp":"1970-01-01T00:00:00Z","facility":1,"severity":6}',
    );
    const strict = compileEncoder(inSync, { ...options, profile: 'strict' })(plain);
    assert.ok(strict.includes(`"id":"${plain.id}"`));
  });

  it('writes the event as it is stored', () => {
    const stored: TailraceEvent = JSON.parse(lineOf('json', 'vendor', {}, { jsonNames: 'stored' }));
    assert.deepEqual(stored, {
      ...event,
      fields: { ...event.fields, inSyncUserName: stored.fields['inSyncUserName'] },
    });
  });
});

describe('a gap record', () => {
  it('says what is missing in every format', () => {
    const gap = inSync.gapEvent(
      { fromMs: 1000, untilMs: 61_000, count: 12, reason: 'the cursor expired' },
      100_000,
    );
    const sentence = '12 events from 1970-01-01T00:00:01Z until 1970-01-01T00:01:01Z are missing';
    const formats = ['cef', 'syslog', 'json'] as const;
    for (const format of formats) {
      for (const profile of ['vendor', 'strict'] as const) {
        const line = compileEncoder(inSync, { format, profile, hostname: 'h', facility: 1 })(gap);
        assert.ok(line.includes(sentence), line);
      }
    }
    const options = { format: 'cef', profile: 'strict', hostname: 'h', facility: 1 } as const;
    const cef = compileEncoder(inSync, options)(gap);
    assert.match(cef, / start=1000 end=61000 cnt=12$/);
  });
});

describe('compiling an encoder', () => {
  it('refuses a facility or an enterprise number out of range', () => {
    for (const facility of [0, 24, 1.5, Number.NaN]) {
      assert.throws(() => lineOf('cef', 'vendor', {}, { facility }), {
        code: 'input_invalid',
        message: `facility must be 1 to 23, got ${facility}`,
      });
    }
    assert.throws(
      () => lineOf('syslog', 'strict', {}, { enterpriseNumber: 0 }),
      /enterpriseNumber/,
    );
  });
});
