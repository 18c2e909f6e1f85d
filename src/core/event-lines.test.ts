import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventLinesWriter } from './event-lines.ts';
import { storedEventWithFieldsText, toStoredEvent } from './event.ts';

const event = {
  id: 'e-"1"',
  occurredAtMs: 1_795_132_800_000,
  type: 'Sauvegarde terminée',
  severity: 3,
  fields: { initiator: 'dana@example.com', eventDetails: '備份'.repeat(100) },
} as const;

describe('EventLinesWriter', () => {
  it('holds the same lines as texts and as bytes, however wrong the expected size', () => {
    const fieldsText = JSON.stringify(event.fields);
    const body = Buffer.from(`[${fieldsText}]`);
    const writer = new EventLinesWriter(1);
    for (let count = 0; count < 50; count += 1) {
      writer.add(toStoredEvent(event));
      writer.addWithFields(event, body, 1, body.length - 1);
    }
    const { ids, occurredAtMs, ndjson } = writer.finish();
    const line = `${storedEventWithFieldsText(event, fieldsText).json}\n`;
    assert.equal(Buffer.from(ndjson).toString(), line.repeat(100));
    assert.deepEqual(ids, Array(100).fill(event.id));
    assert.deepEqual(occurredAtMs, Array(100).fill(event.occurredAtMs));
  });
});
