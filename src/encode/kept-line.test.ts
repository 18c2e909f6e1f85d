import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { TailraceEvent } from '../core/event.ts';
import { inSync } from '../feeds/insync.ts';
import { compileEncoder } from './compile-encoder.ts';
import { formats, profiles, type EncoderOptions } from './encoder.ts';
import { compileCompletion } from './kept-line.ts';

const base = {
  format: 'cef',
  profile: 'vendor',
  hostname: 'siem.example.com',
  facility: 6,
} as const;
const complete = compileCompletion(inSync);

const cefLine =
  'Sep 21 2017 13:41:14 cloud.druva.com CEF:0|Druva|inSync|1||Admin Audit Trail|6|suser=dana@example.com unheardOf=1  deviceFacility=6 cs1Label=EventDetails cs1=a\\=b\\nc duser=Zoé';
const syslogLine =
  '<54>1 2017-09-21T13:41:14Z cloud.druva.com Druva inSync - -  Initiator=dana@example.com EventType=Admin Audit Trail EventDetails=a = b Unheard=1 inSyncUserName=Zoé';

function kept(original: string): TailraceEvent {
  const occurredAtMs = Date.UTC(2017, 8, 21, 13, 41, 14);
  return { id: 'l-1', occurredAtMs, type: 'Admin Audit Trail', severity: 2, fields: {}, original };
}

function encode(original: string, options: Partial<EncoderOptions> = {}): string {
  return compileEncoder(inSync, { ...base, ...options })(kept(original));
}

describe('an event that is kept as a line', () => {
  it('comes out of the vendor profile as it came in', () => {
    assert.equal(encode(cefLine), cefLine);
    assert.equal(encode(syslogLine, { format: 'syslog' }), syslogLine);
  });

  it('takes the facility of the settings', () => {
    const facility = 23;
    assert.equal(encode(cefLine, { facility }), cefLine.replace('Facility=6', 'Facility=23'));
    const last = cefLine.replace(' deviceFacility=6', '') + ' deviceFacility=6';
    assert.equal(encode(last, { facility }), `${last.slice(0, -1)}23`);
    const syslog = encode(syslogLine, { format: 'syslog', facility });
    assert.equal(syslog, syslogLine.replace('<54>', '<190>'));
  });

  it('is encoded from its attributes in every other form', () => {
    const forms = [
      { format: 'cef', profile: 'strict' },
      { format: 'cef', hardened: true },
      { format: 'cef', extensionLeadingSpace: true },
      { format: 'syslog' },
      { format: 'syslog', profile: 'strict' },
      { format: 'json' },
      { format: 'json', jsonNames: 'v1', profile: 'strict' },
      { format: 'json', jsonNames: 'stored' },
    ] as const;
    const whole = complete(kept(cefLine));
    assert.equal(whole.fields['eventDetails'], 'a=b\nc');
    for (const form of forms) {
      const line = encode(cefLine, form);
      assert.equal(line, compileEncoder(inSync, { ...base, ...form })(whole));
      assert.match(line, /dana@example\.com/);
    }
  });

  it('is not passed on with anything that a line may not hold', () => {
    const unfit = ['\n', '\r', '\u0000', '\u0085', '\u2028', '\ud800'];
    for (const text of unfit) {
      const cef = encode(cefLine.replace('a\\=b', `a${text}b`));
      assert.match(cef, /cs1=a(?: |\\n|\ufffd)b\\nc duser=Zoé$/u, JSON.stringify(text));
      const syslog = encode(syslogLine.replace('a = b', `a${text}b`), { format: 'syslog' });
      assert.match(syslog, /EventDetails=a[ \ufffd]b /u, JSON.stringify(text));
    }
    assert.match(encode(cefLine.replace('a\\=b', 'x=y=z')), / cs1=x\\=y\\=z/);
    const documented = syslogLine.replace(' - -  ', ' - -\u00a0\u00a0');
    assert.doesNotMatch(encode(documented, { format: 'syslog' }), /\u00a0/);
  });

  it('stands whole in the details when nothing can be read in it', () => {
    const event = { ...kept('hello'), occurredAtMs: 0 };
    assert.deepEqual(complete(event).fields, { eventDetails: 'hello' });
    assert.match(compileEncoder(inSync, base)(event), / cs1=hello$/);
  });

  it('is one line in every form, whatever its line holds', () => {
    const encoders = formats.flatMap((format) =>
      profiles.map((profile) => compileEncoder(inSync, { ...base, format, profile })),
    );
    const lines = fc.tuple(
      fc.constantFrom(cefLine, syslogLine, ''),
      fc.nat(250),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(lines, ([line, at, inserted]) => {
        const event = kept(line.slice(0, at) + inserted + line.slice(at));
        for (const encodeEvent of encoders) {
          const text = encodeEvent(event);
          assert.ok(text.isWellFormed());
          assert.doesNotMatch(text, /[\p{Cc}\u2028\u2029]/u);
        }
      }),
    );
  });
});
