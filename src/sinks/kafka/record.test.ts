import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { inRequests } from './record.ts';

describe('requests to Kafka', () => {
  it('hold all events in order, none more than it may unless one event does', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 60 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 300, max: 9000 }), (lineLengths, sizeBytesMax) => {
        const events = lineLengths.map((length, index) => ({
          position: index + 1,
          id: `e-${index}`,
          occurredAtMs: 0,
          type: 'Backup',
          severity: 2 as const,
          line: 'é'.repeat(length),
        }));
        const requests = inRequests(events, sizeBytesMax);
        assert.deepEqual(requests.flat(), events);
        for (const request of requests) {
          const sizeBytes = request.reduce((sum, { line }) => sum + Buffer.byteLength(line), 0);
          assert.ok(request.length === 1 || (request.length > 1 && sizeBytes <= sizeBytesMax));
        }
      }),
    );
  });
});
