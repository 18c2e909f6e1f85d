import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { parseStoredEvent, storedEventOfLine, toStoredEvent } from '../../core/event.ts';
import { inSyncGenerator } from '../../feeds/insync-generator.ts';
import { inSync } from '../../feeds/insync.ts';
import { compileEncoder } from '../compile-encoder.ts';
import type { EncoderOptions } from '../encoder.ts';
import { compileCefWriter } from './write-kept-cef.ts';

const options = {
  format: 'cef',
  profile: 'vendor',
  hostname: 'siem.example.com',
  facility: 6,
} as const satisfies EncoderOptions;
const occurredAtMs = Date.UTC(2017, 8, 21, 13, 41, 14);
const header = { id: 'l-1', occurredAtMs, type: 'Admin Audit Trail', severity: 2 } as const;
const cefLine =
  'Sep 21 2017 13:41:14 cloud.druva.com CEF:0|Druva|inSync|1||Admin Audit Trail|6|suser=dana@example.com unheardOf=1  deviceFacility=6 cs1Label=EventDetails cs1=a b';

const storedEnd = '","fields":{}}';

function keptJson(line: string): string {
  return storedEventOfLine(header, JSON.stringify(line)).json;
}

/** The line as it is written among others; undefined when it is left to the encoder. */
function written(json: string): string | undefined {
  const before = keptJson(cefLine);
  const stored = Buffer.from(`${before}\n${json}\n${before}\n`);
  const start = Buffer.byteLength(before) + 1;
  const writer = compileCefWriter(inSync, options);
  assert.ok(writer);
  const end = start + Buffer.byteLength(json);
  const to = Buffer.alloc(writer.sizeBytesMax(end - start) + 1);
  const lineEnd = writer.write(stored, start, end, to, 1);
  return lineEnd === -1 ? undefined : to.toString('utf8', 1, lineEnd);
}

describe('compileCefWriter', () => {
  it('passes on a line that is kept, and writes one from attributes', () => {
    assert.equal(written(keptJson(cefLine)), cefLine);
    const { event } = inSync.readEvent(inSyncGenerator(1)(occurredAtMs));
    const { json } = toStoredEvent(event);
    assert.equal(written(json), compileEncoder(inSync, options)(event));
  });

  it('writes what the encoder does, whatever a line holds, or nothing', () => {
    // Goal: no line is passed on that the encoder would change. Method: pieces that matter to CEF,
    // to JSON and to the settings, put together and into a good line.
    const signs = [
      '=',
      ' ',
      '  ',
      '\\',
      '"',
      '|',
      'a',
      'cs1=',
      ' a=',
      '\\=',
      '\\\\',
      '\n',
      '\u007f',
      'é',
      '\u0085',
      '\u009f',
      '\u00a0',
      '\u2027',
      '\u2028',
      '\u2029',
      '日本',
      '😀',
      '\ud800',
    ];
    const parts = [' deviceFacility=6 ', ' deviceFacility=23', ' CEF:0|', '<54>1 ', storedEnd];
    const piece = fc.constantFrom(...signs, ...parts);
    const inserted = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
    const line = fc.oneof(
      fc
        .tuple(fc.nat(cefLine.length), inserted)
        .map(([at, text]) => cefLine.slice(0, at) + text + cefLine.slice(at)),
      fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('')),
    );
    const encode = compileEncoder(inSync, options);
    let lines = 0;
    fc.assert(
      fc.property(line, (text) => {
        const json = keptJson(text);
        const found = written(json);
        if (found === undefined) return;
        lines += 1;
        assert.equal(found, encode(parseStoredEvent(json)));
      }),
      { numRuns: 3000 },
    );
    assert.ok(lines > 300, `only ${lines} of 3000`);
  });

  it('passes on lines in any script, and none that would break', () => {
    for (const text of ['é', '\u00a0', '日本語', '\uffee', 'Ж\u2027x']) {
      const line = `${cefLine} cs2=${text} and more`;
      assert.equal(written(keptJson(line)), line);
    }
    for (const text of ['\u0080', '\u009f', '\u2028', '\u2029', 'я\u0085', 'é😀']) {
      assert.equal(written(keptJson(`${cefLine} cs2=${text}`)), undefined);
    }
  });

  it('passes on lines with backslashes and quotes', () => {
    for (const text of ['C:\\\\temp\\=1', 'says "no"', '\\"', 'a\\nb', '\\\\']) {
      const line = `${cefLine} cs2=${text}`;
      assert.equal(written(keptJson(line)), line);
    }
    assert.equal(written(keptJson(`${cefLine} cs2=a\\`)), undefined);
  });

  it('leaves what comes with attributes beside the line to the encoder', () => {
    const event = { ...header, original: cefLine, fields: { initiator: 'dana@example.com' } };
    assert.equal(written(toStoredEvent(event).json), undefined);
  });

  it('is only for CEF as the vendor writes it or the standard has it', () => {
    for (const other of [{ format: 'syslog' }, { hardened: true }] as const) {
      assert.equal(compileCefWriter(inSync, { ...options, ...other }), undefined);
    }
    assert.ok(compileCefWriter(inSync, { ...options, profile: 'strict' }));
  });
});
