import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { storedEventWithFieldsText, toStoredEvent } from '../../core/event.ts';
import type { StoredEvent } from '../../core/event.ts';
import type { JsonObject } from '../../core/json.ts';
import type { TimedBlock } from '../../core/timed-block.ts';
import { attackOf, websiteOf } from '../../feeds/apptrana-attack.ts';
import { attackAttributes } from '../../feeds/apptrana-fields.ts';
import { appTranaGenerator } from '../../feeds/apptrana-generator.ts';
import { appTrana } from '../../feeds/apptrana.ts';
import { askedAttacks } from './attack-text.ts';
import { AttackSlicer } from './attack-slicer.ts';

const timeMs = Date.UTC(2026, 10, 21);
const makeAttack = appTranaGenerator(3);

/** As ingest stores it: the received text when it is canonical. */
function stored(attack: JsonObject, text = JSON.stringify(attack)): StoredEvent {
  const { event, canonical } = appTrana.readEvent(attack);
  return canonical ? storedEventWithFieldsText(event, text) : toStoredEvent(event);
}

function blockOf(events: readonly StoredEvent[]): TimedBlock {
  return {
    ndjson: Buffer.from(events.map(({ json }) => `${json}\n`).join('')),
    positions: Float64Array.from(events, (_, index) => index + 1),
    timesMs: Float64Array.from(events, ({ occurredAtMs }) => occurredAtMs),
  };
}

/** The one attack as it stands in the answer. */
function answered(event: StoredEvent) {
  // An event before it, so that nothing is found by standing first.
  const block = blockOf([stored(makeAttack(timeMs)), event]);
  const [, item] = askedAttacks(block, 2, {});
  assert.ok(item);
  const { group, rank, bytes, start, end } = item;
  return { group, rank, text: `${bytes.toString('utf8', start, end)}}` };
}

function isSliced({ json }: StoredEvent): boolean {
  const bytes = Buffer.from(json);
  return new AttackSlicer().read(bytes, 0, bytes.byteLength);
}

/** What a value must look like to be taken for something that it is not. */
const treacherous = fc.constantFrom(
  '"',
  '\\',
  ',"websiteName":"evil"}}',
  '"}}',
  ',"attackTime":"2026-11-21T00:00:00.000Z"',
  ',"fields":{"attackerIP":',
  '\\",\\"eventType\\":\\"Block\\"',
  '\u2028\u0000\u{1F600}',
);
const text = fc.oneof(fc.string({ unit: 'grapheme' }), treacherous);
const scalar = fc.oneof(text, fc.constant(null));
const nested = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 2 }),
  fc.dictionary(fc.constantFrom('websiteName', 'eventType', 'attackTime', 'x'), text),
);

describe('askedAttacks', () => {
  it('writes an attack as the document does, whatever stands in it', () => {
    // Goal: cutting an attack out of its text gives what parsing and writing it gives. Method: any
    // values in any attributes, some of them left out, others added, in any order.
    const changes = fc.record(
      {
        ...Object.fromEntries(
          ['attackUri', 'target', 'attackData', 'ruleName', 'requestHeader'].map((name) => [
            name,
            scalar,
          ]),
        ),
        eventType: fc.constantFrom('Log', 'Block', 'block', 'L"g', null),
        websiteName: fc.oneof(fc.constantFrom('', 'www.example.com', ' a ', 'ä"\\', null), text),
        hostName: fc.constantFrom('www.example.com', '', null),
        attackTime: fc.constantFrom(
          '2026-11-21T01:00:00+01:00',
          '2026-11-21T00:00:00Z',
          '2026-11-21T00:00:00.1Z',
          '1795219200000',
          timeMs,
        ),
        'unknown,"target":': nested,
        zz: nested,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        changes,
        fc.subarray([...attackAttributes]),
        fc.boolean(),
        (change, left, last) => {
          const attack: Record<string, JsonObject[string]> = { ...makeAttack(timeMs) };
          for (const name of left.slice(0, last ? 0 : 1)) {
            if (name !== 'attackTime') delete attack[name];
          }
          const event = stored({ ...attack, ...change });
          const parsed = JSON.parse(event.json);
          const found = answered(event);
          assert.deepEqual(JSON.parse(found.text), attackOf(parsed));
          assert.equal(found.text, JSON.stringify(attackOf(parsed)));
          assert.equal(found.group, websiteOf(parsed));
          assert.equal(found.rank, event.occurredAtMs);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('takes nothing of a nested attack for its own', () => {
    const attack = makeAttack(timeMs);
    const nestedAttack = { ...attack, eventType: 'Block', websiteName: 'evil.example.com' };
    const { target: _, ...withoutTarget } = attack;
    for (const outer of [attack, withoutTarget, { ...withoutTarget, websiteName: null }]) {
      for (const zz of [nestedAttack, [nestedAttack], JSON.stringify(nestedAttack)]) {
        const event = stored({ ...outer, zz });
        assert.ok(!isSliced(event));
        const found = answered(event);
        assert.equal(found.text, JSON.stringify(attackOf(JSON.parse(event.json))));
        assert.notEqual(found.group, 'evil.example.com');
      }
    }
  });

  it('writes the time as the document does, however it stands in the store', () => {
    const attack = { ...makeAttack(timeMs), attackTime: '2026-11-21T01:00:00+01:00' };
    const { event } = appTrana.readEvent(attack);
    const kept = storedEventWithFieldsText(event, JSON.stringify(attack));
    assert.match(answered(kept).text, /"attackTime":"2026-11-21T00:00:00\.000Z"/);
  });

  it('puts attributes into the order of the document', () => {
    const attack = makeAttack(timeMs);
    const { websiteName, ...others } = attack;
    const turned = { ...Object.fromEntries(Object.entries(others).toReversed()), websiteName };
    const kept = storedEventWithFieldsText(
      appTrana.readEvent(attack).event,
      JSON.stringify(turned),
    );
    assert.ok(!isSliced(kept));
    assert.equal(answered(kept).text, JSON.stringify(attackOf(JSON.parse(kept.json))));
  });

  it('need not parse what a product sends in the order of the document', () => {
    for (let number = 0; number < 200; number += 1) {
      const event = stored(makeAttack(timeMs + number));
      assert.ok(isSliced(event), event.json);
      assert.equal(answered(event).text, JSON.stringify(attackOf(JSON.parse(event.json))));
    }
  });

  it('leaves out what was appended after the head that the answer names', () => {
    const block = blockOf([1, 2, 3].map((number) => stored(makeAttack(timeMs + number))));
    const ranks = [...askedAttacks(block, 2, {})].map(({ rank }) => rank);
    assert.deepEqual(ranks, [timeMs + 1, timeMs + 2]);
  });
});
