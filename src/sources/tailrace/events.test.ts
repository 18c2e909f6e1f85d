import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../../core/errors.ts';
import type { StoredEvent } from '../../core/event.ts';
import { storedEventsOf } from '../../testing/events-of-lines.ts';
import { readStoredEvents } from './events.ts';

const event = {
  id: 'e-1',
  occurredAtMs: 1_795_000_000_000,
  type: 'Backup',
  severity: 3,
  fields: { eventDetails: 'one' },
};

function read(change: Readonly<Record<string, unknown>>): readonly StoredEvent[] {
  const page = Buffer.from(`${JSON.stringify({ ...event, ...change })}\n`);
  return storedEventsOf(readStoredEvents(page));
}

describe('a page of the Streams API', () => {
  it('is kept as it came', () => {
    assert.deepEqual(
      read({}).map(({ json }) => json),
      [JSON.stringify(event)],
    );
  });

  for (const [what, change] of Object.entries({
    'an id that is no printable ASCII': { id: 'a\u001b' },
    'a time that no store holds': { occurredAtMs: Number.MAX_SAFE_INTEGER },
    'a time before 1970': { occurredAtMs: -1 },
    'a part of a millisecond': { occurredAtMs: 1.5 },
    'a time in words': { occurredAtMs: '1795000000000' },
    'a severity beyond the scale': { severity: 11 },
    'fields that are a list': { fields: [] },
    'an original that is no text': { original: {} },
    'fields that go very deep': { fields: { a: JSON.parse(`${'['.repeat(99)}${']'.repeat(99)}`) } },
  })) {
    it(`is refused with ${what}`, () => {
      assert.throws(
        () => read(change),
        (error) => error instanceof AppError && error.code === 'source_misbehaved',
      );
    });
  }
});
