import * as fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';

const parts = [
  '= | \\ " ] [ a é 📱 李 src=1 \\n \\= \\\\ \\|'.split(' '),
  [' ', '  ', ' src=192.0.2.9', ' act=Log', ' cs1Label=tagName cs1=x', ' externalId=1', ' %3D'],
  ['\n', '\r\n', '\r', '\t', '\0', '\u0085', '\u2028', '\u202e', '\u2066', '\ud800', '\udc00'],
  ['","Cookie":"', '" , "User-Agent":"', '\nCEF:0|a|b|1|1|n|9|src=1', '<134>1 - - - - - - x'],
].flat();

/** What attackers send, and what breaks encoders. */
const hostileText = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.array(fc.constantFrom(...parts), { maxLength: 25 }).map((all) => all.join('')),
  },
  { weight: 20, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('x'.repeat(5_000), '📱='.repeat(3_000), '\\'.repeat(5_000)),
  },
);

const text: fc.Arbitrary<JsonValue> = fc.option(hostileText);

const headerBlob = fc
  .array(
    fc.tuple(
      fc.constantFrom('Host', 'User-Agent', 'Referer', 'Cookie', 'Accept', 'Authorization', 'X-A'),
      hostileText,
      fc.boolean(),
    ),
    { maxLength: 6 },
  )
  .map((headers) =>
    headers
      .map(([name, value, isJson]) => `"${name}":${isJson ? JSON.stringify(value) : `"${value}"`}`)
      .join(' , '),
  );

const address = fc.option(
  fc.oneof(fc.ipV4(), fc.ipV6(), hostileText, fc.constantFrom('192.0.2.300', 'fe80::1%eth0')),
);

/** Attacks that the feed reads, hostile in every attribute that takes text. */
export const hostileAttack: fc.Arbitrary<JsonObject> = fc.record(
  {
    attackerIP: address,
    attackerGeo: text,
    severity: fc.option(fc.integer({ min: 0, max: 7 })),
    eventType: text,
    attackTime: fc.integer({ min: 1e12, max: 4e12 }),
    attackUri: text,
    target: text,
    attackData: text,
    ipReputation: text,
    category: fc.option(hostileText.map((value) => value.slice(0, 400))),
    ruleId: text,
    requestId: fc.option(
      fc.oneof(
        fc.stringMatching(/^[A-Za-z0-9@-]{27}$/),
        hostileText,
        fc.string({ minLength: 28, maxLength: 100 }),
      ),
    ),
    ruleName: text,
    tagName: text,
    hostName: text,
    statusCode: fc.option(fc.integer({ min: 100, max: 999 })),
    requestHeader: fc.oneof(headerBlob, text),
    responseHeader: fc.oneof(headerBlob, text),
    tlsVersion: text,
    requestProtocol: text,
    websiteName: text,
    unknown: text,
  },
  { requiredKeys: ['attackTime'] },
);
