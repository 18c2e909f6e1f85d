import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { AppError } from '../core/errors.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { inSync } from './insync.ts';

const attributes: JsonObject = {
  eventID: 1_203_589_860,
  eventType: 'Backup',
  eventState: 'Success',
  severity: 6,
  timestamp: '2023-03-09T17:48:43Z',
  initiator: null,
  inSyncUserID: 4_660_543,
  inSyncUserName: 'Adele Vance',
  inSyncDataSourceID: 6_706_405,
  inSyncDataSourceName: 'OneDrive',
  clientVersion: '7.2.0r(e67f3e32)',
  ip: '192.0.2.7',
};

function idOf(changed: JsonObject): string {
  return inSync.readEvent({ ...attributes, ...changed }).event.id;
}

function categoryOf(changed: JsonObject): string {
  return inSync.readEvent({ ...attributes, ...changed }).category;
}

function assertRefused(value: JsonObject, message: RegExp): void {
  assert.throws(
    () => inSync.readEvent(value),
    (error) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'input_invalid');
      assert.match(error.message, message);
      assert.ok(error.message.length < 300);
      return true;
    },
  );
}

describe('reading an inSync event', () => {
  it('gives type, time, normalised severity and category', () => {
    const { event, category, canonical } = inSync.readEvent(attributes);
    assert.equal(event.type, 'Backup');
    assert.equal(event.occurredAtMs, Date.UTC(2023, 2, 9, 17, 48, 43));
    assert.equal(event.severity, 2);
    assert.equal(event.fields, attributes);
    assert.equal(category, 'Backup And Restore');
    assert.ok(canonical);
    assert.match(event.id, /^1203589860-[0-9a-f]{16}$/);
  });

  it('takes the names of Events API v1 and the documents’ other spellings', () => {
    const { event, canonical } = inSync.readEvent({
      EventType: 'Backup',
      timeStamp: '2023-03-09T17:48:43Z',
      IPAddress: '192.0.2.7',
      'Profile Name': 'Default',
      'inSyncDataSource ID': '80',
      Severity: '4',
    });
    assert.equal(canonical, false);
    assert.deepEqual(event.fields, {
      eventType: 'Backup',
      timestamp: '2023-03-09T17:48:43Z',
      ip: '192.0.2.7',
      profileName: 'Default',
      inSyncDataSourceID: 80,
      severity: 4,
    });
    assert.equal(event.severity, 5);
  });

  it('knows every attribute of both tables by its v1 name', () => {
    for (const field of inSync.fields) {
      const value = field.type === 'integer' ? 5 : '2023-03-09T17:48:43Z';
      const least = { eventType: 'Backup', timestamp: '2023-03-09T17:48:43Z' };
      const { event } = inSync.readEvent({ ...without(field.name, least), [field.v1Name]: value });
      assert.equal(event.fields[field.name], value, field.name);
    }
  });

  it('takes epoch milliseconds, and keeps the time an event came with', () => {
    const { event, canonical } = inSync.readEvent({
      eventType: 'Backup',
      timestamp: 1_678_384_123_000,
    });
    assert.equal(event.occurredAtMs, 1_678_384_123_000);
    assert.equal(event.fields['timestamp'], '2023-03-09T17:48:43Z');
    assert.equal(canonical, false);
    const abroad = inSync.readEvent({ ...attributes, timestamp: '2023-03-09T18:48:43+01:00' });
    assert.equal(abroad.event.fields['timestamp'], '2023-03-09T18:48:43+01:00');
    assert.ok(abroad.canonical);
  });

  it('takes integers as text and keeps those that are too large for a number as text', () => {
    const { event, canonical } = inSync.readEvent({ ...attributes, inSyncUserID: '12' });
    assert.equal(event.fields['inSyncUserID'], 12);
    assert.equal(canonical, false);
    const large = inSync.readEvent({ ...attributes, eventID: '9223372036854775807' });
    assert.equal(large.event.fields['eventID'], '9223372036854775807');
    assert.ok(large.canonical);
    assert.ok(large.event.id.length <= 40);
  });

  it('keeps attributes which the table does not know', () => {
    const unknown = { 'x-custom': { depth: [1, 2] }, flag: true };
    const { event, canonical } = inSync.readEvent({ ...attributes, ...unknown });
    assert.deepEqual(event.fields, { ...attributes, ...unknown });
    assert.ok(canonical);
    const hostile: JsonObject = JSON.parse('{"__proto__":{"polluted":1},"constructor":"x"}');
    const renamed = inSync.readEvent({
      ...without('eventType', attributes),
      EventType: 'Backup',
      ...Object.fromEntries(Object.entries(hostile)),
    });
    assert.ok(!('polluted' in renamed.event.fields));
    assert.equal(renamed.event.fields['constructor'], 'x');
  });

  it('finds the category by its name in any spelling, or by the type', () => {
    assert.equal(categoryOf({ category: 'Backup & Restore' }), 'Backup And Restore');
    assert.equal(categoryOf({ category: 'ADMIN EVENT' }), 'Admin Event');
    assert.equal(categoryOf({ category: 'Something New' }), 'Something New');
    assert.equal(categoryOf({ eventType: 'API Login' }), 'API');
    assert.equal(categoryOf({ eventType: 'Something New' }), 'Uncategorized');
  });

  it('puts syslog’s severities the other way up, Informational by default', () => {
    const severityOf = (severity: JsonValue) =>
      inSync.readEvent({ ...attributes, severity }).event.severity;
    assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 7].map(severityOf), [10, 10, 9, 7, 5, 3, 2, 1]);
    assert.equal(severityOf(null), 2);
    assert.equal(inSync.readEvent(without('severity', attributes)).event.severity, 2);
  });

  it('refuses what cannot be an event, naming attribute, expectation and what came', () => {
    assertRefused(JSON.parse('[]'), /^event must be a JSON object, got a list$/);
    assertRefused(JSON.parse('null'), /^event must be a JSON object, got null$/);
    assertRefused(without('eventType', attributes), /^eventType must be .*, got nothing$/);
    assertRefused({ ...attributes, eventType: '  ' }, /^eventType must be/);
    assertRefused({ ...attributes, eventType: 'x'.repeat(513) }, /^eventType must be/);
    assertRefused(without('timestamp', attributes), /^timestamp must be ISO 8601.*got nothing$/);
    for (const timestamp of ['', 'yesterday', '2017-09-21T13:41:14', -1, 1.5, 1e18, true]) {
      assertRefused({ ...attributes, timestamp }, /^timestamp must be ISO 8601/);
    }
    for (const severity of [-1, 8, 1.5, 'high', true, {}]) {
      assertRefused({ ...attributes, severity }, /^severity must be/);
    }
    assertRefused({ ...attributes, eventID: 2 ** 60 }, /^eventID must be a string, because/);
    assertRefused({ ...attributes, inSyncUserID: 'N/A' }, /^inSyncUserID must be a whole number/);
    assertRefused({ ...attributes, initiator: ['a'] }, /^initiator must be a string, got a list$/);
    assertRefused({ ...attributes, ip: {} }, /^ip must be a string, got an object$/);
    assertRefused({ ...attributes, other: 2 ** 60 }, /^other must be a string, because/);
    assertRefused({ ...attributes, IP: '192.0.2.8' }, /^ip must be given once, came again as IP$/);
    for (const id of ['a b', 'é', 'x'.repeat(129), 5.5]) {
      if (typeof id === 'string') assertRefused({ ...attributes, id }, /^id must be 1 to 128/);
    }
  });

  it('refuses sizes beyond reason', () => {
    const long = 'x'.repeat(256 * 1024 + 1);
    assertRefused({ ...attributes, eventDetails: long }, /^eventDetails must be at most/);
    assertRefused({ ...attributes, other: long }, /^other must be at most/);
    assertRefused({ ...attributes, other: [long] }, /^other must be at most/);
    assertRefused({ ...attributes, other: [[[[[1]]]]] }, /^other must be at most 4 levels deep/);
    const many = Array.from({ length: 200 }, (_, index) => [`a${index}`, index] as const);
    assertRefused({ ...attributes, ...Object.fromEntries(many) }, /at most 200 attributes/);
    assertRefused({ ...attributes, ['n'.repeat(129)]: 1 }, /name must be 1 to 128 characters/);
    assertRefused({ ...attributes, '': 1 }, /name must be 1 to 128 characters/);
  });
});

describe('the identity of an inSync event', () => {
  it('is the sender’s own if there is one', () => {
    assert.equal(idOf({ id: 'evt_1~x' }), 'evt_1~x');
  });

  it('does not depend on spelling, order, or how nothing is said', () => {
    const id = idOf({});
    assert.equal(id, inSync.readEvent(reversed(attributes)).event.id);
    assert.equal(idOf({ initiator: '' }), id);
    assert.equal(inSync.readEvent(without('initiator', attributes)).event.id, id);
    assert.equal(idOf({ severity: '6', eventID: '1203589860' }), id);
    assert.equal(idOf({ severity: null, timestamp: 1_678_384_123_000 }), id);
    assert.equal(idOf({ facility: 23 }), id);
    assert.equal(
      idOf({ x: { a: [{ b: 1, c: 2 }], d: 3 } }),
      idOf({ x: { d: 3, a: [{ c: 2, b: 1 }] } }),
    );
    assert.equal(idOf({ x: 1, y: 2 }), inSync.readEvent({ y: 2, x: 1, ...attributes }).event.id);
    const v1 = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [
        inSync.fields.find((field) => field.name === name)?.v1Name ?? name,
        value,
      ]),
    );
    assert.equal(inSync.readEvent(v1).event.id, id);
  });

  it('differs as soon as anything in the event does', () => {
    const text = fc.string({ minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(text, text, text, text, (a, b, c, d) => {
        fc.pre(a !== c || b !== d);
        const one = { initiator: a, inSyncDataSourceName: b };
        assert.notEqual(idOf(one), idOf({ initiator: c, inSyncDataSourceName: d }));
        assert.notEqual(idOf({ x: a, y: b }), idOf({ x: c, y: d }));
      }),
    );
    const variants: JsonObject[] = [
      {},
      { eventState: 'Failed' },
      { severity: 5 },
      { timestamp: '2023-03-09T17:48:44Z' },
      { eventID: 1_203_589_861 },
      { errorLogFullTrace: 'x' },
      { unknown: 1 },
      { unknown: '1' },
      { unknown: [1] },
      { unknown: null },
      { category: 'API' },
      { initiator: 'ab', inSyncDataSourceName: 'c' },
      { initiator: 'a', inSyncDataSourceName: 'bc' },
    ];
    assert.equal(new Set(variants.map(idOf)).size, variants.length);
  });

  it('starts with e when no EventID relates the event to others', () => {
    assert.match(idOf({ eventID: null }), /^e-[0-9a-f]{32}$/);
  });
});

describe('an inSync gap record', () => {
  const gap = { fromMs: 1_678_384_123_000, untilMs: undefined, count: 7, reason: 'cursor expired' };

  it('has an identity that depends on the gap alone', () => {
    assert.equal(inSync.gapEvent(gap, 1).id, inSync.gapEvent({ ...gap }, 2).id);
    assert.notEqual(inSync.gapEvent(gap, 1).id, inSync.gapEvent({ ...gap, count: 8 }, 1).id);
  });

  it('says from when to when, how many and why, and can be read like any event', () => {
    const event = inSync.gapEvent(gap, 1_678_384_999_000);
    assert.equal(
      event.fields['eventDetails'],
      '7 events from 2023-03-09T17:48:43Z until an unknown moment are missing: cursor expired',
    );
    const back = inSync.readEvent(event.fields);
    assert.deepEqual(back.event, event);
    assert.ok(back.canonical);
    assert.equal(back.category, 'System Event');
  });
});

function without(name: string, object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
}

function reversed(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).toReversed());
}
