/** Attacks carry what attackers wrote. None of it may become a field, a line or an event. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { JsonObject } from '../../src/core/json.ts';
import { attributesFromCef } from '../../src/encode/cef/attributes-from-cef.ts';
import { cefHeaderLengths } from '../../src/encode/cef/cef-keys.ts';
import { decodeCef } from '../../src/encode/cef/decode-cef.ts';
import { compileEncoder } from '../../src/encode/compile-encoder.ts';
import type { EncoderOptions } from '../../src/encode/encoder.ts';
import { textOf } from '../../src/encode/line-text.ts';
import { attributesFromSyslog } from '../../src/encode/syslog/attributes-from-syslog.ts';
import { decodeSyslog } from '../../src/encode/syslog/decode-syslog.ts';
import { attackOf } from '../../src/feeds/apptrana-attack.ts';
import { attackAttributes } from '../../src/feeds/apptrana-fields.ts';
import { appTranaGenerator } from '../../src/feeds/apptrana-generator.ts';
import { appTrana } from '../../src/feeds/apptrana.ts';
import { hostileAttack } from './attack-arbitraries.ts';
import { asOneLine, cut, visibly } from './expected-text.ts';
import { assertFaithful, assertKnownKeys, isKnownKey } from './faithful-attack.ts';
import { lognormalize, lognormalizerSkip } from './lognormalizer.ts';
import { naivePairs } from './naive-cef.ts';
import { sharedLines, skipWithout } from './shared-data.ts';

const base = { hostname: 'siem.example.com', facility: 16 } as const;
const cef = { ...base, format: 'cef', profile: 'strict' } as const;
const syslog = { ...base, format: 'syslog', profile: 'strict' } as const;
const json = { ...base, format: 'json', profile: 'vendor' } as const;
const encodeCef = compileEncoder(appTrana, cef);
const encodeHardened = compileEncoder(appTrana, { ...cef, hardened: true });

// oxlint-disable-next-line no-control-regex -- control characters are what must not come out
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

const attackLines = sharedLines('attacks.ndjson');
const skip = skipWithout('attacks.ndjson', attackLines);
const startMs = Date.UTC(2026, 10, 20);
const attacks = (attackLines ?? []).map((line, index): JsonObject => {
  const attributes: JsonObject = JSON.parse(line);
  return { ...attributes, attackTime: startMs + index * 7 };
});
const events = attacks.map((attributes) => appTrana.readEvent(attributes).event);

describe('thousands of real attacks', { skip }, () => {
  it('are read without losing anything, each with an identity of its own', () => {
    assert.equal(events.length, 2804);
    assert.equal(new Set(events.map(({ id }) => id)).size, 2804);
    for (const [index, { fields, occurredAtMs }] of events.entries()) {
      const { attackTime, ...rest } = fields;
      const { attackTime: givenMs, ...given } = attacks[index] ?? {};
      assert.deepEqual(rest, given);
      assert.equal(occurredAtMs, givenMs);
      assert.equal(attackTime, new Date(occurredAtMs).toISOString());
    }
  });

  it('come out of strict CEF with every value whole or visibly cut', () => {
    let cutValues = 0;
    for (const event of events) {
      const line = encodeCef(event);
      const { classId, name, extension } = assertFaithful(event, line);
      assert.equal(classId, event.fields['ruleId']);
      assert.equal(name, event.fields['ruleName']);
      assert.equal(extension.get('externalId'), event.id);
      cutValues += [...extension.values()].filter((value) => value.endsWith('…')).length;
    }
    assert.ok(cutValues >= 7 && cutValues < 30, `${cutValues} values were cut`);
  });

  it('show neither cookies nor credentials in a line', () => {
    const encodeSyslog = compileEncoder(appTrana, syslog);
    let secrets = 0;
    for (const event of events) {
      const headers: Readonly<Record<string, string>> = JSON.parse(
        `{${textOf(event.fields['requestHeader'])}}`,
      );
      for (const name of ['Cookie', 'Authorization']) {
        const secret = headers[name] ?? '';
        if (secret === '') continue;
        secrets += 1;
        // What the rule found may be the cookie itself, and that is what the line is about.
        const bare = { ...event, fields: { ...event.fields, attackData: null, attackUri: null } };
        const lines = [decodeCef(encodeCef(bare)).extension.get('cs2'), encodeSyslog(bare)];
        for (const line of lines) assert.ok(line !== undefined && !line.includes(secret), line);
      }
    }
    assert.ok(secrets > 150, `${secrets} secrets`);
  });

  it('come back from CEF, Syslog and JSON as the events they were', () => {
    const encodeSyslog = compileEncoder(appTrana, syslog);
    const encodeJson = compileEncoder(appTrana, json);
    for (const event of events) {
      const { id, occurredAtMs, type, severity } = event;
      for (const attributes of [
        attributesFromCef(appTrana, decodeCef(encodeCef(event))),
        attributesFromSyslog(appTrana, decodeSyslog(encodeSyslog(event))),
      ]) {
        const back = appTrana.readEvent(attributes).event;
        assert.deepEqual([back.id, back.occurredAtMs, back.type], [id, occurredAtMs, type]);
        assert.equal(back.severity, severity);
        const names = Object.keys(back.fields).filter((name) => name !== 'id');
        for (const name of names) assert.ok(Object.hasOwn(event.fields, name), name);
        for (const name of ['ruleId', 'ruleName', 'requestId', 'severity', 'statusCode']) {
          assert.equal(back.fields[name], event.fields[name], name);
        }
      }
      const attributes: JsonObject = JSON.parse(encodeJson(event));
      const back = appTrana.readEvent(attributes);
      assert.ok(back.canonical);
      assert.deepEqual(back.event, event);
      assert.deepEqual(Object.keys(attackOf(event)), attackAttributes);
    }
  });

  it('mean to Debian’s lognormalizer what they mean to us', { skip: lognormalizerSkip }, () => {
    const encode = compileEncoder(appTrana, { ...cef, extensionLeadingSpace: true });
    const encodeHard = compileEncoder(appTrana, {
      ...cef,
      hardened: true,
      extensionLeadingSpace: true,
    });
    for (const lines of [events.map(encode), events.map(encodeHard)]) {
      const normalised = lognormalize('rule=:%f:cef%', lines);
      assert.equal(normalised.length, lines.length);
      for (const [index, { f }] of normalised.entries()) {
        const decoded = decodeCef(lines[index] ?? '');
        assert.deepEqual(f.Extensions, Object.fromEntries(decoded.extension));
        assert.deepEqual(
          [f.SignatureID, f.Name, f.Severity],
          [decoded.classId, decoded.name, decoded.severity],
        );
      }
    }
  });

  it('create no field in a parser that unescapes before it splits, when hardened', () => {
    let fooled = 0;
    for (const event of events) {
      assertKnownKeys(naivePairs(encodeHardened(event)).keys());
      const loose = [...naivePairs(encodeCef(event)).keys()];
      if (!loose.every(isKnownKey)) fooled += 1;
    }
    assert.ok(fooled > 10, `the parser must be one that can be fooled; ${fooled} lines did`);
  });

  it('are one line each to a program that reads lines', () => {
    const lines = [...events.map(encodeCef), ...events.map(encodeHardened)];
    const counted = spawnSync('wc', ['-l'], {
      input: `${lines.join('\n')}\n`,
      encoding: 'utf8',
    });
    assert.equal(Number(counted.stdout), lines.length);
    for (const line of lines) assert.equal(asOneLine(line), line);
  });
});

describe('attacks as hostile as can be', () => {
  const everyEncoder: readonly EncoderOptions[] = [
    cef,
    { ...cef, profile: 'vendor' },
    { ...cef, hardened: true },
    syslog,
    { ...syslog, profile: 'vendor' },
    json,
    { ...json, jsonNames: 'stored' },
  ];
  for (const options of everyEncoder) {
    it(`are one clean line (${Object.values(options).slice(2).join(' ')})`, () => {
      const encode = compileEncoder(appTrana, options);
      fc.assert(
        fc.property(hostileAttack, (attributes) => {
          const line = encode(appTrana.readEvent(attributes).event);
          assert.ok(line.isWellFormed());
          assert.doesNotMatch(line, controls);
          if (options.format === 'cef') assert.equal(line.match(/CEF:0\|Indusface/g)?.length, 1);
          if (options.format === 'syslog') assert.equal(decodeSyslog(line).facility, 16);
          if (options.format === 'json') JSON.parse(line);
        }),
        { numRuns: 150 },
      );
    });
  }

  it('come out of strict CEF with every value whole or visibly cut', () => {
    fc.assert(
      fc.property(hostileAttack, (attributes) => {
        const { event } = appTrana.readEvent(attributes);
        const line = encodeCef(event);
        if (asOneLine(event.type) === '') return; // a line whose name is empty is none
        const { classId, name } = assertFaithful(event, line);
        assert.ok(Array.from(classId).length <= cefHeaderLengths.classId);
        const ruleName = visibly(asOneLine(textOf(event.fields['ruleName'])));
        if (ruleName !== '') assert.equal(name, cut(ruleName, cefHeaderLengths.name));
      }),
      { numRuns: 200 },
    );
  });

  it('create no field in a parser that unescapes before it splits, when hardened', () => {
    fc.assert(
      fc.property(hostileAttack, (attributes) => {
        const line = encodeHardened(appTrana.readEvent(attributes).event);
        assertKnownKeys(naivePairs(line).keys());
      }),
      { numRuns: 200 },
    );
  });

  it('come back from CEF with the identity they had, unless that was too long', () => {
    fc.assert(
      fc.property(hostileAttack, (attributes) => {
        const { event } = appTrana.readEvent(attributes);
        if (asOneLine(event.type) === '') return;
        const back = appTrana.readEvent(attributesFromCef(appTrana, decodeCef(encodeCef(event))));
        assert.equal(back.event.occurredAtMs, event.occurredAtMs);
        assert.equal(back.event.severity, event.severity);
        if (event.id.length <= 40) assert.equal(back.event.id, event.id);
        else assert.match(back.event.id, /^.{23}~[0-9a-f]{16}$/);
      }),
      { numRuns: 200 },
    );
  });
});

describe('generated attacks', () => {
  it('survive every format as well', () => {
    const generate = appTranaGenerator(3);
    for (let index = 0; index < 1000; index += 1) {
      const { event } = appTrana.readEvent(generate(startMs + index));
      assertFaithful(event, encodeCef(event));
      assertKnownKeys(naivePairs(encodeHardened(event)).keys());
    }
  });
});
