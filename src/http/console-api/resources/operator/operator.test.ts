import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { toStoredEvent } from '../../../../core/event.ts';
import { inSync } from '../../../../feeds/insync.ts';
import { openTestService, sampleBatch, sampleEvent } from '../../../../testing/export-service.ts';
import type { TestService, TestTenant } from '../../../../testing/export-service.ts';
import { createPerson, signIn } from '../../../../testing/console-visitor.ts';
import type { ConsoleVisitor } from '../../../../testing/console-visitor.ts';
import { ManualClock } from '../../../../testing/manual-clock.ts';
import type { ConsoleFailure, TenantView } from '../../api-types.ts';
import { ProcessGauge } from './process-gauge.ts';

let service: TestService;
let tenant: TestTenant;
let operator: ConsoleVisitor;
let administrator: ConsoleVisitor;

before(async () => {
  service = await openTestService();
  tenant = await service.createTenant('acme');
  await createPerson(service, 'boss@acme.example.com', 'administrator', 'acme');
  await createPerson(service, 'operator@example.com', 'operator');
  operator = await signIn(service, 'operator@example.com');
  administrator = await signIn(service, 'boss@acme.example.com');
  const headers = { authorization: tenant.ingest };
  const body = sampleBatch(20);
  await service.app.request('/ingest/v1/acme/insync', { method: 'POST', headers, body });
});
after(() => service[Symbol.asyncDispose]());

async function failure(method: string, path: string, body?: unknown) {
  const response = await operator.send(method, path, body);
  const answer: ConsoleFailure = JSON.parse(await response.text());
  return { ...answer, status: response.status };
}

async function tenantNamed(id: string): Promise<TenantView | undefined> {
  const { tenants } = await operator.ask('GET /operator/tenants');
  return tenants.find((one) => one.id === id);
}

describe('tenants', () => {
  it('show their people, their events and their last pull', async () => {
    const shown = await tenantNamed('acme');
    assert.deepEqual(
      [shown?.people, shown?.events, shown?.exportEnabled, shown?.lastPullMs],
      [2, 20, true, null],
    );
    assert.ok((shown?.storedBytes ?? 0) > 0);
    assert.equal(shown?.newestEventMs, Date.UTC(2026, 10, 20) + 20_000);
    const headers = { authorization: tenant.basic };
    await service.app.request('/api/events/v1?format=CEF', { headers });
    const { lastPullMs } = (await tenantNamed('acme')) ?? {};
    assert.equal(lastPullMs, service.clock.nowMs());
  });

  it('are created and changed', async () => {
    const wanted = { id: 'globex', title: 'Globex', edition: 'Business' };
    const { tenant: created } = await operator.ask('POST /operator/tenants', wanted);
    assert.deepEqual(
      [created.id, created.enabled, created.events, created.newestEventMs],
      ['globex', true, 0, null],
    );
    const { tenant: changed } = await operator.ask(
      'PATCH /operator/tenants/:tenant',
      { enabled: false, title: 'Globex Inc.', edition: 'Elite' },
      '/operator/tenants/globex',
    );
    assert.deepEqual(
      [changed.enabled, changed.title, changed.edition],
      [false, 'Globex Inc.', 'Elite'],
    );
    assert.equal((await failure('POST', '/operator/tenants', wanted)).status, 409);
    assert.equal((await failure('PATCH', '/operator/tenants/nope', { enabled: true })).status, 404);
  });

  it('get no name under which there are events', async () => {
    const events = [toStoredEvent(inSync.readEvent(sampleEvent(1)).event)];
    await service.store.append({ stream: 'late/insync', events });
    const wanted = { id: 'late', title: 'Late', edition: 'Elite' };
    assert.equal((await failure('POST', '/operator/tenants', wanted)).status, 409);
    await service.store.deleteStream('late/insync');
    await operator.ask('POST /operator/tenants', wanted);
  });

  it('are refused with the field that is wrong', async () => {
    const right = { id: 'other', title: 'Other', edition: 'Elite' };
    const cases: readonly (readonly [change: object, field: string])[] = [
      [{ id: 'Other' }, 'id'],
      [{ id: '../x' }, 'id'],
      [{ title: '' }, 'title'],
      [{ edition: 'Gold' }, 'edition'],
    ];
    for (const [change, field] of cases) {
      const { status, fields } = await failure('POST', '/operator/tenants', {
        ...right,
        ...change,
      });
      assert.deepEqual([status, Object.keys(fields ?? {})], [400, [field]]);
    }
    const nothing = await failure('PATCH', '/operator/tenants/acme', {});
    assert.deepEqual(nothing.fields, { body: 'must change something' });
  });
});

describe('ingest keys', () => {
  const path = '/operator/tenants/acme/ingest-keys';

  it('are created with a key that is shown once, used and revoked', async () => {
    const { ingestKey, key } = await operator.ask(
      'POST /operator/tenants/:tenant/ingest-keys',
      { name: 'product' },
      path,
    );
    assert.equal(ingestKey.lastUsedAtMs, null);
    const text = await (await operator.send('GET', path)).text();
    assert.ok(text.includes(ingestKey.keyId) && !text.includes(key));
    const headers = { authorization: `Bearer ${key}` };
    const body = sampleBatch(1, 50);
    await service.app.request('/ingest/v1/acme/insync', { method: 'POST', headers, body });
    const { ingestKeys } = await operator.ask(
      'GET /operator/tenants/:tenant/ingest-keys',
      undefined,
      path,
    );
    const used = ingestKeys.find(({ keyId }) => keyId === ingestKey.keyId);
    assert.equal(used?.lastUsedAtMs, service.clock.nowMs());
    await operator.ask(
      'DELETE /operator/tenants/:tenant/ingest-keys/:keyId',
      undefined,
      `${path}/${ingestKey.keyId}`,
    );
    assert.equal(await service.directory.authenticateIngestKey(key), undefined);
  });
});

describe('health and storage', () => {
  it('tell how the process is doing', async () => {
    const health = await operator.ask('GET /operator/health');
    assert.deepEqual(
      [health.version, health.ready, health.nowMs],
      ['1.2.3', true, service.clock.nowMs()],
    );
    assert.deepEqual(
      health.checks.map(({ name, ok }) => [name, ok]),
      [['store', true]],
    );
    assert.ok(health.process.residentBytes > 10_000_000);
    assert.deepEqual([health.sources, health.sinks, health.quarantined], [[], [], []]);
  });

  it('tell what refused events wait', async () => {
    const event = {
      position: 3,
      id: 'e',
      occurredAtMs: 0,
      type: 'Backup',
      severity: 2,
      line: 'x',
      reason: 'too long',
      refusedAtMs: 0,
    } as const;
    await service.store.saveDelivery('siem', 'acme/insync', { position: 5 }, [event]);
    await service.store.saveDelivery('siem', 'globex/insync', { position: 5 }, [event]);
    const { quarantined } = await operator.ask('GET /operator/health');
    assert.deepEqual(quarantined, [{ sink: 'siem', events: 2 }]);

    const listed = '/operator/quarantine?sink=siem';
    const { events, more } = await operator.ask('GET /operator/quarantine', undefined, listed);
    assert.deepEqual(
      [events.map(({ stream }) => stream), more],
      [['acme/insync', 'globex/insync'], 0],
    );
    assert.deepEqual(events[0], { stream: 'acme/insync', ...event });
  });

  it('let a refused event be dropped, and say who did it', async () => {
    const choice = { sink: 'siem', stream: 'acme/insync', position: 3 };
    await operator.ask('POST /operator/quarantine/drop', choice);
    const listed = '/operator/quarantine?sink=siem';
    const { events } = await operator.ask('GET /operator/quarantine', undefined, listed);
    assert.deepEqual(
      events.map(({ stream }) => stream),
      ['globex/insync'],
    );
    const [entry] = await service.directory.auditTrail('acme', 1);
    assert.deepEqual(
      [entry?.action, entry?.detail, entry?.actor.name],
      ['dropped an event from the quarantine', 'siem acme/insync 3', 'operator@example.com'],
    );
    const again = await failure('POST', '/operator/quarantine/drop', choice);
    assert.equal(again.status, 404);
    const nonsense = { ...choice, stream: '../insync' };
    assert.equal((await failure('POST', '/operator/quarantine/drop', nonsense)).status, 400);
  });

  it('tell what is stored', async () => {
    const { streams, totalBytes } = await operator.ask('GET /operator/storage');
    const acme = streams.find(({ stream }) => stream === 'acme/insync');
    assert.ok((acme?.events ?? 0) >= 21 && acme?.headPosition === acme?.events);
    assert.equal(
      totalBytes,
      streams.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
    );
  });

  it('are for operators', async () => {
    for (const path of [
      'tenants',
      'connector-requests',
      'health',
      'storage',
      'quarantine',
      'activity',
    ]) {
      assert.equal((await administrator.send('GET', `/operator/${path}`)).status, 403, path);
    }
  });
});

describe('the processor time of the process', () => {
  it('is measured between two looks that are not too close', () => {
    const clock = new ManualClock();
    let cpuMs = 500;
    const gauge = new ProcessGauge(clock, () => cpuMs);
    assert.equal(gauge.cpuShare(), 0);
    clock.advance(2000);
    cpuMs += 500;
    assert.equal(gauge.cpuShare(), 0.25);
    clock.advance(100);
    cpuMs += 100;
    assert.equal(gauge.cpuShare(), 0.25);
    clock.advance(900);
    assert.equal(gauge.cpuShare(), 0.1);
  });
});
