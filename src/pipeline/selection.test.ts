import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TailraceEvent } from '../core/event.ts';
import { compileEncoder } from '../encode/compile-encoder.ts';
import { appTrana } from '../feeds/apptrana.ts';
import { inSyncGenerator } from '../feeds/insync-generator.ts';
import { inSync } from '../feeds/insync.ts';
import { compileSelection, type SelectionOptions } from './selection.ts';

const none: SelectionOptions = { redact: [], redactionKey: undefined };
const next = inSyncGenerator(3);
const events = Array.from(
  { length: 300 },
  () => inSync.readEvent(next(Date.UTC(2026, 10, 21))).event,
);

describe('compileSelection', () => {
  it('is nothing when nothing is asked for', () => {
    assert.equal(compileSelection(inSync, none), undefined);
  });

  it('takes events that are severe enough', () => {
    const taken = selected({ minimumSeverity: 6 });
    assert.deepEqual(
      taken,
      events.filter(({ severity }) => severity >= 6),
    );
    assert.ok(taken.length > 0 && taken.length < events.length);
  });

  it('takes events of the types that are named', () => {
    const types = ['Backup', 'Admin Login'];
    assert.deepEqual(
      selected({ types }),
      events.filter(({ type }) => types.includes(type)),
    );
  });

  it('takes events of a category, spelt as any document spells it', () => {
    const [category] = inSync.categories.filter(({ name }) => name.includes('And'));
    assert.ok(category);
    const expected = events.filter(({ fields }) => fields['category'] === category.name);
    assert.ok(expected.length > 0);
    for (const name of [category.name, category.name.replace('And', '&').toLowerCase()]) {
      assert.deepEqual(selected({ categories: [name] }), expected);
    }
  });

  it('knows the category of an event that is kept as a line, and leaves the line alone', () => {
    const options = { profile: 'vendor', hostname: 'a.example.com', facility: 6 } as const;
    const encode = compileEncoder(inSync, { format: 'syslog', ...options });
    const kept = events.map((event) => ({ ...event, fields: {}, original: encode(event) }));
    const categories = [inSync.categories[0]?.name ?? ''];
    const select = compileSelection(inSync, { ...none, categories });
    const taken = kept.filter((event) => select?.(event) === event).map(({ id }) => id);
    assert.deepEqual(
      taken,
      selected({ categories }).map(({ id }) => id),
    );
    assert.ok(taken.length > 0);
  });

  it('asks for all that is asked for at once', () => {
    const taken = selected({ types: ['Backup'], minimumSeverity: 6 });
    assert.ok(taken.length > 0);
    assert.ok(taken.every(({ type, severity }) => type === 'Backup' && severity >= 6));
  });

  it('never leaves out what says that events are missing', () => {
    for (const feed of [inSync, appTrana]) {
      const gap = { fromMs: 1, untilMs: 2, count: 3, reason: 'the cursor expired' };
      const record = feed.gapEvent(gap, 4);
      const select = compileSelection(feed, {
        ...none,
        types: ['Backup'],
        categories: ['Audit'],
        minimumSeverity: 10,
      });
      assert.equal(select?.(record), record);
    }
  });

  it('redacts what it takes', () => {
    const redact = [{ field: 'eventDetails', how: 'mask' }] as const;
    const select = compileSelection(inSync, { ...none, types: ['Backup'], redact });
    const taken = events.flatMap((event) => select?.(event) ?? []);
    assert.ok(taken.length > 0);
    const shown = new Set(taken.map(({ fields }) => fields['eventDetails'] ?? '***'));
    assert.deepEqual([...shown], ['***']);
  });
});

function selected(options: Partial<SelectionOptions>): readonly TailraceEvent[] {
  const select = compileSelection(inSync, { ...none, ...options });
  return events.flatMap((event) => select?.(event) ?? []);
}
