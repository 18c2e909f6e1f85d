import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { toStoredEvent } from '../../../../core/event.ts';
import { inSync } from '../../../../feeds/insync.ts';
import { createPerson, signIn } from '../../../../testing/console-visitor.ts';
import type { ConsoleVisitor } from '../../../../testing/console-visitor.ts';
import { openTestService, sampleBatch } from '../../../../testing/export-service.ts';
import type { TestService, TestTenant } from '../../../../testing/export-service.ts';
import type { Overview } from '../../api-types.ts';

const dayMs = 86_400_000;

let service: TestService;
let tenant: TestTenant;
let viewer: ConsoleVisitor;

before(async () => {
  service = await openTestService();
  tenant = await service.createTenant('acme');
  await createPerson(service, 'viewer@acme.example.com', 'viewer', 'acme');
  viewer = await signIn(service, 'viewer@acme.example.com');
});
after(() => service[Symbol.asyncDispose]());

async function ask(): Promise<Overview> {
  return viewer.ask('GET /tenants/:tenant/overview', undefined, '/tenants/acme/overview');
}

/** When everything is counted. */
async function overview(): Promise<Overview> {
  await ask();
  await service.service.resources.tallies.settled();
  return ask();
}

async function ingest(count: number, first: number): Promise<void> {
  const headers = { authorization: tenant.ingest };
  const body = sampleBatch(count, first);
  await service.app.request('/ingest/v1/acme/insync', { method: 'POST', headers, body });
}

/** With what it leaves behind: the first one with a token is an event. */
async function pull(path: string): Promise<void> {
  await service.app.request(path, { headers: { authorization: tenant.basic } });
  await service.service.apiLogins.settled();
}

describe('the overview', () => {
  it('says that nothing has happened yet', async () => {
    const { verdict, streams, hours, gaps } = await overview();
    assert.equal(verdict.health, 'idle');
    assert.match(verdict.sentence, /^Nothing has happened yet/);
    assert.deepEqual([streams, gaps, hours.categories, hours.countedShare], [[], [], [], 1]);
    assert.equal(hours.hours.length, 168);
  });

  it('counts events, and says so while it is not done', async () => {
    await ingest(100, 1);
    const early = await ask();
    assert.ok(early.hours.countedShare < 1);
    const { hours, streams, verdict } = await overview();
    assert.deepEqual([hours.countedShare, hours.categories], [1, ['Backup And Restore']]);
    assert.equal(
      hours.hours.reduce((sum, { counts }) => sum + (counts[0] ?? 0), 0),
      100,
    );
    assert.deepEqual(
      streams.map(({ feed, title, headPosition }) => [feed, title, headPosition]),
      [['insync', 'inSync', 100]],
    );
    assert.match(verdict.sentence, /nobody pulls them yet/);
  });

  it('tells who pulls, and how far behind', async () => {
    await pull('/streams/v1/insync?after=0&limit=60');
    const start = Date.UTC(2026, 10, 20);
    const [puller] = (await overview()).pullers.filter(({ lastPullMs }) => lastPullMs !== null);
    const nowMs = service.clock.nowMs();
    const { lagMs, ...rest } = puller ?? {};
    assert.deepEqual(rest, {
      name: tenant.email,
      kind: 'token',
      api: 'streams',
      feed: 'insync',
      address: '127.0.0.1',
      lastPullMs: nowMs,
      lastStatus: 200,
      events24h: 60,
      // The sign-in with the token is an event, too.
      lagEvents: 41,
      health: 'warning',
      sentence: 'It pulled a moment ago and is 41 events behind; the oldest happened 23 hours ago.',
    });
    assert.equal(lagMs, nowMs - (start + 61_000));
  });

  it('is content when everything is pulled, and not when somebody stops', async () => {
    await pull('/streams/v1/insync?after=60');
    const { verdict, pullers } = await overview();
    assert.deepEqual(
      [verdict.health, verdict.sentence],
      ['good', 'Your SIEM is getting everything.'],
    );
    const [own] = pullers;
    assert.deepEqual([own?.lagEvents, own?.lagMs], [0, 0]);
    assert.deepEqual(
      pullers.filter(({ kind }) => kind === 'api-client').map(({ name, health }) => [name, health]),
      [['siem', 'idle']],
    );
    service.clock.advance(2 * 3_600_000);
    const later = (await overview()).verdict;
    assert.match(later.sentence, /^Token of .*: It has not pulled for 2 hours\./);
  });

  it('does not sound an alarm for who stops while another one pulls the same', async () => {
    const [client] = await service.directory.apiClients('acme');
    service.directory.recordUse({
      principal: { tenant: 'acme', kind: 'api_client', name: client?.clientId ?? '' },
      api: 'events-api/v2',
      feed: 'insync',
      address: '192.0.2.7',
      status: 200,
      events: 0,
      position: 102,
      atMs: service.clock.nowMs(),
    });
    const { pullers, verdict } = await overview();
    const healths = pullers.map(({ kind, health }) => [kind, health]);
    assert.deepEqual(healths, [
      ['token', 'idle'],
      ['api-client', 'good'],
    ]);
    assert.equal(verdict.health, 'good');
  });

  it('names gaps, and what will end soon', async () => {
    const gap = { fromMs: 0, untilMs: 1000, count: 7, reason: 'the vendor lost them' };
    const event = toStoredEvent(inSync.gapEvent(gap, service.clock.nowMs()));
    await service.store.append({ stream: 'acme/insync', events: [event] });
    service.clock.advance(18 * dayMs);
    // Who was signed in then is not any more.
    viewer = await signIn(service, 'viewer@acme.example.com');
    const { expiries, gaps, verdict } = await overview();
    assert.deepEqual(
      expiries.map(({ what, name }) => [what, name]),
      [['token', tenant.email]],
    );
    assert.deepEqual([gaps[0]?.count, gaps[0]?.reason], [7, 'the vendor lost them']);
    assert.ok(
      verdict.findings.some(({ sentence }) => /^The token of .* expires in 11 days/.test(sentence)),
    );
  });

  it('shows the sources and sinks of this instance, of its own streams only', async () => {
    const worker = {
      state: 'waiting',
      lastSuccessMs: 5,
      lastError: { code: 'sink_unavailable', message: 'connect 192.0.2.40:8088', atMs: 5 },
      nextTryMs: undefined,
      position: 1,
      needsOperator: false,
    } as const;
    const sinks = [
      { ...worker, name: 'siem', stream: 'acme/insync' },
      { ...worker, name: 'siem', stream: 'globex/insync' },
    ] as const;
    await using own = await openTestService(
      {},
      {
        instance: {
          startedAtMs: 0,
          workers: () => ({ sources: [], sinks }),
          retention: () => ({ eventsMs: 1000, auditMs: 2000 }),
          freeBytes: async () => 12_345,
        },
      },
    );
    await own.createTenant('acme');
    await createPerson(own, 'viewer@acme.example.com', 'viewer', 'acme');
    await createPerson(own, 'operator@example.com', 'operator');
    const visitor = await signIn(own, 'viewer@acme.example.com');
    const path = '/tenants/acme/overview';
    const shown = await visitor.ask('GET /tenants/:tenant/overview', undefined, path);
    assert.deepEqual(
      shown.sinks.map(({ name, stream }) => [name, stream]),
      [['siem', 'acme/insync']],
    );
    assert.doesNotMatch(JSON.stringify(shown), /192\.0\.2\.40/);
    const operator = await signIn(own, 'operator@example.com');
    assert.deepEqual(
      (await operator.ask('GET /operator/health')).sinks.map(({ lastError }) => lastError),
      ['connect 192.0.2.40:8088', 'connect 192.0.2.40:8088'],
    );
    const storage = await operator.ask('GET /operator/storage');
    assert.deepEqual(storage.retention, { eventsMs: 1000, auditMs: 2000 });
    assert.equal(storage.freeBytes, 12_345);
  });

  it('shows a tenant nothing of the one before that had its name', async () => {
    await using own = await openTestService();
    const stream = 'acme/insync';
    const seen = async (reason: string): Promise<readonly string[]> => {
      await own.createTenant('acme');
      const gap = { fromMs: 0, untilMs: 1000, count: 7, reason };
      const event = toStoredEvent(inSync.gapEvent(gap, own.clock.nowMs()));
      await own.store.append({ stream, events: [event] });
      await createPerson(own, 'viewer@acme.example.com', 'viewer', 'acme');
      const visitor = await signIn(own, 'viewer@acme.example.com');
      const path = '/tenants/acme/overview';
      await visitor.ask('GET /tenants/:tenant/overview', undefined, path);
      await own.service.resources.tallies.settled();
      const { gaps } = await visitor.ask('GET /tenants/:tenant/overview', undefined, path);
      return gaps.map((shown) => shown.reason);
    };
    assert.deepEqual(await seen('the first one'), ['the first one']);
    await own.directory.setTenantEnabled('acme', false, { name: 'test' });
    await own.store.deleteStream(stream);
    await own.directory.deleteTenant('acme', { name: 'test' });
    own.clock.advance(1000);
    assert.deepEqual(await seen('the second one'), ['the second one']);
  });

  it('is not for others', async () => {
    await service.createTenant('globex');
    assert.equal((await viewer.send('GET', '/tenants/globex/overview')).status, 403);
  });
});
