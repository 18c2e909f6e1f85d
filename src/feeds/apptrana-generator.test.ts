import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonValue } from '../core/json.ts';
import { appTrana } from './apptrana.ts';
import { attackEventTypes } from './apptrana-catalogue.ts';
import { attackAttributes } from './apptrana-fields.ts';
import { appTranaGenerator } from './apptrana-generator.ts';

const startMs = Date.UTC(2026, 10, 20);

function generated(seed: number, count: number) {
  const generate = appTranaGenerator(seed);
  return Array.from({ length: count }, (_, index) => generate(startMs + index));
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : assert.fail('a string is expected');
}

describe('the generator of attacks', () => {
  it('repeats itself for the same seed and for no other', () => {
    assert.deepEqual(generated(7, 100), generated(7, 100));
    assert.notDeepEqual(generated(7, 100), generated(8, 100));
  });

  it('writes canonical attacks, all attributes in order, with identities of their own', () => {
    const attacks = generated(1, 2000);
    for (const attack of attacks) {
      assert.deepEqual(Object.keys(attack), [...attackAttributes, 'websiteName']);
    }
    const reads = attacks.map((attributes) => appTrana.readEvent(attributes));
    assert.ok(reads.every(({ canonical }) => canonical));
    assert.equal(new Set(reads.map(({ event }) => event.id)).size, 2000);
    assert.equal(reads[5]?.event.occurredAtMs, startMs + 5);
    const generate = appTranaGenerator(2);
    const sameMoment = Array.from({ length: 5000 }, () => appTrana.readEvent(generate(startMs)));
    assert.equal(new Set(sameMoment.map(({ event }) => event.id)).size, 5000);
  });

  it('numbers requests as mod_unique_id does, and lets some break two rules', () => {
    const attacks = generated(1, 2000);
    const ids = attacks.map(({ requestId }) => textOf(requestId));
    for (const id of ids) assert.match(id, /^[A-Za-z0-9@-]{27}$/);
    const repeated = ids.length - new Set(ids).size;
    assert.ok(repeated > 20 && repeated < 200, `${repeated} repeated`);
    // The first four bytes are the second at which the request came.
    const head = Buffer.from((ids[0] ?? '').replaceAll('@', '+').replaceAll('-', '/'), 'base64');
    assert.equal(head.readUInt32BE(0), startMs / 1000);
  });

  it('covers every category, logged and blocked, and several websites', () => {
    const attacks = generated(1, 20_000);
    const seen = new Set(
      attacks.map(({ category, eventType }) => JSON.stringify([category, eventType])),
    );
    for (const { name } of appTrana.categories) {
      for (const type of attackEventTypes) assert.ok(seen.has(JSON.stringify([name, type])), name);
    }
    const websites = new Set(attacks.map(({ websiteName }) => websiteName));
    assert.ok(websites.size >= 4);
    for (const website of websites) assert.match(textOf(website), /\.example\.(?:com|net)$/);
  });

  it('uses what formats must escape, and documentation addresses only', () => {
    const attacks = generated(1, 2000);
    const text = JSON.stringify(attacks);
    for (const part of ['=', '|', '\\\\', '\\"', '\\n', '\\r\\n', '\\u0000', '\u2028', '李', '“']) {
      assert.ok(text.includes(part), part);
    }
    for (const { attackerIP } of attacks) {
      assert.match(
        textOf(attackerIP),
        /^(?:(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d+|2001:db8:.+)$/,
      );
    }
  });
});
