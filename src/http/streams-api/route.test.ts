import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { toStoredEvent } from '../../core/event.ts';
import { appTranaGenerator } from '../../feeds/apptrana-generator.ts';
import { appTrana } from '../../feeds/apptrana.ts';
import { basicAuthorization, openTestService, sampleBatch } from '../../testing/export-service.ts';
import type { TestService, TestTenant } from '../../testing/export-service.ts';
import { connectorToken, createConnector } from '../../testing/test-connector.ts';
import { until } from '../../testing/until.ts';

const positions = ({ headers }: Response) =>
  ['first', 'last', 'head'].map((name) => Number(headers.get(`tailrace-${name}-position`)));

describe('GET /streams/v1/{feed}', () => {
  let service: TestService;
  let tenants = 0;

  before(async () => {
    service = await openTestService({ limits: { longPollWait: '20s' } });
  });
  after(() => service[Symbol.asyncDispose]());

  async function tenantWith(events: number): Promise<TestTenant> {
    const tenant = await service.createTenant(`s${(tenants += 1)}`);
    if (events > 0) await append(tenant, events);
    const categories = ['Backup And Restore'];
    await service.directory.changeExportSettings(tenant.id, { categories }, { name: 'test' });
    return tenant;
  }
  async function append(tenant: TestTenant, events: number, first = 1): Promise<void> {
    const response = await service.app.request(`/ingest/v1/${tenant.id}/insync`, {
      method: 'POST',
      body: sampleBatch(events, first),
      headers: { authorization: tenant.ingest },
    });
    assert.equal(response.status, 200);
  }
  function get(tenant: TestTenant, query = '', signal?: AbortSignal) {
    return service.app.request(`/streams/v1/insync${query}`, {
      headers: { authorization: tenant.basic },
      signal: signal ?? null,
    });
  }
  const actor = { name: 'test' };
  async function waitingAt(tenant: TestTenant, head: number): Promise<() => Promise<Response>> {
    const answer = get(tenant, `?after=${head}&wait=20s`);
    await untilWaiting(1);
    return async () => answer;
  }
  async function wake(tenant: TestTenant): Promise<void> {
    const event = { id: 'a', occurredAtMs: 1, type: 'Backup', severity: 1, fields: {} } as const;
    await service.store.append({ stream: `${tenant.id}/insync`, events: [toStoredEvent(event)] });
  }
  const waiting = () => service.service.longPolls.size;

  /** Resolves when a request waits: the store has been asked to wait by then. */
  async function untilWaiting(count: number): Promise<void> {
    while (waiting() < count) {
      // eslint-disable-next-line no-await-in-loop -- one turn of the event loop at a time
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it('gives out the stored bytes, with positions in headers', async () => {
    const tenant = await tenantWith(5);
    const response = await get(tenant, '?after=1&limit=3');
    assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
    assert.deepEqual(positions(response), [2, 4, 5]);
    const { blocks } = await service.store.readAfter(`${tenant.id}/insync`, 1, {
      events: 3,
      bytes: 1_000_000,
    });
    const stored = Buffer.concat(blocks.map(({ ndjson }) => ndjson));
    assert.ok(stored.equals(Buffer.from(await response.arrayBuffer())));
  });

  it('answers HEAD with the headers, which is no use of the token', async () => {
    const tenant = await tenantWith(2);
    const uses = () => service.directory.credentialUses(tenant.id);
    const seen = (await uses()).length;
    const response = await service.app.request('/streams/v1/insync', {
      method: 'HEAD',
      headers: { authorization: tenant.basic },
    });
    assert.deepEqual(positions(response), [1, 2, 2]);
    assert.equal((await uses()).length, seen);
    const text = await service.service.registry.metrics();
    assert.ok(!text.includes(`tailrace_exported_events_total{tenant="${tenant.id}"`));
    await get(tenant);
    assert.equal((await uses()).length, seen + 1);
  });

  it('looks once where a connector begins when it does not wait', async (t) => {
    const { id } = await tenantWith(0);
    const connector = await createConnector(service.directory, id, service.clock.nowMs());
    const token = await connectorToken(service.directory, connector);
    const looks = t.mock.method(service.service.connectorStarts, 'behind');
    const headers = { authorization: `Bearer ${token}` };
    const response = await service.app.request('/streams/v1/apptrana', { headers });
    assert.deepEqual([response.status, looks.mock.callCount()], [200, 1]);
  });

  it('starts at the oldest event without `after`, and says where an empty page stands', async () => {
    const tenant = await tenantWith(2);
    assert.deepEqual(positions(await get(tenant)), [1, 2, 2]);
    const empty = await get(tenant, '?after=2');
    assert.deepEqual(positions(empty), [3, 2, 2]);
    assert.equal(await empty.text(), '');
    assert.deepEqual(positions(await get(await tenantWith(0))), [1, 0, 0]);
  });

  describe('after a wait', () => {
    it('answers nobody whose token was revoked meanwhile', async () => {
      const tenant = await tenantWith(1);
      const answer = await waitingAt(tenant, 1);
      await service.directory.revokeToken(tenant.id, tenant.email, actor);
      await wake(tenant);
      assert.equal((await answer()).status, 401);
    });

    it('asks again for the token that a connector was let in by', async () => {
      const { id } = await tenantWith(0);
      const nowMs = service.clock.nowMs();
      const connector = await createConnector(service.directory, id, nowMs);
      const token = await connectorToken(service.directory, connector);
      const headers = { authorization: `Bearer ${token}`, authorisation: 'Bearer another' };
      const answer = service.app.request('/streams/v1/apptrana?after=0&wait=20s', { headers });
      await untilWaiting(1);
      const { event } = appTrana.readEvent(appTranaGenerator(1)(nowMs));
      await service.store.append({ stream: `${id}/apptrana`, events: [toStoredEvent(event)] });
      assert.deepEqual(positions(await answer), [1, 1, 1]);
    });

    it('answers nobody whose export was disabled meanwhile', async () => {
      const tenant = await tenantWith(1);
      const answer = await waitingAt(tenant, 1);
      await service.directory.changeExportSettings(tenant.id, { enabled: false }, actor);
      await wake(tenant);
      assert.equal((await answer()).status, 403);
    });

    it('gives no event of a tenant that got the name of a deleted one', async () => {
      const tenant = await tenantWith(0);
      const answer = await waitingAt(tenant, 0);
      await service.directory.deleteTenant(tenant.id, actor);
      await service.createTenant(tenant.id);
      await wake(tenant);
      const response = await answer();
      assert.deepEqual([response.status, (await response.text()).includes('Backup')], [401, false]);
    });
  });

  it('writes every format in both profiles', async () => {
    const tenant = await tenantWith(2);
    const cases: readonly (readonly [query: string, type: RegExp, line: RegExp])[] = [
      ['?format=cef', /^text\/plain/, /^Nov 20 2026 .* CEF:0\|Druva\|inSync\|1\|\|Backup\|6\|/],
      ['?format=CEF&profile=strict', /^text\/plain/, /CEF:0\|Druva\|inSync\|1\|[^|]+\|Backup\|2\|/],
      ['?format=syslog', /^text\/plain/, /^<190>1 2026-11-20T00:00:01Z/],
      ['?format=syslog&profile=strict', /^text\/plain/, /^<190>1 2026-11-20T00:00:01/],
      ['?format=json', /^application\/x-ndjson$/, /^\{.*"eventType":"Backup"/],
      ['?format=ECS', /^application\/x-ndjson$/, /^\{"@timestamp":"2026-11-20T00:00:01\.000Z"/],
      ['?format=ocsf', /^application\/x-ndjson$/, /^\{"time":\d+,"class_uid":0,/],
    ];
    for (const [query, type, line] of cases) {
      const response = await get(tenant, query);
      assert.match(response.headers.get('content-type') ?? '', type, query);
      const lines = (await response.text()).split('\n');
      assert.equal(lines.length, 3, query);
      assert.match(lines[0] ?? '', line, query);
    }
  });

  it('refuses a mark that is not that of the event at the position', async () => {
    const tenant = await tenantWith(40);
    const mark = (await get(tenant, '?limit=35')).headers.get('tailrace-mark') ?? '';
    assert.match(mark, /^[\w-]{8}$/);
    assert.equal((await get(tenant, `?after=35&mark=${mark}`)).status, 200);
    const refused = await get(tenant, `?after=36&mark=${mark}`);
    assert.equal(refused.status, 400);
    assert.match(await refused.text(), /mark must be that of the event at position 36/);
    assert.equal((await get(tenant, '?after=35&mark=short')).status, 400);
  });

  it('takes any mark once retention has dropped events that it was made of', async () => {
    const tenant = await tenantWith(2);
    const stream = `${tenant.id}/insync` as const;
    await service.store.trim(stream, Infinity);
    await append(tenant, 2, 3);
    assert.equal((await get(tenant, '?after=3&mark=AAAAAAAA')).status, 200);
    assert.equal((await get(tenant, '?after=2')).headers.get('tailrace-mark'), null);
  });

  it('wakes when an event arrives', async () => {
    const tenant = await tenantWith(1);
    const pending = get(tenant, '?after=1&wait=15s');
    await untilWaiting(1);
    await append(tenant, 1, 2);
    const response = await pending;
    assert.deepEqual(positions(response), [2, 2, 2]);
    assert.match(await response.text(), /event number 2/);
    assert.equal(waiting(), 0);
  });

  it('waits no longer than asked, and no longer than the server allows', async () => {
    const tenant = await tenantWith(0);
    for (const [wait, ms] of [
      ['5s', 5000],
      ['5m', 20_000],
    ] as const) {
      const sleptBefore = service.clock.sleeps.length;
      const pending = get(tenant, `?after=0&wait=${wait}`);
      await untilWaiting(1);
      await until(() => service.clock.sleeps.slice(sleptBefore).includes(ms));
      service.clock.advance(ms);
      assert.deepEqual(positions(await pending), [1, 0, 0], wait);
    }
  });

  it('stops waiting when the client goes away', async () => {
    const tenant = await tenantWith(0);
    const leaving = new AbortController();
    const pending = get(tenant, '?wait=20s', leaving.signal);
    await untilWaiting(1);
    leaving.abort();
    await pending;
    assert.equal(waiting(), 0);
  });

  it('stops waiting when the server closes, and does not begin then', async () => {
    const own = await openTestService();
    await using _ = own;
    const tenant = await own.createTenant('acme');
    const request = () =>
      own.app.request('/streams/v1/insync?wait=20s', { headers: { authorization: tenant.basic } });
    const pending = request();
    while (own.service.longPolls.size === 0) {
      // eslint-disable-next-line no-await-in-loop -- one turn of the event loop at a time
      await new Promise((resolve) => setImmediate(resolve));
    }
    own.closing.abort();
    const response = await pending;
    assert.deepEqual([response.status, response.headers.get('connection')], [200, 'close']);
    assert.equal((await request()).status, 200);
  });

  it('says which positions retention has dropped', async () => {
    const tenant = await tenantWith(3);
    service.clock.advance(86_400_000 * 10);
    await service.store.trim(`${tenant.id}/insync`, service.clock.nowMs());
    service.clock.jumpTo(service.clock.nowMs() - 86_400_000 * 10);
    await append(tenant, 2, 50);
    const response = await get(tenant, '?after=0&limit=1');
    assert.equal(
      response.headers.get('tailrace-gap'),
      'first=1; last=3; until=2026-11-20T00:00:50.000Z',
    );
    assert.deepEqual(positions(response), [4, 4, 5]);
    assert.match(await response.text(), /event number 50/);
    const lines = (await (await get(tenant, '?after=2&format=syslog')).text()).split('\n');
    assert.match(lines[0] ?? '', /EventType=Event Gap/);
    assert.match(lines[1] ?? '', /event number 50/);
    assert.equal((await get(tenant)).headers.get('tailrace-gap'), null);
    assert.equal((await get(tenant, '?after=3')).headers.get('tailrace-gap'), null);
  });

  it('says so when everything was dropped', async () => {
    const tenant = await tenantWith(3);
    service.clock.advance(86_400_000 * 10);
    await service.store.trim(`${tenant.id}/insync`, service.clock.nowMs());
    service.clock.jumpTo(service.clock.nowMs() - 86_400_000 * 10);
    const response = await get(tenant, '?after=1');
    assert.equal(response.headers.get('tailrace-gap'), 'first=2; last=3');
    assert.deepEqual(positions(response), [4, 3, 3]);
  });

  it('refuses parameters with what was expected and what came', async () => {
    const tenant = await tenantWith(1);
    const cases: readonly (readonly [query: string, status: number, message: RegExp])[] = [
      ['?after=-1', 400, /^after must be 0 to \d+, got -1$/],
      ['?after=2', 400, /^after must be at most the head position 1, got 2$/],
      ['?after=2&wait=20s', 400, /^after must be at most the head position 1, got 2$/],
      ['?limit=0', 400, /^limit must be 1 to 10000, got 0$/],
      ['?wait=30', 400, /^wait must be a duration such as 30s, got 30$/],
      ['?format=xml', 400, /^format must be CEF, Syslog, JSON, ECS or OCSF, got "xml"$/],
      ['?format=cef&profile=loose', 400, /^profile must be vendor or strict, got "loose"$/],
    ];
    for (const [query, status, message] of cases) {
      const response = await get(tenant, query);
      assert.equal(response.status, status, query);
      const body: { message: string } = JSON.parse(await response.text());
      assert.match(body.message, message);
    }
    const headers = { authorization: tenant.basic };
    assert.equal((await service.app.request('/streams/v1/nope', { headers })).status, 404);
  });

  it('takes administrators’ tokens and access tokens, each for its own tenant', async () => {
    const tenant = await tenantWith(1);
    const other = await tenantWith(3);
    const principal = await service.directory.authenticateApiClient(
      other.clientId,
      other.clientSecret,
    );
    assert.ok(principal !== undefined);
    const token = await service.directory.issueAccessToken(principal, 60_000);
    const status = async (authorization: string) => {
      const response = await service.app.request('/streams/v1/insync', {
        headers: { authorization },
      });
      return [response.status, response.headers.get('tailrace-head-position')];
    };
    assert.deepEqual(await status(tenant.basic), [200, '1']);
    assert.deepEqual(await status(`Bearer ${token.reveal()}`), [200, '3']);
    assert.deepEqual(await status(''), [401, null]);
    assert.deepEqual(await status('Bearer wrong'), [401, null]);
    assert.deepEqual(await status(tenant.ingest), [401, null]);
    assert.deepEqual(await status(basicAuthorization(tenant.email, 'wrong')), [401, null]);
  });
});
