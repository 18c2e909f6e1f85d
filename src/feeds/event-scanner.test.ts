import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { AppError } from '../core/errors.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { appTranaGenerator } from './apptrana-generator.ts';
import type { Feed, ReadEvent, ScannedEvent } from './feed.ts';
import { feeds } from './feeds.ts';
import { inSyncGenerator } from './insync-generator.ts';

const startMs = Date.UTC(2026, 10, 20);
const generators: Readonly<Record<string, (timeMs: number) => JsonObject>> = {
  insync: inSyncGenerator(1),
  apptrana: appTranaGenerator(1),
};

/** Scans `text` in the midst of other bytes. */
function scan(feed: Feed, text: string): ScannedEvent | undefined {
  const bytes = Buffer.from(`{"x"}\n${text}\n{"y"}`);
  return feed.scanEvent?.(bytes, 6, bytes.length - 6);
}

function read(feed: Feed, text: string): ReadEvent | undefined {
  try {
    const attributes: JsonObject = JSON.parse(text);
    return feed.readEvent(attributes);
  } catch (error) {
    if (error instanceof AppError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What the scanner must say, if it says anything. */
function expected(feed: Feed, text: string): ScannedEvent | undefined {
  const found = read(feed, text);
  if (found?.canonical !== true) return undefined;
  const { fields: _, ...event } = found.event;
  return { ...event, category: found.category };
}

const value: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ maxLength: 12 }),
  fc.constantFrom('', ' ', ' a ', 'Ø', '\u2028', '\ud800', 'C:\\x', '"', '\u00a0x'),
  fc.constantFrom('2026-11-20T01:02:03Z', '2026-11-20T01:02:03.4+05:30', '1795132800000'),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -0, 7, 8, 1e15, 1e16, 1.5, true, null),
  fc.jsonValue({ maxDepth: 1 }).map((any): JsonValue => JSON.parse(JSON.stringify(any))),
);

for (const feed of feeds) {
  describe(`the scanner of ${feed.name}`, () => {
    const generate = generators[feed.name];

    it('reads nearly everything that the generator makes, as the reader does', () => {
      assert.ok(generate !== undefined);
      let scanned = 0;
      for (let count = 0; count < 500; count += 1) {
        const text: string = JSON.stringify(generate(startMs + count * 997));
        const found = scan(feed, text);
        if (found === undefined) continue;
        scanned += 1;
        assert.deepEqual(found, expected(feed, text));
      }
      assert.ok(scanned > 450, `${scanned} of 500`);
    });

    it('never says anything else than the reader', () => {
      // Goal: two readers, one result. Method: events of the generator with attributes replaced,
      // added, dropped and in another order, spelled in several ways, also damaged.
      const names = [...feed.fields.map(({ name }) => name), 'other', '__proto__'];
      const edits = fc.array(fc.tuple(fc.constantFrom(...names), rarely(value)), {
        maxLength: 3,
      });
      const spelling = fc.record({
        space: fc.constantFrom('', '', '', ' ', ' ', ' ', '  ', '\t'),
        rotated: fc.nat(3),
        escapes: fc.constantFrom('none', 'none', 'none', 'details', 'all'),
        cutAt: rarely(fc.nat(900)),
        junk: fc.constantFrom('', '"', '\\', ',', '}', '\u0001', '\\u12g4', '\\q'),
      });
      let scanned = 0;
      fc.assert(
        fc.property(fc.nat(1e6), edits, spelling, (offset, changes, how) => {
          const attributes = new Map(Object.entries(generate?.(startMs + offset) ?? {}));
          for (const [name, changed] of changes) {
            if (changed === null) attributes.delete('inSyncUserID');
            else attributes.set(name, changed);
          }
          const text = spell([...attributes], how);
          const found = scan(feed, text);
          if (found === undefined) return;
          scanned += 1;
          assert.deepEqual(found, expected(feed, text));
        }),
        { numRuns: 3000 },
      );
      assert.ok(scanned > 300, `only ${scanned} were scanned`);
    });
  });
}

const details = 'eventDetails';

function rarely<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  const nothing = fc.constant(null);
  return fc.oneof({ weight: 5, arbitrary: nothing }, { weight: 1, arbitrary });
}

interface Spelling {
  readonly space: string;
  readonly rotated: number;
  readonly escapes: string;
  readonly cutAt: number | null;
  readonly junk: string;
}

function spell(entries: readonly (readonly [string, JsonValue])[], how: Spelling): string {
  const order = [...entries.slice(how.rotated), ...entries.slice(0, how.rotated)];
  const pairs = order.map(([name, item]) => {
    const text = JSON.stringify(item);
    const isEscaped = how.escapes === 'all' || (how.escapes === 'details' && name === details);
    return `${JSON.stringify(name)}:${how.space}${isEscaped ? escapeSome(text) : text}`;
  });
  const text = `{${pairs.join(`,${how.space}`)}}`;
  const { cutAt } = how;
  return cutAt === null ? text : `${text.slice(0, cutAt)}${how.junk}${text.slice(cutAt)}`;
}

/** The same text as other programs write it: with escapes that are not needed. */
function escapeSome(text: string): string {
  return text.replace(
    /[^\0-~]|[aeiou](?=[^"\\]*"$)/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
