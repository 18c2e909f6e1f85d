import assert from 'node:assert/strict';
import type { TailraceEvent } from '../../src/core/event.ts';
import { cefKeys } from '../../src/encode/cef/cef-keys.ts';
import { decodeCef, type DecodedCef } from '../../src/encode/cef/decode-cef.ts';
import { textOf } from '../../src/encode/line-text.ts';
import { maskedRequestHeader } from '../../src/feeds/apptrana-headers.ts';
import { asLines, cut, visibly } from './expected-text.ts';

/** The attribute that stands whole in each key, as the documentation tells it. */
const attributeOfKey: Readonly<Record<string, string>> = {
  flexString1: 'attackerGeo',
  act: 'eventType',
  request: 'attackUri',
  cs3: 'target',
  msg: 'attackData',
  cs4: 'ipReputation',
  cat: 'category',
  flexString2: 'requestId',
  cs1: 'tagName',
  dhost: 'hostName',
  cs2: 'requestHeader',
  cs6: 'responseHeader',
  cs5: 'tlsVersion',
  app: 'requestProtocol',
  destinationServiceName: 'websiteName',
};
const numbersAndTimes = ['cn1', 'cn2', 'rt', 'start', 'externalId', 'cnt'];
const addresses = ['src', 'c6a2', 'shost'];
const excerpts = ['requestClientApplication', 'requestContext', 'requestCookies'];
const dates = ['deviceCustomDate1', 'deviceCustomDate2'];
const known = new Set(
  [Object.keys(attributeOfKey), numbersAndTimes, addresses, excerpts, dates].flat(),
);
const labelled = /^(?:cs\d|cn\d|c6a\d|flexString\d|deviceCustomDate\d)$/;

export function isKnownKey(key: string): boolean {
  const slot = key.replace(/Label$/, '');
  return known.has(slot) && (slot === key || labelled.test(slot));
}

export function assertKnownKeys(keys: Iterable<string>): void {
  for (const key of keys) assert.ok(isKnownKey(key), `${key} is no key of the feed`);
}

/** How the line was written. */
export interface LineOptions {
  readonly hardened?: boolean;
}

/** What a key must hold of an attribute: everything, or as much as its length lets, marked as cut. */
function expectedValue(
  event: TailraceEvent,
  name: string,
  lengthMax: number,
  { hardened = false }: LineOptions,
): string {
  const whole = name === 'category' ? event.type : (event.fields[name] ?? '');
  if (typeof whole !== 'string') return assert.fail(`${name} is no text`);
  const shown = name.endsWith('Header') ? maskedRequestHeader(whole) : whole;
  const text = visibly(asLines(shown));
  return cut(hardened ? text.replaceAll('=', '%3D') : text, lengthMax);
}

/** That a strict CEF line holds every value of an attack, whole or visibly cut, and nothing else. */
export function assertFaithful(
  event: TailraceEvent,
  line: string,
  options: LineOptions = {},
): DecodedCef {
  const decoded = decodeCef(line);
  const { extension } = decoded;
  assertKnownKeys(extension.keys());
  for (const [key, name] of Object.entries(attributeOfKey)) {
    const { lengthMax = 0 } = cefKeys[key] ?? {};
    assert.equal(extension.get(key) ?? '', expectedValue(event, name, lengthMax, options), name);
    if (extension.has(key) && labelled.test(key)) assert.equal(extension.get(`${key}Label`), name);
  }
  for (const [key, value] of extension) {
    assert.ok(Array.from(value).length <= (cefKeys[key]?.lengthMax ?? Infinity), key);
  }
  assert.equal(decoded.severity, `${event.severity}`);
  assert.equal(extension.get('rt'), `${event.occurredAtMs}`);
  assert.equal(extension.get('start'), `${event.occurredAtMs}`);
  assert.equal(extension.get('cn1') ?? '', textOf(event.fields['statusCode']));
  const address = addresses.map((key) => extension.get(key)).find((value) => value !== undefined);
  const expectedAddress = cut(visibly(asLines(textOf(event.fields['attackerIP']))), 1023);
  assert.equal(address ?? '', expectedAddress);
  return decoded;
}
