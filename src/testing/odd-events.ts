import * as fc from 'fast-check';
import type { TailraceEvent } from '../core/event.ts';
import type { JsonValue } from '../core/json.ts';
import { inSync } from '../feeds/insync.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 10 }),
  fc.string({ maxLength: 10 }),
  fc.constantFrom('', ' ', ' a=b ', '\\', '|', '"', 'é', '\u007f', '\u0085x', ' \u00a0a\u2003'),
  fc.constantFrom('\u2028', '\ud800', '\n\r\n', 'CEF:0|x|', '\u202e', '😀=\\'),
  fc.constantFrom('four\u007fmore', 'four=four=', '\u00e9four', 'fourfour\u0085'),
  fc.constantFrom('192.0.2.1', '::1', 'fe80::1%eth0', 'x'.repeat(63), 'y'.repeat(5000)),
);

const value: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 20, arbitrary: text },
  { weight: 10, arbitrary: fc.constantFrom<JsonValue[]>(null, 0, 7, 99) },
  fc.constantFrom<JsonValue[]>(-1, 1.5, 1e21, true, [], { a: 1 }),
);

const names = inSync.fields.map(({ name }) => name).filter((name) => name !== 'severity');
const fields = fc.dictionary(fc.constantFrom(...names, ...names, 'other'), value, { maxKeys: 8 });
const severity = fc.constantFrom<JsonValue[]>(0, 6, 7, 8, null, '6', -1);
const fieldsWithSeverity = fc
  .tuple(fields, severity)
  .map(([others, raw]) => ({ ...others, severity: raw }));

/** inSync events whose values are what encoders may stumble over: signs, types, lengths, spellings. */
export const oddEvents: fc.Arbitrary<TailraceEvent> = fc.record({
  id: fc.constantFrom('e-1', 'e-2', 'z'.repeat(41), '=', '"', '\\'),
  occurredAtMs: fc.integer({ min: -1, max: 253_402_300_799_999 }),
  type: fc.oneof(fc.constantFrom('Backup', 'Admin Login'), text),
  severity: fc.constantFrom(0, 3, 10),
  fields: fc.oneof(fields, fieldsWithSeverity),
});
