import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { AppError } from '../core/errors.ts';
import type { TailraceEvent } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import { compileEncoder } from './compile-encoder.ts';
import { inSync } from '../feeds/insync.ts';
import { compileCefReader } from './cef/cef-reader.ts';
import { compileLineReader, decodeLine } from './line-reader.ts';
import { compileSyslogReader } from './syslog/syslog-reader.ts';

const quickReaders = { cef: compileCefReader(inSync), syslog: compileSyslogReader(inSync) };
const readLine = compileLineReader(inSync);

const cefLine =
  'Sep 21 2017 13:41:14 cloud.druva.com CEF:0|Druva|inSync|1||Admin Audit Trail|6|suser=cloud.admin@example.com dvchost=Admin’s Mac mini cs2Label=ClientVersion cs2=5.9.5r54841 deviceFacility=6 cs3Label=ClientOS cs3=Mac OS X duid=1 deviceExternalId=80 outcome=Admin Event cs1Label=EventDetails cs1=Device:a\\=b backup deviceTranslatedAddress=192.0.2.1 cn1Label=ProfileID cn1=1 cs5Label=ProfileName cs5=Default duser=Ernie';
const syslogLine =
  '<54>1 2017-09-21T13:41:14Z cloud.druva.com Druva inSync - -  Initiator=cloud.admin@example.com inSyncDataSourceName=Admin’s Mac mini ClientVersion=5.9.5r54841 EventType=Admin Audit Trail ClientOS=Mac OS X inSyncUserID=1 inSyncDataSourceID=80 EventState=Admin Event EventDetails=a = b IP=192.0.2.1 ProfileID=1 ProfileName=Default inSyncUserName=Ernie';

/* prettier-ignore */
const specialPieces: readonly string[] = [
  '=', ' ', '  ', '\\', '\\=', '\\n', '|', 'Label=', ' cs1=', ' cs2Label=x', ' duid=', '%3D',
  ' EventType=', ' EventID=7', ' IP=', ' inSyncDataSource ID=9', ' x=', '__proto__=', 'é',
  ' - -  ', 'CEF:0|', '\t', '\n', ' rt=1', ' =', ' toString=',
];

describe('the quick line readers', () => {
  for (const [format, line] of [
    ['cef', cefLine],
    ['syslog', syslogLine],
  ] as const) {
    const quick = quickReaders[format];

    it(`read what the vendor writes in ${format}`, () => {
      const attributes = quick(line);
      assert.deepEqual(attributes, decodeLine(inSync, line));
      assert.equal(attributes?.['inSyncUserName'], 'Ernie');
      assert.equal(readLine(line).occurredAtMs, Date.UTC(2017, 8, 21, 13, 41, 14));
    });

    it(`read in ${format} what the decoders read, or nothing`, () => {
      // Goal: quick is never different. Method: splice what is special into real lines, anywhere.
      const insertion = fc.oneof(fc.constantFrom(...specialPieces), fc.string({ maxLength: 4 }));
      const edit = fc.record({ at: fc.nat(line.length), dropped: fc.nat(6), insertion });
      fc.assert(
        fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
          const edited = edits.reduce<string>(
            (text, { at, dropped, insertion: inserted }) =>
              text.slice(0, at) + inserted + text.slice(at + dropped),
            line,
          );
          const attributes = orReason(() => quick(edited));
          if (attributes === undefined) return;
          assert.deepEqual(
            attributes,
            orReason(() => decodeLine(inSync, edited)),
          );
        }),
        { numRuns: 3000 },
      );
    });

    it(`give every event of the activity back from ${format}`, (context) => {
      const events = activity();
      if (events === undefined) {
        if (process.env['TAILRACE_TEST_ALL'] === '1') assert.fail(`${activityFile} is missing`);
        return context.skip(`${activityFile} is missing`);
      }
      const settings = {
        format,
        profile: 'vendor',
        hostname: 'cloud.example.com',
        facility: 23,
      } as const;
      const encode = compileEncoder(inSync, settings);
      let quickCount = 0;
      for (const event of events) {
        const encoded = encode(event);
        const attributes = quick(encoded);
        if (attributes !== undefined) {
          quickCount += 1;
          assert.deepEqual(attributes, decodeLine(inSync, encoded));
        }
        const read = readLine(encoded);
        assert.equal(read.type, event.type);
        assert.equal(read.occurredAtMs, event.occurredAtMs);
        assert.equal(encode(read), encoded);
      }
      assert.ok(quickCount > events.length * 0.9, `only ${quickCount} were read quickly`);
    });
  }

  it('refuse what is no line of either format', () => {
    for (const text of ['', 'hello', '<html>', '{"a":1}', 'CEF:0|a|b', '<6>1 - - - - - -']) {
      assert.throws(
        () => readLine(text),
        (error) => error instanceof AppError && /^(?:line|input)_invalid$/.test(error.code),
      );
    }
  });

  it('read CEF behind a syslog header', () => {
    assert.equal(readLine(`<14>${cefLine}`).type, 'Admin Audit Trail');
  });
});

const activityFile = '../shared/data/activity.ndjson';

function activity(): readonly TailraceEvent[] | undefined {
  if (!existsSync(activityFile)) return undefined;
  const lines = readFileSync(activityFile, 'utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const attributes: JsonObject = JSON.parse(line);
    return inSync.readEvent(attributes).event;
  });
}

/** A refusal counts as an answer too, whatever its words. */
function orReason(read: () => JsonObject | undefined): JsonObject | 'refused' | undefined {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return 'refused';
  }
}
