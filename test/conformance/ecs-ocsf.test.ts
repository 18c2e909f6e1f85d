/** Lines in ECS and OCSF are what the schemas ask for, and hold everything that the events do. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { TailraceEvent } from '../../src/core/event.ts';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { compileEncoder } from '../../src/encode/compile-encoder.ts';
import { ecsFields } from '../../src/encode/ecs/ecs-fields.ts';
import { profiles } from '../../src/encode/encoder.ts';
import { ocsfAttributes } from '../../src/encode/ocsf/ocsf-classes.ts';
import { appTranaGenerator } from '../../src/feeds/apptrana-generator.ts';
import { appTrana } from '../../src/feeds/apptrana.ts';
import type { Feed } from '../../src/feeds/feed.ts';
import { feeds } from '../../src/feeds/feeds.ts';
import { inSyncGenerator } from '../../src/feeds/insync-generator.ts';
import { inSync } from '../../src/feeds/insync.ts';
import { hostileAttack } from './attack-arbitraries.ts';
import { at, ecsProblems, leavesOf, ocsfProblems } from './ecs-ocsf-reference.ts';
import { sharedLines, skipWithout } from './shared-data.ts';

const base = { hostname: 'siem.example.com', facility: 16, profile: 'strict' } as const;
const startMs = Date.UTC(2026, 10, 21);
const namespaces: Readonly<Record<string, string>> = {
  insync: 'druva.insync',
  apptrana: 'indusface.apptrana',
};
const encoders = new Map(
  feeds.map((feed) => [
    feed.name,
    {
      ecs: compileEncoder(feed, { ...base, format: 'ecs' }),
      ocsf: compileEncoder(feed, { ...base, format: 'ocsf' }),
    },
  ]),
);

// oxlint-disable-next-line no-control-regex -- control characters are what must not come out
const lineEnds = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

function encode(feed: Feed, format: 'ecs' | 'ocsf', event: TailraceEvent): JsonObject {
  const line = encoders.get(feed.name)?.[format](event) ?? '';
  assert.doesNotMatch(line, lineEnds);
  const parsed: JsonObject = JSON.parse(line);
  return parsed;
}

function assertValid(feed: Feed, event: TailraceEvent): { ecs: JsonObject; ocsf: JsonObject } {
  const [ecs, ocsf] = [encode(feed, 'ecs', event), encode(feed, 'ocsf', event)];
  assert.deepEqual(ecsProblems(ecs, namespaces[feed.name] ?? ''), [], JSON.stringify(ecs));
  assert.deepEqual(ocsfProblems(ocsf), [], JSON.stringify(ocsf));
  assert.equal(at(ecs, 'event.id'), event.id);
  assert.equal(at(ocsf, 'metadata.uid'), event.id);
  assert.equal(ocsf['time'], event.occurredAtMs);
  assert.equal(at(ecs, '@timestamp'), new Date(event.occurredAtMs).toISOString());
  return { ecs, ocsf };
}

/** Every value of the event is somewhere in the line, as it is, as a text, or masked. */
function assertComplete(feed: Feed, event: TailraceEvent, line: JsonObject): void {
  const found = new Set(leavesOf(line).flatMap(([, value]) => [value].flat().map(comparable)));
  const whole = JSON.stringify(line);
  for (const { name, role, inLines = (text: string) => text } of feed.fields) {
    const value = role === 'type' ? event.type : event.fields[name];
    if (value === undefined || value === null || value === '' || role === 'time') continue;
    const shown = comparable(typeof value === 'string' ? inLines(value) : value);
    const isKnown = found.has(shown) || isSplit(name, line);
    assert.ok(isKnown, `${name} ${JSON.stringify(value)} is not in ${whole.slice(0, 2000)}`);
  }
}

function comparable(value: JsonValue): string {
  return typeof value === 'string' ? value.toWellFormed() : JSON.stringify(value);
}

/** These stand there in parts: a path and a query, a number. Times are of another form. */
function isSplit(name: string, line: JsonObject): boolean {
  const parts: Readonly<Record<string, readonly string[]>> = {
    attackUri: ['http_request.url.path', 'http_request.url.query_string'],
    tlsVersion: ['tls.version'],
    requestProtocol: ['http.version', 'http_request.version'],
    gapFrom: ['start_time', 'event.start'],
    gapUntil: ['end_time', 'event.end'],
  };
  return parts[name]?.some((path) => at(line, path) !== undefined) ?? false;
}

describe('ECS and OCSF', () => {
  const generators = [
    [inSync, inSyncGenerator(11)],
    [appTrana, appTranaGenerator(11)],
  ] as const;
  for (const [feed, next] of generators) {
    it(`hold what events of ${feed.title} hold, as the schemas ask for it`, () => {
      for (let index = 0; index < 600; index += 1) {
        const { event } = feed.readEvent(next(startMs + index * 10));
        const { ecs, ocsf } = assertValid(feed, event);
        assertComplete(feed, event, ecs);
        assertComplete(feed, event, ocsf);
        assert.equal(at(ecs, 'event.original'), undefined);
        assert.equal(ocsf['raw_data'], undefined);
      }
    });

    it(`say that events of ${feed.title} are missing`, () => {
      const gap = { fromMs: startMs, untilMs: startMs + 5000, count: 7, reason: 'they are gone' };
      const { ecs, ocsf } = assertValid(feed, feed.gapEvent(gap, startMs + 9000));
      assert.equal(at(ecs, 'event.kind'), 'pipeline_error');
      assert.equal(at(ecs, 'event.start'), new Date(startMs).toISOString());
      assert.deepEqual([ocsf['start_time'], ocsf['end_time']], [startMs, startMs + 5000]);
      for (const message of [ecs['message'], ocsf['message']]) {
        assert.match(JSON.stringify(message), /^"7 events from .* are missing: they are gone"$/);
      }
      assert.equal(at(ocsf, 'unmapped.gapCount'), 7);
    });

    it(`are the same in both profiles for ${feed.title}, byte for byte`, () => {
      const { event } = feed.readEvent(next(startMs));
      for (const format of ['ecs', 'ocsf'] as const) {
        const lines = profiles.map((profile) =>
          compileEncoder(feed, { ...base, profile, format })(event),
        );
        assert.equal(lines[0], lines[1]);
        assert.equal(lines[0], compileEncoder(feed, { ...base, format })(event));
      }
    });
  }

  it('name only attributes that the tables of the schemas have', () => {
    for (const feed of feeds) {
      const holders = [...feed.fields, ...(feed.cefExcerpts ?? [])];
      for (const { ecs = [], ocsf = [] } of holders) {
        for (const { path } of ecs) assert.ok(path in ecsFields, path);
        for (const { path } of ocsf) assert.ok(path in ocsfAttributes, path);
      }
    }
  });

  it('put what is attacked, how and by whom where SIEMs look', () => {
    const { event } = appTrana.readEvent({
      attackerIP: '192.0.2.7',
      attackerGeo: 'FR',
      severity: 2,
      eventType: 'Block',
      attackTime: startMs,
      attackUri: '/login?u=1',
      attackData: "1' OR '1'='1",
      category: 'SQL Injection',
      ruleId: '942100',
      ruleName: 'SQL Injection Attack',
      hostName: 'www.example.com',
      statusCode: 403,
      requestHeader: '"User-Agent":"curl/8" , "Cookie":"sid=4711"',
      tlsVersion: 'TLSv1.3',
      requestProtocol: 'HTTP/1.1',
    });
    const { ecs, ocsf } = assertValid(appTrana, event);
    const expectedEcs = {
      'event.kind': 'alert',
      'event.category': ['intrusion_detection'],
      'event.type': ['denied'],
      'event.severity': 9,
      'source.ip': '192.0.2.7',
      'source.geo.country_iso_code': 'FR',
      'url.original': '/login?u=1',
      'url.domain': 'www.example.com',
      'rule.id': '942100',
      'rule.name': 'SQL Injection Attack',
      'http.response.status_code': 403,
      'http.version': '1.1',
      'user_agent.original': 'curl/8',
      'tls.version': '1.3',
      'observer.type': 'waf',
      'indusface.apptrana.attackData': "1' OR '1'='1",
    };
    for (const [path, value] of Object.entries(expectedEcs)) assert.deepEqual(at(ecs, path), value);
    const expectedOcsf = {
      class_uid: 4002,
      type_uid: 400_200,
      severity_id: 5,
      action_id: 2,
      disposition_id: 2,
      'src_endpoint.ip': '192.0.2.7',
      'dst_endpoint.hostname': 'www.example.com',
      'http_request.url.path': '/login',
      'http_request.url.query_string': 'u=1',
      'http_response.code': 403,
      'firewall_rule.uid': '942100',
      'firewall_rule.match_details': ["1' OR '1'='1"],
      'metadata.original_time': new Date(startMs).toISOString(),
    };
    for (const [path, value] of Object.entries(expectedOcsf)) {
      assert.deepEqual(at(ocsf, path), value);
    }
    assert.doesNotMatch(JSON.stringify([ecs, ocsf]), /4711/);
  });

  it('are of the class that the type of an event has, if it has what that requires', () => {
    const actor = { initiator: 'ana@example.com', ip: '192.0.2.8', eventState: 'Failed' };
    const login = ofType('Admin Login', actor);
    assert.deepEqual([login['type_uid'], login['status_id']], [300_201, 2]);
    assert.equal(at(login, 'user.name'), 'ana@example.com');
    assert.equal(ofType('Admin Audit Trail', actor)['type_uid'], 600_399);
    assert.equal(ofType('Alert', actor)['type_uid'], 200_401);
    assert.equal(ofType('Alert Resolution')['type_uid'], 200_403);
    assert.equal(ofType('Backup', actor)['type_uid'], 99);
    for (const type of ['Admin Login', 'Admin Audit Trail', 'Something New']) {
      assert.equal(ofType(type)['type_uid'], 99, type);
    }
  });

  it('keep the line that an event was received as', () => {
    const original =
      'Sep 21 2017 13:41:14 c CEF:0|Druva|inSync|1||Backup|6|suser=Ana outcome=Success';
    const event = {
      id: 'l-1',
      occurredAtMs: startMs,
      type: 'Backup',
      severity: 2,
      fields: {},
      original,
    } as const;
    const { ecs, ocsf } = assertValid(inSync, event);
    assert.equal(at(ecs, 'event.original'), original);
    assert.equal(at(ecs, 'user.name'), 'Ana');
    assert.equal(ocsf['raw_data'], original);
    assert.equal(ocsf['status_id'], 1);
  });

  it('take nothing that an attacker writes for structure', () => {
    fc.assert(
      fc.property(hostileAttack, (attributes) => {
        const { event } = appTrana.readEvent(attributes);
        const { ecs, ocsf } = assertValid(appTrana, event);
        assertComplete(appTrana, event, ecs);
        assertComplete(appTrana, event, ocsf);
      }),
      { numRuns: 400 },
    );
  });

  it('keep attributes that the table does not know, whatever they are called', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
      fc.constantFrom('__proto__', 'constructor', 'a.b', 'unmapped', 'class_uid', '@timestamp'),
    );
    const unknown = fc.dictionary(name, fc.jsonValue({ maxDepth: 2 }).map(plain), { maxKeys: 5 });
    fc.assert(
      fc.property(unknown, (attributes) => {
        const known = new Set(
          inSync.fields.flatMap((field) => [field.name, field.v1Name, ...(field.aliases ?? [])]),
        );
        const fields = Object.fromEntries(
          Object.entries(attributes).filter(([key]) => !known.has(key)),
        );
        const event = {
          id: 'e-1',
          occurredAtMs: startMs,
          type: 'Backup',
          severity: 2,
          fields,
        } as const;
        const { ecs, ocsf } = assertValid(inSync, event);
        const unmapped = at(ocsf, 'unmapped');
        const other = at(ecs, 'druva.insync.other');
        const inEcs: JsonValue = typeof other === 'string' ? JSON.parse(other) : {};
        for (const [key, value] of Object.entries(fields)) {
          const wanted = JSON.stringify(value).toWellFormed();
          for (const holder of [unmapped, inEcs]) {
            const held = Object.entries(holder ?? {}).find(
              ([found]) => found === key.toWellFormed(),
            );
            assert.equal(JSON.stringify(held?.[1]), wanted);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  const attackLines = sharedLines('attacks.ndjson');
  it('hold thousands of real attacks', { skip: skipWithout('attacks.ndjson', attackLines) }, () => {
    for (const [index, line] of (attackLines ?? []).entries()) {
      const attributes: JsonObject = JSON.parse(line);
      const { event } = appTrana.readEvent({ ...attributes, attackTime: startMs + index });
      const { ecs, ocsf } = assertValid(appTrana, event);
      assertComplete(appTrana, event, ecs);
      assertComplete(appTrana, event, ocsf);
    }
  });
});

/** As stored: without numbers that change when they are written once more. */
function plain(value: unknown): JsonValue {
  const text: JsonValue = JSON.parse(JSON.stringify(value));
  return text;
}

/** An event of inSync in OCSF. */
function ofType(eventType: string, more: JsonObject = {}): JsonObject {
  const { event } = inSync.readEvent({ timestamp: startMs, eventType, ...more });
  return assertValid(inSync, event).ocsf;
}
