import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { basicAuthorization, openTestService } from '../testing/export-service.ts';
import type { TestService } from '../testing/export-service.ts';

const hourMs = 3_600_000;

async function storedLogins(service: TestService, tenant = 'acme'): Promise<string[]> {
  await service.service.apiLogins.settled();
  const page = await service.store.readAfter(`${tenant}/insync`, 0, { events: 999, bytes: 9e6 });
  return page.blocks
    .flatMap(({ ndjson }) => ndjson.toString().trimEnd().split('\n'))
    .map((line) => {
      const { fields }: { fields: Record<string, string> } = JSON.parse(line);
      const { eventType, eventState, initiator, ip, category } = fields;
      return [category, eventType, eventState, initiator, ip].join('|');
    });
}

function pull(service: TestService, authorization: string, address: string) {
  return service.app.request('/api/events/v1', {
    headers: { authorization, 'x-forwarded-for': address },
  });
}

describe('API Login events', () => {
  it('are written at first sight of a credential and address, then once an hour', async () => {
    const service = await openTestService({ trustProxy: ['127.0.0.1'] });
    await using _ = service;
    const { basic, email } = await service.createTenant('acme');
    const from = (address: string) => `API|API Login|Success|${email}|${address}`;
    for (let poll = 0; poll < 5; poll += 1) await pull(service, basic, '192.0.2.1');
    await pull(service, basic, '192.0.2.2');
    assert.deepEqual(await storedLogins(service), [from('192.0.2.1'), from('192.0.2.2')]);
    service.clock.advance(hourMs - 1);
    await pull(service, basic, '192.0.2.1');
    service.clock.advance(1);
    await pull(service, basic, '192.0.2.1');
    assert.equal((await storedLogins(service)).length, 3);
  });

  it('tell of failures of known administrators, but not without bound', async () => {
    const service = await openTestService({
      trustProxy: ['127.0.0.1'],
      rateLimits: { failuresBeforeLockout: 1000 },
    });
    await using _ = service;
    const { email } = await service.createTenant('acme');
    const wrong = basicAuthorization(email, 'wrong');
    await pull(service, wrong, '203.0.113.1');
    await pull(service, wrong, '203.0.113.1');
    await pull(service, basicAuthorization('nobody@example.com', 'wrong'), '203.0.113.1');
    assert.deepEqual(await storedLogins(service), [`API|API Login|Failed|${email}|203.0.113.1`]);
    for (let host = 2; host < 60; host += 1) await pull(service, wrong, `203.0.113.${host}`);
    assert.equal((await storedLogins(service)).length, 20);
  });

  it('are left out when their category is not exported', async () => {
    const service = await openTestService();
    await using _ = service;
    const { basic } = await service.createTenant('acme');
    const categories = ['WebDAV'];
    await service.directory.changeExportSettings('acme', { categories }, { name: 'test' });
    await pull(service, basic, '192.0.2.1');
    assert.deepEqual(await storedLogins(service), []);
  });
});

describe('the audit trail', () => {
  it('has every pull with its status and number of events', async () => {
    const service = await openTestService();
    await using _ = service;
    const { basic, email, ingest } = await service.createTenant('acme');
    const body = '{"eventType":"Backup","timestamp":"2026-11-20T00:00:00Z"}';
    const headers = { authorization: ingest };
    await service.app.request('/ingest/v1/acme/insync', { method: 'POST', body, headers });
    await pull(service, basic, '192.0.2.1');
    await service.app.request('/api/events/v1?limit=0', { headers: { authorization: basic } });
    await service.app.request('/streams/v1/insync', { headers: { authorization: basic } });
    const pulls: string[] = [];
    const { directory } = service.dependencies;
    // What is recorded is written within a second; what matters here is that it comes.
    for (let attempt = 0; attempt < 100 && pulls.length < 3; attempt += 1) {
      service.clock.advance(1000);
      // eslint-disable-next-line no-await-in-loop -- one turn of the event loop at a time
      await new Promise((resolve) => setImmediate(resolve));
      // eslint-disable-next-line no-await-in-loop -- as above
      const trail = await directory.auditTrail('acme', 50);
      pulls.length = 0;
      for (const entry of trail) {
        if (entry.actor.name === email) pulls.push(`${entry.action} ${entry.detail}`);
      }
    }
    const text = pulls.join('\n');
    assert.equal(pulls.length, 3, text);
    for (const api of ['events-api/v1', 'streams', '400']) assert.ok(text.includes(api), text);
  });
});
