import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../core/errors.ts';
import type { Severity } from '../core/event.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { attackOf, websiteOf } from './apptrana-attack.ts';
import { attackAttributes } from './apptrana-fields.ts';
import { appTrana, appTranaFeed } from './apptrana.ts';

/** The attack of the sample in "SIEM Integration through API". */
const sample: JsonObject = {
  attackerIP: '52.66.186.232',
  attackerGeo: 'IN',
  severity: 2,
  eventType: 'Log',
  attackTime: '2019-01-11T05:54:02.091Z',
  attackUri: '/rm/email/send',
  target: null,
  attackData: 'curl/7.29.0',
  ipReputation: 'UNK',
  category: 'Bot Attacks',
  ruleId: '40',
  requestId: 'XDgvJ11cQNtD@oi4vIg3fwAACDg',
  ruleName: 'Request Indicates an automated program explored the site',
  tagName: 'WEB_ATTACK/AUTOMATION/SECURITY_SCANNER',
  hostName: ' www.abc.com ',
  statusCode: 200,
  requestHeader:
    '"Host":" www.abc.com " , "User-Agent":"curl/7.29.0","Accept":"*/*","Accept-Language":"-","Accept-Encoding":"-","Connection":"-","Cookie":"-"',
  responseHeader:
    '"Cache-Control":"-","Connection":"-","Content-Type":"-","Content-Length":"0","Date":"-","Keep-Alive":"-","Server":"-"',
  tlsVersion: 'TLSv1.2',
  requestProtocol: 'HTTP/1.1',
};
const attack: JsonObject = { ...sample, hostName: 'www.abc.com', websiteName: 'www.abc.com' };

function read(changed: JsonObject = {}) {
  return appTrana.readEvent({ ...attack, ...changed });
}

function idOf(changed: JsonObject): string {
  return read(changed).event.id;
}

function without(name: string, object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
}

function assertRefused(value: JsonObject, message: RegExp): void {
  assert.throws(
    () => appTrana.readEvent(value),
    (error) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'input_invalid');
      assert.match(error.message, message);
      assert.ok(error.message.length < 300);
      return true;
    },
  );
}

describe('reading an attack', () => {
  it('takes the document’s sample with its website', () => {
    const { event, category, canonical } = appTrana.readEvent({
      ...sample,
      websiteName: ' www.abc.com ',
    });
    assert.equal(event.id, 'XDgvJ11cQNtD@oi4vIg3fwAACDg-6fc917edc750');
    assert.equal(event.type, 'Bot Attacks');
    assert.equal(category, 'Bot Attacks');
    assert.equal(event.occurredAtMs, Date.UTC(2019, 0, 11, 5, 54, 2, 91));
    assert.equal(event.severity, 9);
    assert.deepEqual(event.fields, attack);
    assert.equal(canonical, false);
    assert.equal(event.fields['target'], null);
  });

  it('keeps everything but the blanks around names exactly', () => {
    const padded = '  a  ';
    for (const name of attackAttributes) {
      if (['severity', 'attackTime', 'statusCode', 'hostName'].includes(name)) continue;
      assert.equal(read({ [name]: padded }).event.fields[name], padded, name);
      assert.equal(read({ [name]: null }).event.fields[name], null, name);
    }
    assert.equal(read({ hostName: '\t a.example.com ' }).event.fields['hostName'], 'a.example.com');
  });

  it('puts the attributes into the document’s order, the unknown ones behind', () => {
    const reversed = Object.fromEntries([
      ['new', 1],
      ...Object.entries(attack).toReversed(),
    ] satisfies [string, JsonValue][]);
    const { event, canonical } = appTrana.readEvent(reversed);
    assert.equal(canonical, false);
    assert.deepEqual(Object.keys(event.fields), [...attackAttributes, 'websiteName', 'new']);
    const inOrder = appTrana.readEvent(event.fields);
    assert.ok(inOrder.canonical);
    assert.equal(inOrder.event.fields, event.fields);
    assert.equal(inOrder.event.id, event.id);
    const between = appTrana.readEvent({
      ...without('websiteName', attack),
      x: 1,
      websiteName: 'a',
    });
    assert.equal(between.canonical, false);
    assert.deepEqual(Object.keys(between.event.fields).slice(-2), ['websiteName', 'x']);
  });

  it('takes the time as ISO 8601, as a number and as digits, and writes it as the vendor does', () => {
    const timeMs = 1_547_186_042_091;
    for (const attackTime of ['2019-01-11T05:54:02.091Z', timeMs, `${timeMs}`]) {
      const { event } = read({ attackTime });
      assert.equal(event.occurredAtMs, timeMs);
      assert.equal(event.fields['attackTime'], '2019-01-11T05:54:02.091Z');
      assert.equal(event.id, idOf({}));
    }
    const whole = read({ attackTime: '1547186042000' }).event;
    assert.equal(whole.fields['attackTime'], '2019-01-11T05:54:02.000Z');
    const abroad = read({ attackTime: '2019-01-11T11:24:02.091+05:30' }).event;
    assert.equal(abroad.occurredAtMs, timeMs);
    assert.equal(abroad.fields['attackTime'], '2019-01-11T11:24:02.091+05:30');
  });

  it('takes numbers as text and text as numbers', () => {
    const { event, canonical } = read({ severity: '3', statusCode: '404', ruleId: 40 });
    assert.equal(canonical, false);
    assert.equal(event.severity, 7);
    assert.deepEqual(
      [event.fields['severity'], event.fields['statusCode'], event.fields['ruleId']],
      [3, 404, '40'],
    );
  });

  it('finds the category in any spelling, and lets an attack go without', () => {
    const categoryOf = (category: JsonValue) => read({ category }).category;
    assert.equal(categoryOf('sql injection'), 'SQL Injection');
    assert.equal(read({ category: 'sql injection' }).event.type, 'sql injection');
    assert.equal(categoryOf('Something New'), 'Something New');
    for (const category of [null, '', ' ']) {
      const { event, category: found } = read({ category });
      assert.equal(event.type, 'Uncategorized');
      assert.equal(event.fields['category'], category);
      assert.equal(found, 'Uncategorized');
    }
    assert.equal(appTrana.readEvent(without('category', attack)).event.type, 'Uncategorized');
  });

  it('puts ModSecurity’s severities the other way up, as configured', () => {
    const raws = [0, 1, 2, 3, 4, 5, 6, 7];
    assert.deepEqual(
      raws.map((severity) => read({ severity }).event.severity),
      [10, 10, 9, 7, 5, 3, 2, 1],
    );
    assert.equal(read({ severity: null }).event.severity, 5);
    const severities: Severity[] = [0, 1, 2, 3, 4, 5, 6, 7];
    const other = appTranaFeed({ severities });
    assert.equal(other.readEvent({ ...attack, severity: 2 }).event.severity, 2);
    assert.equal(other.gapEvent({ ...noBounds, reason: 'x' }, 1).severity, 3);
  });

  it('refuses severities that are none', () => {
    const wrong: Severity[] = [1, 2];
    assert.throws(() => appTranaFeed({ severities: wrong }), {
      code: 'config_invalid',
      message: 'severities must be 8 numbers, got 2',
    });
    const beyond: readonly Severity[] = JSON.parse('[10,10,9,7,5,3,2,11]');
    assert.throws(() => appTranaFeed({ severities: beyond }), {
      code: 'config_invalid',
      message: "the severity for the vendor's 7 must be 0 to 10, got 11",
    });
  });

  it('refuses what cannot be an attack, naming attribute, expectation and what came', () => {
    assertRefused(JSON.parse('[]'), /^event must be a JSON object, got a list$/);
    const timeless = /^attackTime must be ISO 8601 with offset or epoch milliseconds, got /;
    assertRefused(without('attackTime', attack), timeless);
    const texts = [null, '', 'now', '2019-01-11T05:54:02', '2019', '1547186042'];
    for (const attackTime of [...texts, -1, 2019, 1_547_186_042]) {
      assertRefused({ ...attack, attackTime }, timeless);
    }
    for (const severity of [8, -1, 1.5, 'high']) {
      assertRefused({ ...attack, severity }, /^severity must be/);
    }
    assertRefused({ ...attack, statusCode: 'OK' }, /^statusCode must be a whole number, got "OK"$/);
    assertRefused({ ...attack, target: ['a'] }, /^target must be a string, got a list$/);
    assertRefused({ ...attack, category: 'x'.repeat(513) }, /^category must be 1 to 512/);
    assertRefused({ ...attack, hostName: 'x'.repeat(300_000) }, /^hostName must be at most/);
  });
});

describe('the identity of an attack', () => {
  it('fits CEF’s externalId, starts with the request, and is the same whenever it comes', () => {
    const id = idOf({});
    assert.equal(id.length, 40);
    assert.equal(idOf({ hostName: ' www.abc.com', severity: '2', ruleId: 40 }), id);
    assert.equal(idOf({ target: '' }), id);
    assert.equal(appTrana.readEvent(without('target', attack)).event.id, id);
    // What the service may come to know later, or says depending on how it is asked.
    assert.equal(idOf({ websiteName: null, ipReputation: 'BAD', attackerGeo: null, new: 1 }), id);
  });

  it('differs by request, rule, time, and what the rule found where', () => {
    const ids = [
      {},
      { requestId: 'XDgvJ11cQNtD@oi4vIg3fwAACDh' },
      { ruleId: '41' },
      { attackTime: '2019-01-11T05:54:02.092Z' },
      { target: 'ARGS:a' },
      { target: 'ARGS:b' },
      { attackData: 'curl/7.29.1' },
      { ruleId: '4', target: '0' },
    ].map(idOf);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('is made of everything when there is no request to start with', () => {
    for (const requestId of [null, '', '-', 'with space', 'é', 'x'.repeat(101)]) {
      const id = idOf({ requestId });
      assert.match(id, /^e-[0-9a-f]{32}$/);
      for (const changed of [{ attackerIP: '192.0.2.1' }, { attackUri: '/' }, { new: 1 }]) {
        assert.notEqual(idOf({ requestId, ...changed }), id);
      }
    }
    assert.match(idOf({ requestId: 'x'.repeat(100) }), /^x{100}-[0-9a-f]{12}$/);
    assert.match(idOf({ requestId: 'short' }), /^short-[0-9a-f]{16}$/);
  });

  it('is the sender’s own if there is one', () => {
    assert.equal(idOf({ id: 'mine' }), 'mine');
  });
});

describe('an attack as getAttackInfo answers it', () => {
  it('is the document’s sample, but for the blanks around the host', () => {
    const { event } = read();
    assert.equal(
      JSON.stringify(attackOf(event)),
      JSON.stringify({ ...sample, hostName: 'www.abc.com' }),
    );
    assert.equal(websiteOf(event), 'www.abc.com');
  });

  it('has every attribute, the time in UTC with milliseconds, and then what is new', () => {
    const { event } = appTrana.readEvent({
      id: 'mine',
      __proto: 1,
      attackTime: '2019-01-11T11:24:02+05:30',
      hostName: 'a.example.com',
    });
    const found = attackOf(event);
    assert.deepEqual(Object.keys(found), [...attackAttributes, '__proto']);
    assert.equal(found['attackTime'], '2019-01-11T05:54:02.000Z');
    assert.equal(found['category'], null);
    assert.equal(websiteOf(event), 'a.example.com');
    assert.equal(websiteOf(read({ websiteName: null, hostName: '' }).event), '');
    const hostile: JsonObject = JSON.parse('{"attackTime":1547186042091,"__proto__":{"x":1}}');
    assert.ok(Object.hasOwn(attackOf(appTrana.readEvent(hostile).event), '__proto__'));
  });
});

const noBounds = { fromMs: undefined, untilMs: undefined, count: undefined };

describe('an AppTrana gap record', () => {
  const gap = { fromMs: 1_547_186_042_091, untilMs: undefined, count: 7, reason: 'no answer' };

  it('has an identity that depends on the gap alone', () => {
    assert.equal(appTrana.gapEvent(gap, 1).id, appTrana.gapEvent({ ...gap }, 2).id);
    assert.notEqual(appTrana.gapEvent(gap, 1).id, appTrana.gapEvent({ ...gap, count: 8 }, 1).id);
  });

  it('says from when to when, how many and why, and can be read like any attack', () => {
    const event = appTrana.gapEvent(gap, 1_547_186_999_000);
    assert.equal(
      event.fields['attackData'],
      '7 events from 2019-01-11T05:54:02.091Z until an unknown moment are missing: no answer',
    );
    const back = appTrana.readEvent(event.fields);
    assert.deepEqual(back.event, event);
    assert.ok(back.canonical);
  });
});
