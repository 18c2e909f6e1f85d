import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TailraceEvent } from '../core/event.ts';
import { Secret } from '../core/secret.ts';
import { appTranaGenerator } from '../feeds/apptrana-generator.ts';
import { appTrana } from '../feeds/apptrana.ts';
import type { Feed } from '../feeds/feed.ts';
import { inSyncGenerator } from '../feeds/insync-generator.ts';
import { inSync } from '../feeds/insync.ts';
import { compileEncoder } from './compile-encoder.ts';
import { compileRedaction, redactions, type RedactionRule } from './compile-redaction.ts';
import { formats, profiles, type EncoderOptions } from './encoder.ts';

const key = new Secret('a key');
const nowMs = Date.UTC(2026, 10, 21);
const secret = 'dana.secret@example.com';
const encoding = { hostname: 'siem.example.com', facility: 6, jsonNames: 'stored' } as const;

describe('compileRedaction', () => {
  for (const how of redactions) {
    it(`hides the value in every format and profile: ${how}`, () => {
      for (const event of inSyncEvents(40)) {
        assertHidden(inSync, withField(event, 'initiator'), [{ field: 'initiator', how }]);
      }
      const attack = appTrana.readEvent(appTranaGenerator(7)(nowMs)).event;
      assertHidden(appTrana, withField(attack, 'attackUri'), [{ field: 'attackUri', how }]);
    });
  }

  it('hides what stands in a line that was kept as it came', () => {
    for (const format of ['cef', 'syslog'] as const) {
      const encode = compileEncoder(inSync, { format, profile: 'vendor', ...encoding });
      for (const event of inSyncEvents(40)) {
        const original = encode(withField(event, 'initiator'));
        assert.ok(original.includes(secret));
        const kept = { ...event, fields: {}, original };
        assertHidden(inSync, kept, [{ field: 'initiator', how: 'drop' }]);
      }
    }
  });

  it('hides a line that cannot be read as a whole', () => {
    const [event] = inSyncEvents(1);
    assert.ok(event);
    const kept = { ...event, fields: {}, original: `neither CEF nor syslog: ${secret}` };
    assertHidden(inSync, kept, [{ field: 'initiator', how: 'drop' }]);
  });

  it('leaves everything else as it was', () => {
    const [event] = inSyncEvents(1);
    assert.ok(event);
    const { initiator, ...rest } = withField(event, 'initiator').fields;
    assert.equal(initiator, secret);
    assert.deepEqual(redact(withField(event, 'initiator'), 'drop').fields, rest);
    assert.deepEqual(redact(withField(event, 'initiator'), 'mask').fields, {
      ...withField(event, 'initiator').fields,
      initiator: '***',
    });
  });

  it('hashes the same value to the same digits, under the same key only', () => {
    const [event] = inSyncEvents(1);
    assert.ok(event);
    const marked = withField(event, 'initiator');
    const first = redact(marked, 'hash').fields['initiator'];
    assert.match(JSON.stringify(first), /^"[0-9a-f]{32}"$/);
    assert.equal(redact(marked, 'hash').fields['initiator'], first);
    assert.notEqual(redact(marked, 'hash', new Secret('another')).fields['initiator'], first);
    const other = { ...marked, fields: { ...marked.fields, initiator: 'someone else' } };
    assert.notEqual(redact(other, 'hash').fields['initiator'], first);
  });

  it('knows an attribute by every name that its feed has for it', () => {
    const [event] = inSyncEvents(1);
    assert.ok(event);
    const field = inSync.fields.find(({ name }) => name === 'initiator');
    const marked = withField(event, 'initiator');
    const byOther = compileRedaction(inSync, {
      rules: [{ field: field?.v1Name ?? '', how: 'drop' }],
      key: undefined,
    });
    assert.equal(byOther(marked).fields['initiator'], undefined);
  });

  it('hides attributes that no feed knows', () => {
    const [event] = inSyncEvents(1);
    assert.ok(event);
    const fields = { ...event.fields, badge: { number: 7 } };
    const rules = [{ field: 'badge', how: 'mask' }] as const;
    const hidden = compileRedaction(inSync, { rules, key: undefined })({ ...event, fields });
    assert.deepEqual(hidden.fields, { ...event.fields, badge: '***' });
  });
});

function redact(
  event: TailraceEvent,
  how: RedactionRule['how'],
  hashKey: Secret | undefined = key,
): TailraceEvent {
  return compileRedaction(inSync, { rules: [{ field: 'initiator', how }], key: hashKey })(event);
}

function withField(event: TailraceEvent, name: string): TailraceEvent {
  return { ...event, fields: { ...event.fields, [name]: secret } };
}

function inSyncEvents(count: number): readonly TailraceEvent[] {
  const next = inSyncGenerator(count);
  return Array.from({ length: count }, () => inSync.readEvent(next(nowMs)).event);
}

function assertHidden(feed: Feed, event: TailraceEvent, rules: readonly RedactionRule[]): void {
  const redactEvent = compileRedaction(feed, { rules, key });
  const hidden = redactEvent(event);
  assert.equal(hidden.original, undefined);
  for (const format of formats) {
    for (const profile of profiles) {
      const options: EncoderOptions = { format, profile, ...encoding };
      const line = compileEncoder(feed, options)(hidden);
      assert.ok(!line.includes('dana.secret'), `${format} ${profile}: ${line}`);
    }
  }
}
