import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { Registry } from 'prom-client';
import { basicAuthorization, openTestService, sampleBatch } from '../../testing/export-service.ts';
import type { TestService, TestTenant } from '../../testing/export-service.ts';
import { createApp } from '../app.ts';
import type { ErrorBody } from '../http-error.ts';

const hourMs = 3_600_000;

interface V1Page {
  readonly status: number;
  readonly cookie: string;
  readonly events: readonly unknown[];
  readonly headers: Headers;
}

async function refusal(response: Response): Promise<[number, ErrorBody]> {
  const body: ErrorBody = JSON.parse(await response.text());
  assert.deepEqual(Object.keys(body), ['code', 'message', 'retryable', 'data']);
  return [response.status, body];
}

const numbers = (events: readonly unknown[]): number[] =>
  events.map((event) => Number(/event number (\d+)/.exec(JSON.stringify(event))?.[1]));

describe('GET /api/events/v1', () => {
  let service: TestService;
  let tenants = 0;

  before(async () => {
    service = await openTestService({ limits: { connections: 10 } });
  });
  after(() => service[Symbol.asyncDispose]());

  /** A tenant whose stream holds `events` events and will not get an `API Login` of its own. */
  async function tenantWith(events: number, edition?: 'Elite' | 'Business'): Promise<TestTenant> {
    const tenant = await service.createTenant(`t${(tenants += 1)}`, edition);
    await append(tenant, events);
    const categories = ['Backup And Restore'];
    await service.directory.changeExportSettings(tenant.id, { categories }, { name: 'test' });
    return tenant;
  }
  async function append(tenant: TestTenant, events: number, first = 1): Promise<void> {
    if (events === 0) return;
    const response = await service.app.request(`/ingest/v1/${tenant.id}/insync`, {
      method: 'POST',
      body: sampleBatch(events, first),
      headers: { authorization: tenant.ingest },
    });
    assert.equal(response.status, 200);
  }
  function get(tenant: TestTenant, query = '', headers: Readonly<Record<string, string>> = {}) {
    return service.app.request(`/api/events/v1${query}`, {
      headers: { authorization: tenant.basic, ...headers },
    });
  }
  const hits = async () =>
    Number(/outcome="hit"\} (\d+)/.exec(await service.service.registry.metrics())?.[1] ?? 0);
  async function page(tenant: TestTenant, query = '', progress?: string): Promise<V1Page> {
    const cookies = progress === undefined ? {} : { cookie: `a=b; progress=${progress}` };
    const response = await get(tenant, query, cookies);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    const body: { events: unknown[] } = JSON.parse(text);
    const [, cookie = ''] =
      /^progress=([^;]+)/.exec(response.headers.getSetCookie()[0] ?? '') ?? [];
    return { status: response.status, cookie, events: body.events, headers: response.headers };
  }

  it('hands out every event once, in order, by following the cookie', async () => {
    const tenant = await tenantWith(7);
    const first = await page(tenant, '?format=CEF&limit=3');
    const second = await page(tenant, '?format=CEF&limit=3', first.cookie);
    const third = await page(tenant, '?format=CEF&limit=3', second.cookie);
    const fourth = await page(tenant, '?format=CEF&limit=3', third.cookie);
    assert.deepEqual(
      [first, second, third, fourth].map(({ events }) => numbers(events)),
      [[1, 2, 3], [4, 5, 6], [7], []],
    );
    await append(tenant, 1, 8);
    assert.deepEqual(numbers((await page(tenant, '', fourth.cookie)).events), [8]);
  });

  it('gives the same events again for the same cookie, and later ones up to the limit', async () => {
    const tenant = await tenantWith(5);
    const { cookie } = await page(tenant, '?limit=3');
    const once = await page(tenant, '?limit=3', cookie);
    assert.deepEqual((await page(tenant, '?limit=3', cookie)).events, once.events);
    await append(tenant, 5, 6);
    assert.deepEqual(numbers((await page(tenant, '?limit=3', cookie)).events), [4, 5, 6]);
    assert.deepEqual(numbers((await page(tenant, '?limit=3')).events), [1, 2, 3]);
    assert.deepEqual(numbers((await page(tenant, '?limit=3')).events), [1, 2, 3]);
  });

  it('answers 500 events unless told otherwise', async () => {
    const tenant = await tenantWith(502);
    assert.equal((await page(tenant)).events.length, 500);
    assert.equal((await page(tenant, '?limit=10000')).events.length, 502);
  });

  it('is JSON with PascalCase names by default, strings for CEF and Syslog in any case', async () => {
    const tenant = await tenantWith(1);
    const [json] = (await page(tenant)).events;
    assert.equal(Object(json).EventType, 'Backup');
    assert.equal(Object(json).inSyncUserName, 'Ernie');
    assert.deepEqual((await page(tenant, '?format=json')).events, [json]);
    for (const format of ['CEF', 'cef', 'Cef']) {
      const [line] = (await page(tenant, `?format=${format}`)).events;
      assert.match(
        String(line),
        /^Nov 20 2026 00:00:01 cloud\.druva\.com CEF:0\|Druva\|inSync\|1\|\|/,
      );
    }
    const syslog = await page(tenant, '?format=Syslog');
    assert.match(
      String(syslog.events[0]),
      /^<190>1 2026-11-20T00:00:01Z cloud\.druva\.com Druva inSync/,
    );
    assert.equal(syslog.headers.get('content-type'), 'application/json');
  });

  it('writes the tenant’s facility', async () => {
    const tenant = await tenantWith(1);
    await service.directory.changeExportSettings(tenant.id, { facility: 6 }, { name: 'test' });
    assert.match(String((await page(tenant, '?format=Syslog')).events[0]), /^<54>1 /);
    assert.match(String((await page(tenant, '?format=CEF')).events[0]), / deviceFacility=6 /);
  });

  it('answers lines for Accept: text/plain', async () => {
    const tenant = await tenantWith(2);
    const text = { accept: 'text/plain' };
    const response = await get(tenant, '?format=CEF', text);
    assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8');
    const lines = (await response.text()).split('\n');
    assert.deepEqual(lines.slice(0, 2), (await page(tenant, '?format=CEF')).events);
    assert.equal(lines[2], '');
    const json = (await (await get(tenant, '', text)).text()).trim().split('\n');
    assert.deepEqual(
      json.map((line): unknown => JSON.parse(line)),
      (await page(tenant)).events,
    );
    for (const accept of [
      '*/*',
      'application/json, text/plain',
      'text/plain;q=0.5, application/json',
    ]) {
      const { headers } = await get(tenant, '', { accept });
      assert.equal(headers.get('content-type'), 'application/json', accept);
    }
  });

  it('sets the cookie for this path only, without an end, and Secure behind TLS', async () => {
    const tenant = await tenantWith(0);
    const [cookie = ''] = (await get(tenant)).headers.getSetCookie();
    assert.match(cookie, /^progress=[\w-]{40}; Path=\/api\/events\/v1; HttpOnly; SameSite=Strict$/);
    const proxied = await openTestService({ trustProxy: ['127.0.0.1'] });
    await using _ = proxied;
    const other = await proxied.createTenant('acme');
    const { headers } = await proxied.app.request('/api/events/v1', {
      headers: { authorization: other.basic, 'x-forwarded-proto': 'https' },
    });
    assert.match(headers.getSetCookie()[0] ?? '', /; Secure$/);
    assert.match(headers.get('strict-transport-security') ?? '', /max-age/);
  });

  it('says `Cookie expired` after 48 hours, and an empty page renews the cookie', async () => {
    const tenant = await tenantWith(1);
    const old = (await page(tenant)).cookie;
    service.clock.advance(47 * hourMs);
    const renewed = (await page(tenant, '', old)).cookie;
    assert.notEqual(renewed, old);
    service.clock.advance(2 * hourMs);
    assert.deepEqual(await refusal(await get(tenant, '', { cookie: `progress=${old}` })), [
      400,
      { code: 'cursor_expired', message: 'Cookie expired', retryable: false, data: {} },
    ]);
    assert.deepEqual((await page(tenant, '', renewed)).events, []);
  });

  it('says `Cookie Invalid` for forged, foreign and malformed cookies, and takes an empty one', async () => {
    const tenant = await tenantWith(2);
    const other = await tenantWith(2);
    const { cookie } = await page(tenant);
    const forged = [
      cookie.slice(0, -1) + (cookie.endsWith('A') ? 'B' : 'A'),
      cookie.toLowerCase(),
      (await page(other)).cookie,
      'x',
      'MTExMQ==',
      '0',
    ];
    for (const value of forged) {
      const response = await get(tenant, '', { cookie: `progress=${value}` });
      assert.deepEqual(await refusal(response), [
        400,
        { code: 'cursor_invalid', message: 'Cookie Invalid', retryable: false, data: {} },
      ]);
      assert.deepEqual(response.headers.getSetCookie(), []);
    }
    assert.deepEqual(numbers((await page(tenant, '', '')).events), [1, 2]);
    assert.deepEqual(numbers((await page(tenant, '', '""')).events), [1, 2]);
  });

  it('does not take a cookie of the tenant that had the name before', async () => {
    const tenant = await tenantWith(2);
    const { cookie } = await page(tenant, '?limit=1');
    await service.directory.deleteTenant(tenant.id, { name: 'test' });
    await service.store.deleteStream(`${tenant.id}/insync`);
    service.clock.advance(1);
    const successor = await service.createTenant(tenant.id);
    await append(successor, 3, 10);
    const [status, { message }] = await refusal(
      await get(successor, '', { cookie: `progress=${cookie}` }),
    );
    assert.deepEqual([status, message], [400, 'Cookie Invalid']);
    assert.deepEqual(numbers((await page(successor, '?limit=1')).events), [10], 'nothing cached');
  });

  it('refuses a cookie behind an event that is another one since the store was set back', async () => {
    const tenant = await tenantWith(2);
    const { cookie } = await page(tenant);
    await service.store.deleteStream(`${tenant.id}/insync`);
    await append(tenant, 5, 3);
    const { dependencies, options } = service;
    const again = { ...dependencies, metrics: new Registry() };
    const { app } = createApp(again, options, new AbortController().signal);
    const headers = { authorization: tenant.basic, cookie: `progress=${cookie}` };
    const [status, { message }] = await refusal(await app.request('/api/events/v1', { headers }));
    assert.deepEqual([status, message], [400, 'Cookie Invalid']);
  });

  it('refuses a cookie beyond the head of a store that was restored from an older copy', async () => {
    const tenant = await tenantWith(2);
    const { cookie } = await page(tenant);
    await service.store.deleteStream(`${tenant.id}/insync`);
    const [status, { message }] = await refusal(
      await get(tenant, '', { cookie: `progress=${cookie}` }),
    );
    assert.deepEqual([status, message], [400, 'Cookie Invalid']);
  });

  it('says aloud what retention dropped: first event, header and metric', async () => {
    const tenant = await tenantWith(3);
    const { cookie } = await page(tenant, '?limit=1');
    service.clock.advance(10 * 24 * hourMs);
    assert.equal(await service.store.trim(`${tenant.id}/insync`, service.clock.nowMs()), 3);
    service.clock.jumpTo(service.clock.nowMs() - 10 * 24 * hourMs);
    await append(tenant, 3, 100);
    const late = await page(tenant, '?limit=3&format=CEF', cookie);
    assert.match(late.headers.get('tailrace-gap') ?? '', /^first=2; last=3; until=2026-11-2/);
    assert.match(String(late.events[0]), /\|Event Gap\|3\|.*cs1=2 events from the beginning until/);
    assert.deepEqual(numbers(late.events.slice(1)), [100, 101]);
    assert.deepEqual(numbers((await page(tenant, '?limit=3', late.cookie)).events), [102]);

    const alone = await page(tenant, '?limit=1', cookie);
    assert.match(JSON.stringify(alone.events), /"EventType":"Event Gap"/);
    assert.equal(alone.events.length, 1);
    assert.deepEqual(numbers((await page(tenant, '?limit=1', alone.cookie)).events), [100]);

    const fresh = await page(tenant, '?limit=3');
    assert.equal(fresh.headers.get('tailrace-gap'), null, 'who never asked has lost nothing');
    const metrics = await service.service.registry.metrics();
    const label = `tenant="${tenant.id}",api="events-api/v1"`;
    assert.ok(metrics.includes(`tailrace_export_lost_events_total{${label}} 4`));
  });

  it('refuses what is not in the documents with the parameter and what came', async () => {
    const tenant = await tenantWith(1);
    const cases: readonly (readonly [query: string, message: string])[] = [
      ['?limit=0', 'limit must be 1 to 10000, got 0'],
      ['?limit=10001', 'limit must be 1 to 10000, got 10001'],
      ['?limit=-1', 'limit must be 1 to 10000, got -1'],
      ['?limit=ten', 'limit must be 1 to 10000, got "ten"'],
      ['?limit=', 'limit must be 1 to 10000, got ""'],
      ['?format=LEEF', 'format must be CEF, Syslog or JSON, got "LEEF"'],
      ['?format=ECS', 'format must be CEF, Syslog or JSON, got "ECS"'],
      ['?format=ocsf', 'format must be CEF, Syslog or JSON, got "ocsf"'],
      [
        '?format=&limit=0',
        'format must be CEF, Syslog or JSON, got ""; limit must be 1 to 10000, got 0',
      ],
    ];
    for (const [query, message] of cases) {
      const [status, body] = await refusal(await get(tenant, query));
      assert.deepEqual([status, body.message], [400, message]);
    }
  });

  it('answers 401 with a challenge for whatever credential is not right', async () => {
    const tenant = await tenantWith(0);
    const other = await tenantWith(0);
    const wrong = [
      '',
      'Basic',
      'Basic !!!',
      basicAuthorization(tenant.email, 'wrong'),
      basicAuthorization(other.email, tenant.token),
      basicAuthorization('nobody@example.com', tenant.token),
      basicAuthorization(tenant.email, ''),
      tenant.ingest,
    ];
    for (const authorization of wrong) {
      const response = await get(tenant, '', { authorization });
      assert.equal(
        response.headers.get('www-authenticate'),
        'Basic realm="Tailrace", charset="UTF-8"',
      );
      const [status, { code }] = await refusal(response);
      assert.deepEqual([status, code], [401, 'unauthorized'], authorization);
    }
    const upperCase = basicAuthorization(tenant.email.toUpperCase(), tenant.token);
    assert.equal((await get(tenant, '', { authorization: upperCase })).status, 200);
  });

  it('answers 401 once the token has expired, was replaced, or the tenant is gone', async () => {
    const own = await openTestService();
    await using _ = own;
    const tenant = await own.createTenant('acme');
    const status = async (authorization = tenant.basic) =>
      (await own.app.request('/api/events/v1', { headers: { authorization } })).status;
    assert.equal(await status(), 200);
    own.clock.advance(31 * 24 * hourMs);
    assert.equal(await status(), 401);
    const next = await own.directory.createToken('acme', tenant.email, 1, { name: 'test' });
    const basic = basicAuthorization(tenant.email, next.value?.reveal() ?? '');
    assert.equal(await status(basic), 200);
    await own.directory.setTenantEnabled('acme', false, { name: 'test' });
    assert.equal(await status(basic), 401);
    await own.directory.setTenantEnabled('acme', true, { name: 'test' });
    await own.directory.deleteTenant('acme', { name: 'test' });
    assert.equal(await status(basic), 401);
  });

  it('answers 403 in the documented words for an edition without Events API', async () => {
    const tenant = await tenantWith(1, 'Business');
    const [status, { code, message }] = await refusal(await get(tenant));
    assert.deepEqual([status, code], [403, 'forbidden']);
    assert.match(message, /^You do not have valid license to access the Events API\./);
  });

  it('answers 403 while export is disabled, and loses nothing of that time', async () => {
    const tenant = await tenantWith(1);
    const { cookie } = await page(tenant);
    await service.directory.changeExportSettings(tenant.id, { enabled: false }, { name: 'test' });
    await append(tenant, 1, 2);
    const [status, { message }] = await refusal(await get(tenant));
    assert.equal(status, 403);
    assert.match(message, /export of events is disabled/);
    await service.directory.changeExportSettings(tenant.id, { enabled: true }, { name: 'test' });
    assert.deepEqual(numbers((await page(tenant, '', cookie)).events), [2]);
  });

  it('answers no events while export is disabled, where that is configured', async () => {
    const own = await openTestService({ eventsApi: { disabledAnswer: 'empty' } });
    await using _ = own;
    const tenant = await own.createTenant('acme');
    await own.directory.changeExportSettings('acme', { enabled: false }, { name: 'test' });
    const response = await own.app.request('/api/events/v1', {
      headers: { authorization: tenant.basic },
    });
    assert.equal(await response.text(), '{"events":[]}');
    assert.match(response.headers.getSetCookie()[0] ?? '', /^progress=/);
  });

  it('compresses as asked, with the same content, also a page kept in memory', async () => {
    const tenant = await tenantWith(20);
    const plain = await (await get(tenant, '?limit=20')).text();
    for (const [coding, decompress] of [
      ['gzip', gunzipSync],
      ['zstd', zstdDecompressSync],
    ] as const) {
      for (const round of [1, 2]) {
        const response = await get(tenant, '?limit=20', { 'accept-encoding': coding });
        assert.equal(response.headers.get('content-encoding'), coding);
        assert.equal(response.headers.get('vary'), 'accept-encoding');
        const body = decompress(Buffer.from(await response.arrayBuffer()));
        assert.equal(body.toString(), plain, `${coding} ${round}`);
      }
    }
  });

  it('keeps full pages in memory', async () => {
    const tenant = await tenantWith(4);
    const hitsBefore = await hits();
    for (let round = 0; round < 3; round += 1) await page(tenant, '?limit=4&format=Syslog');
    assert.equal((await hits()) - hitsBefore, 2);
    for (let round = 0; round < 3; round += 1) await page(tenant, '?limit=5&format=Syslog');
    assert.equal((await hits()) - hitsBefore, 2, 'a page that can still grow is not kept');
  });

  it('answers 429 with Retry-After to a credential that comes too often', async () => {
    const own = await openTestService({
      rateLimits: { perCredential: { requestsPerSecond: 1, burst: 2 } },
    });
    await using _ = own;
    const tenant = await own.createTenant('acme');
    const request = () =>
      own.app.request('/api/events/v1', { headers: { authorization: tenant.basic } });
    assert.deepEqual([(await request()).status, (await request()).status], [200, 200]);
    const response = await request();
    assert.equal(response.headers.get('retry-after'), '60');
    const [status, { code, message, retryable }] = await refusal(response);
    assert.deepEqual([status, code, retryable], [429, 'rate_limited', true]);
    assert.match(message, /^Too many API requests/);
    own.clock.advance(1000);
    assert.equal((await request()).status, 200);
  });

  it('makes whoever guesses tokens wait, but never the administrator', async () => {
    const own = await openTestService({ trustProxy: ['127.0.0.1'] });
    await using _ = own;
    const tenant = await own.createTenant('acme');
    const request = (authorization: string, address: string) =>
      own.app.request('/api/events/v1', {
        headers: { authorization, 'x-forwarded-for': address },
      });
    assert.equal((await request(tenant.basic, '192.0.2.1')).status, 200);
    const statuses = [];
    for (let guess = 0; guess < 11; guess += 1) {
      const wrong = basicAuthorization(tenant.email, `guess ${guess}`);
      statuses.push((await request(wrong, '203.0.113.9')).status);
    }
    assert.deepEqual(statuses, [...Array<number>(10).fill(401), 429]);
    const wrong = await request(basicAuthorization(tenant.email, 'guess'), '198.51.100.2');
    assert.deepEqual([wrong.status, wrong.headers.get('retry-after')], [429, '1']);
    for (const address of ['198.51.100.1', '203.0.113.9', '192.0.2.1']) {
      assert.equal((await request(tenant.basic, address)).status, 200, address);
    }
  });

  it('never leaks what went wrong inside', async () => {
    const own = await openTestService();
    await using _ = own;
    const tenant = await own.createTenant('acme');
    own.service.directory.cursorKey = () => Promise.reject(new Error('secret at /var/lib/x'));
    const response = await own.app.request('/api/events/v1', {
      headers: { authorization: tenant.basic },
    });
    const [status, body] = await refusal(response);
    assert.deepEqual([status, body.code], [500, 'internal']);
    assert.equal(body.data['requestId'], response.headers.get('x-request-id'));
    assert.ok(!JSON.stringify(body).includes('/var/lib/x'));
    assert.ok(own.logLines.some((line) => line.includes('/var/lib/x')));
  });

  it('logs neither credentials nor cookies nor queries', async () => {
    const tenant = await tenantWith(1);
    const { cookie } = await page(tenant, '?limit=7');
    await page(tenant, '?limit=7', cookie);
    const log = service.logLines.join('');
    assert.ok(log.includes('/api/events/v1'));
    for (const secret of [cookie, tenant.token, tenant.basic.slice(6), 'limit=7']) {
      assert.ok(!log.includes(secret), secret);
    }
  });

  it('answers 404 and 405 in the same envelope', async () => {
    const [status, { message }] = await refusal(await service.app.request('/api/events/v3'));
    assert.deepEqual([status, message], [404, 'Requested API not found']);
    const response = await service.app.request('/api/events/v1', { method: 'POST' });
    assert.equal(response.headers.get('allow'), 'GET, HEAD');
    assert.equal((await refusal(response))[0], 405);
  });

  it('sends the security headers and a request id with every answer', async () => {
    const { headers } = await service.app.request('/nowhere');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
    assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
  });
});
