import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openTestService, sampleBatch } from '../../testing/export-service.ts';
import type { TestService, TestTenant } from '../../testing/export-service.ts';
import type { IngestAnswer } from '../ingest/schemas.ts';

const batchEvents = 1000;

describe('large batches and pages', () => {
  let service: TestService;
  let tenant: TestTenant;

  before(async () => {
    service = await openTestService();
    tenant = await service.createTenant('acme');
  });
  after(() => service[Symbol.asyncDispose]());

  async function post(body: string | Uint8Array<ArrayBuffer>, headers = {}): Promise<IngestAnswer> {
    const response = await service.app.request('/ingest/v1/acme/insync', {
      method: 'POST',
      body,
      headers: { authorization: tenant.ingest, ...headers },
    });
    const answer: IngestAnswer = JSON.parse(await response.text());
    return answer;
  }

  async function page(cookie: string) {
    const response = await service.app.request('/api/events/v1?format=CEF&limit=700', {
      headers: { authorization: tenant.basic, cookie, 'accept-encoding': 'identity' },
    });
    const { events }: { events: readonly string[] } = JSON.parse(await response.text());
    const [next = ''] = response.headers.getSetCookie()[0]?.split(';') ?? [];
    return { next, numbers: events.map((line) => Number(/event number (\d+)/.exec(line)?.[1])) };
  }

  it('are stored and handed out once, in order, whichever thread they went through', async () => {
    // Goal: nothing changes when threads come and go between requests. Method: batches until one
    // has gone through a thread, some announced and some compressed; pages read while more come.
    const { workers } = service.service;
    let events = 0;
    for (let batch = 0; batch < 8; batch += 1) {
      const text = sampleBatch(batchEvents, events + 1);
      const answer =
        batch % 2 === 0
          ? await post(text, { 'content-length': `${text.length}`, 'idempotency-key': `${batch}` })
          : await post(Uint8Array.from(gzipSync(text)), { 'content-encoding': 'gzip' });
      assert.deepEqual([answer.firstPosition, answer.appended], [events + 1, batchEvents]);
      events += batchEvents;
    }
    assert.equal(workers.size, 1);
    const repeated = await post(sampleBatch(batchEvents), { 'idempotency-key': '0' });
    assert.deepEqual([repeated.firstPosition, repeated.repeated], [1, true]);

    const read: number[] = [];
    for (let { next, numbers } = await page(''); numbers.length > 0;) {
      read.push(...numbers);
      if (read.length === 1400) {
        await post(sampleBatch(10, events + 1));
        events += 10;
      }
      ({ next, numbers } = await page(next));
    }
    const ownEvents = read.filter((number) => !Number.isNaN(number));
    assert.deepEqual(
      ownEvents,
      Array.from({ length: events }, (_, index) => index + 1),
    );
  });
});
