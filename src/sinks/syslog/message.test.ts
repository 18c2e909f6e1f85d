import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { compileEncoder } from '../../encode/compile-encoder.ts';
import type { Format, Profile } from '../../encode/encoder.ts';
import { decodeSyslog } from '../../encode/syslog/decode-syslog.ts';
import { inSync } from '../../feeds/insync.ts';
import type { EncodedEvent } from '../sink.ts';
import { cutMessage } from './cut-message.ts';
import { compileMessage, type MessageOptions } from './message.ts';

const event = {
  id: '80',
  occurredAtMs: Date.UTC(2017, 8, 1, 13, 41, 14, 7),
  type: 'Admin Audit Trail',
  severity: 2,
  fields: { initiator: 'cloud.admin@example.com', eventDetails: 'a ] "quoted" \\ detail' },
} as const;

function encoded(format: Format, profile: Profile): EncodedEvent {
  const options = { format, profile, hostname: 'siem.example.com', facility: 23 };
  const { id, occurredAtMs, type, severity } = event;
  const line = compileEncoder(inSync, options)(event);
  return { position: 1, id, occurredAtMs, type, severity, line };
}

function message(
  given: Pick<MessageOptions, 'format' | 'header'>,
  profile: Profile,
  sizeBytesMax = 8192,
): string {
  const options = { ...given, hostname: 'siem.example.com', facility: 23, sizeBytesMax };
  return compileMessage(options, 'acme/insync')(encoded(given.format, profile));
}

describe('compileMessage', () => {
  it('puts CEF behind an RFC 5424 header that names event and stream', () => {
    for (const profile of ['vendor', 'strict'] as const) {
      assert.match(
        message({ format: 'cef', header: 'rfc5424' }, profile),
        /^<190>1 2017-09-01T13:41:14\.007Z siem\.example\.com Druva-inSync - admin-audit-trail \[tailrace@32473 id="80" stream="acme\/insync"\] CEF:0\|Druva\|inSync\|/,
      );
    }
  });

  it('puts CEF behind an RFC 3164 header, the day padded with a space', () => {
    const text = message({ format: 'cef', header: 'rfc3164' }, 'vendor');
    assert.match(text, /^<190>Sep {2}1 13:41:14 siem\.example\.com CEF:0\|Druva\|inSync\|1\|/);
  });

  it('leaves lines of the syslog format as they are', () => {
    const text = message({ format: 'syslog', header: 'rfc5424' }, 'vendor');
    assert.equal(text, encoded('syslog', 'vendor').line);
  });

  it('puts the pairs of the syslog format behind an RFC 3164 header, with its priority', () => {
    const start = /^<190>Sep {2}1 13:41:14 siem\.example\.com Druva-inSync: Initiator=/;
    assert.match(message({ format: 'syslog', header: 'rfc3164' }, 'vendor'), start);
    assert.match(
      message({ format: 'syslog', header: 'rfc3164' }, 'strict'),
      /Druva-inSync: inSync@32473 .*Initiator="cloud\.admin@example\.com".* Admin Audit Trail$/,
    );
  });

  it('gives the bare line when no header is wanted', () => {
    const text = message({ format: 'cef', header: 'none' }, 'vendor');
    assert.equal(text, encoded('cef', 'vendor').line);
  });
});

describe('cutMessage', () => {
  it('leaves structured data valid, however short it is cut', () => {
    const { line } = encoded('syslog', 'strict');
    for (let size = 160; size < Buffer.byteLength(line); size += 1) {
      const cut = cutMessage(line, size);
      assert.ok(Buffer.byteLength(cut) <= size, `${size}: ${cut}`);
      const { structuredData, message: text } = decodeSyslog(cut);
      assert.equal(structuredData.size, 1, cut);
      assert.match(text, /\[truncated, was \d+ bytes\]$/);
    }
  });

  it('never exceeds the size, nor cuts a character or an escape', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 0, maxLength: 400 }),
        fc.integer({ min: 64, max: 900 }),
        (text, size) => {
          const line = `CEF:0|a|b|1|x|y|3|msg=${text.replace(/[\\=]/g, '\\$&')}`;
          const cut = cutMessage(line, size);
          assert.ok(Buffer.byteLength(cut) <= size);
          if (cut === line) return;
          const kept = cut.replace(/ \[truncated, was \d+ bytes\]$/, '');
          assert.notEqual(kept, cut);
          assert.ok(line.startsWith(kept));
          assert.equal((/\\*$/.exec(kept)?.[0].length ?? 0) % 2, 0);
        },
      ),
    );
  });
});
