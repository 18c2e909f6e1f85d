import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { AppError } from '../../core/errors.ts';
import { inSync } from '../../feeds/insync.ts';
import { attributesFromSyslog } from './attributes-from-syslog.ts';
import { decodeSyslog } from './decode-syslog.ts';

const header = '<54>1 2017-09-21T13:41:14Z cloud.example.com';

describe('decoding a Syslog line', () => {
  it('reads header, structured data and message of RFC 5424', () => {
    const line = `${header} app 1 id [a@1 x="1\\"\\]\\\\\\n" y=""][b@1] text`;
    const decoded = decodeSyslog(line);
    const { structuredData, ...rest } = decoded;
    assert.deepEqual(rest, {
      facility: 6,
      severity: 6,
      timeMs: 1_506_001_274_000,
      hostname: 'cloud.example.com',
      appName: 'app',
      procId: '1',
      msgId: 'id',
      message: 'text',
    });
    assert.deepEqual(
      [...(structuredData.get('a@1') ?? [])],
      [
        ['x', '1"]\\\\n'],
        ['y', ''],
      ],
    );
    assert.equal(structuredData.get('b@1')?.size, 0);
    assert.equal(decodeSyslog('<0>1 - - - - - -').timeMs, undefined);
    assert.equal(decodeSyslog('<0>1 - - - - - -').message, '');
  });

  it('reads the vendor’s line, with a no-break space as in its document too', () => {
    const pairs = 'Initiator=a b EventType=Admin Audit Trail inSyncUserID=1 IP= ProfileName=x=y z';
    for (const line of [
      `${header} Druva inSync - -  ${pairs}`,
      `${header} Druva inSync - -\u00a0 ${pairs}`,
    ]) {
      assert.deepEqual(attributesFromSyslog(inSync, decodeSyslog(line)), {
        initiator: 'a b',
        eventType: 'Admin Audit Trail',
        inSyncUserID: 1,
        profileName: 'x=y z',
        severity: 6,
        facility: 6,
        timestamp: '2017-09-21T13:41:14Z',
      });
    }
  });

  it('says at which column and why it refuses', () => {
    for (const [line, message] of [
      ['', 'column 1: no RFC 5424 header'],
      ['<054>1 - - - - - -', 'column 1: no RFC 5424 header'],
      ['<192>1 - - - - - -', 'column 2: the priority must be 0 to 191'],
      ['<1>1 now - - - - -', 'column 6: the time must be ISO 8601 with offset'],
      ['<1>1 - - - - - x', 'column 16: structured data or - is expected'],
      ['<1>1 - - - - - -x', 'column 17: a space is expected after the structured data'],
      ['<1>1 - - - - - [', 'column 17: an SD-ID is expected'],
      ['<1>1 - - - - - [a x=1]', 'column 18: an SD-PARAM or ] is expected'],
      ['<1>1 - - - - - [a x="1]"]', 'column 18: an SD-PARAM or ] is expected'],
      ['<1>1 - - - - - [a][a]', 'column 20: an SD-ID stands there twice'],
    ] as const) {
      assert.throws(() => decodeSyslog(line), { code: 'line_invalid', message }, line);
    }
  });

  it('answers or refuses whatever line comes, quickly', () => {
    const part = fc.constantFrom('[', ']', '"', '\\', '=', ' ', 'a', 'x="', '-', 'é', ' IP=');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        try {
          attributesFromSyslog(inSync, decodeSyslog(`<1>1 - - - - - ${parts.join('')}`));
        } catch (error) {
          assert.ok(error instanceof AppError && error.code === 'line_invalid');
        }
      }),
      { numRuns: 500 },
    );
    const startMs = performance.now();
    for (const text of ['\\'.repeat(100_001), '\\"'.repeat(100_000), 'x'.repeat(200_000)]) {
      assert.throws(() => decodeSyslog(`<1>1 - - - - - [a x="${text}`), { code: 'line_invalid' });
    }
    assert.ok(performance.now() - startMs < 2000);
  });
});
