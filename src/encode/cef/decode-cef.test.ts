import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { AppError } from '../../core/errors.ts';
import { inSync } from '../../feeds/insync.ts';
import { attributesFromCef } from './attributes-from-cef.ts';
import { readCefPrefix } from './cef-prefix.ts';
import { decodeCef } from './decode-cef.ts';

describe('decoding a CEF line', () => {
  it('splits prefix, header and extension and unescapes', () => {
    const decoded = decodeCef('<13>Sep 21 host CEF:0|V\\|1|P\\\\|1|c|n=|5|a=x\\=y\\\\ b=1 2\\n3|4');
    assert.deepEqual(
      { ...decoded, extension: [...decoded.extension] },
      {
        prefix: '<13>Sep 21 host',
        version: 0,
        vendor: 'V|1',
        product: 'P\\',
        deviceVersion: '1',
        classId: 'c',
        name: 'n=',
        severity: '5',
        extension: [
          ['a', 'x=y\\'],
          ['b', '1 2\n3|4'],
        ],
      },
    );
  });

  it('says at which column and why it refuses', () => {
    for (const [line, message] of [
      ['', 'column 1: CEF: is missing'],
      ['CEF:x|V|P|1|1|n|5|', 'column 5: the version is no number'],
      ['CEF:0|V|P|1', 'column 12: the header ends after 3 of 7 parts'],
      ['CEF:0|V|P|1|1|n|11|', 'column 1: severity must be 0 to 10 or one of its five words'],
      ['CEF:0||P|1|1|n|5|', 'column 1: vendor, product and name must not be empty'],
      ['CEF:0|V|P|1|1|n\\x|5|', 'column 16: an unknown escape in the header'],
      ['CEF:0|V|P|1|1|n|5|a=b\nc', 'column 22: a raw control character'],
      ['CEF:0|V|P|1|1|n|5|text', 'column 19: key=value is expected'],
      ['CEF:0|V|P|1|1|n|5|a.b=1', 'column 19: key=value is expected'],
      ['CEF:0|V|P|1|1|n|5|a=b=c', 'column 22: an unescaped = in a value'],
      ['CEF:0|V|P|1|1|n|5|a=b c-d=e', 'column 26: an unescaped = in a value'],
      ['CEF:0|V|P|1|1|n|5|a=\\t', 'column 21: an unknown escape in the extension'],
      ['CEF:0|V|P|1|1|n|5|a=b\\', 'column 22: an unknown escape in the extension'],
      ['CEF:0|V|P|1|1|n|5|a=1 a=2', 'column 23: a key stands there twice'],
    ] as const) {
      assert.throws(() => decodeCef(line), { code: 'line_invalid', message }, line);
    }
  });

  it('keeps keys that mean something to JavaScript as keys', () => {
    const { extension } = decodeCef('CEF:0|V|P|1|1|n|5|__proto__=1 constructor=2 toString=3');
    assert.deepEqual([...extension.keys()], ['__proto__', 'constructor', 'toString']);
    const attributes = attributesFromCef(inSync, decodeCef('CEF:0|V|P|1|1|n|5|__proto__=1'));
    assert.deepEqual(Object.entries(attributes).at(-1), ['__proto__', '1']);
  });

  it('answers or refuses whatever line comes, quickly', () => {
    const part = fc.constantFrom('CEF:0', '|', '\\', '=', ' ', 'a', 'key=', '\n', 'é', '📱', '0');
    const line = fc.array(part, { maxLength: 60 }).map((parts) => parts.join(''));
    const whole = line.map((text) => `CEF:0|V|P|1|1|n|5|${text}`);
    fc.assert(
      fc.property(fc.oneof(line, whole), fc.boolean(), (text, lenient) => {
        try {
          decodeCef(text, { lenient });
        } catch (error) {
          assert.ok(error instanceof AppError && error.code === 'line_invalid');
        }
      }),
      { numRuns: 500 },
    );
    const startMs = performance.now();
    for (const text of ['\\'.repeat(200_000), ' '.repeat(200_000), 'a '.repeat(100_000)]) {
      decodeCef(`CEF:0|V|P|1|1|n|5|k=${text}`, { lenient: true });
    }
    assert.ok(performance.now() - startMs < 2000);
  });
});

describe('the attributes of a CEF line', () => {
  it('follow labels into whatever slot, keep unknown keys, and read severity and time', () => {
    const line =
      'Sep  1 2017 13:41:14 host CEF:0|Druva|inSync|1||Backup|4|cs4Label=EventDetails cs4=x cs1=y other=z cn1Label=ProfileID cn1=12 duid=34 deviceExternalId=9007199254740993 msg=';
    assert.deepEqual(attributesFromCef(inSync, decodeCef(line)), {
      eventType: 'Backup',
      severity: 4,
      timestamp: '2017-09-01T13:41:14Z',
      eventDetails: 'x',
      cs1: 'y',
      other: 'z',
      profileID: 12,
      inSyncUserID: 34,
      inSyncDataSourceID: '9007199254740993',
    });
  });
});

describe('a CEF prefix', () => {
  it('has a time if it has a year, and a host', () => {
    for (const [prefix, timeMs, host] of [
      ['', undefined, undefined],
      ['host', undefined, 'host'],
      ['Sep 21 2017 13:41:14 a.example.com', 1_506_001_274_000, 'a.example.com'],
      ['Sep 21 2017 13:41:14.007 UTC a', 1_506_001_274_007, 'a'],
      ['<13>Sep 21 2017 13:41:14 a', 1_506_001_274_000, 'a'],
      ['1506001274000 a', 1_506_001_274_000, 'a'],
      ['<134>1 2017-09-21T13:41:14Z a', 1_506_001_274_000, 'a'],
      ['Sep 21 13:41:14 a', undefined, 'a'],
      ['Xyz 21 2017 13:41:14 a', undefined, 'a'],
      ['Feb 30 2017 13:41:14 a', undefined, 'a'],
    ] as const) {
      assert.deepEqual(readCefPrefix(prefix), { timeMs, host }, prefix);
    }
  });
});
