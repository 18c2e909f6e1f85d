import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { basicAuthorization, openTestService, sampleBatch } from '../../testing/export-service.ts';
import type { TestService, TestTenant } from '../../testing/export-service.ts';
import { v2Path } from './v2.ts';

const hourMs = 3_600_000;

interface V2Page {
  readonly tracker: string;
  readonly nextPageExists: boolean;
  readonly events: readonly unknown[];
}

async function refusal(response: Response): Promise<[number, string]> {
  const body: { message: string } = JSON.parse(await response.text());
  return [response.status, body.message];
}

describe('Events API v2', () => {
  let service: TestService;
  let acme: TestTenant;
  let bearer = '';

  before(async () => {
    service = await openTestService({ eventsApi: { cursorLife: '10m' } });
    acme = await service.createTenant('acme');
    await append(acme, 502);
    const categories = ['Backup And Restore'];
    await service.directory.changeExportSettings('acme', { categories }, { name: 'test' });
    bearer = await accessToken(acme);
  });
  after(() => service[Symbol.asyncDispose]());

  async function append(tenant: TestTenant, events: number): Promise<void> {
    const response = await service.app.request(`/ingest/v1/${tenant.id}/insync`, {
      method: 'POST',
      body: sampleBatch(events),
      headers: { authorization: tenant.ingest },
    });
    assert.equal(response.status, 200);
  }
  it('counts a page before it is copied and compressed', async () => {
    await using own = await openTestService({ limits: { answersInFlight: '64KiB' } });
    const tenant = await own.createTenant('acme');
    const init = { method: 'POST', body: sampleBatch(400) };
    const headers = { authorization: tenant.ingest };
    await own.app.request('/ingest/v1/acme/insync', { ...init, headers });
    const form = { grant_type: 'client_credentials' };
    const issued = await own.app.request('/token', {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { authorization: basicAuthorization(tenant.clientId, tenant.clientSecret) },
    });
    const { access_token: token }: { access_token: string } = JSON.parse(await issued.text());
    const ask = () =>
      own.app.request(
        v2Path,
        { headers: { authorization: `Bearer ${token}`, 'accept-encoding': 'gzip' } },
        { outgoing: new ServerResponse(new IncomingMessage(new Socket())) },
      );
    const answers = await Promise.all([ask(), ask()]);
    assert.equal(answers.filter(({ status }) => status === 503).length, 1);
    const { bytes } = own.service.answers;
    assert.ok(bytes > 0 && bytes < 16_384, `${bytes}: what has been compressed counts as it is`);
  });

  function askToken(form: Readonly<Record<string, string>>, authorization = '') {
    const headers = authorization === '' ? {} : { authorization };
    return service.app.request('/token', {
      method: 'POST',
      body: new URLSearchParams(form),
      headers,
    });
  }
  async function accessToken(tenant: TestTenant): Promise<string> {
    const response = await askToken(
      { grant_type: 'client_credentials', scope: 'read' },
      basicAuthorization(tenant.clientId, tenant.clientSecret),
    );
    const answer: { access_token: string } = JSON.parse(await response.text());
    return `Bearer ${answer.access_token}`;
  }
  function get(query: Readonly<Record<string, string>>, authorization = bearer) {
    const url = `/insync/eventmanagement/v2/events?${new URLSearchParams(query).toString()}`;
    return service.app.request(url, { headers: { authorization } });
  }
  async function page(query: Readonly<Record<string, string>> = {}): Promise<V2Page> {
    const response = await get(query);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    const body: V2Page = JSON.parse(text);
    return body;
  }

  it('issues tokens for Basic and for form credentials, for 30 minutes', async () => {
    const { clientId, clientSecret } = acme;
    const grant = { grant_type: 'client_credentials' };
    for (const response of [
      await askToken(grant, basicAuthorization(clientId, clientSecret)),
      await askToken({ ...grant, client_id: clientId, client_secret: clientSecret }),
    ]) {
      const answer: Record<string, unknown> = JSON.parse(await response.text());
      assert.equal(response.headers.get('cache-control'), 'no-store');
      assert.equal(typeof answer['access_token'], 'string');
      assert.deepEqual([answer['token_type'], answer['expires_in']], ['Bearer', 1800]);
    }
  });

  it('refuses tokens in the words of OAuth', async () => {
    const { clientId } = acme;
    const right = basicAuthorization(clientId, acme.clientSecret);
    const grant = { grant_type: 'client_credentials' };
    const cases: readonly (readonly [Response, string])[] = [
      [await askToken(grant, basicAuthorization(clientId, 'wrong')), 'invalid_grant'],
      [await askToken({ ...grant, client_id: 'nobody', client_secret: 'x' }), 'invalid_grant'],
      [await askToken(grant), 'invalid_request'],
      [await askToken({}, right), 'invalid_request'],
      [await askToken({ grant_type: 'password' }, right), 'unsupported_grant_type'],
    ];
    for (const [response, error] of cases) {
      const body: { error: string } = JSON.parse(await response.text());
      assert.deepEqual([response.status, body.error], [400, error]);
    }
    const large = await askToken({ ...grant, padding: 'x'.repeat(20_000) }, right);
    assert.equal(large.status, 413);
  });

  it('pages by tracker, 500 events at most, camelCase', async () => {
    const first = await page();
    assert.deepEqual(Object.keys(first), ['tracker', 'nextPageExists', 'events']);
    assert.deepEqual([first.events.length, first.nextPageExists], [500, true]);
    assert.equal(Object(first.events[0]).eventType, 'Backup');
    const second = await page({ tracker: first.tracker });
    assert.deepEqual([second.events.length, second.nextPageExists], [2, false]);
    const third = await page({ tracker: second.tracker });
    assert.deepEqual([third.events, third.nextPageExists], [[], false]);
    assert.match(third.tracker, /^[\w-]{48}$/);
    assert.deepEqual(
      (await page()).events,
      first.events,
      'without a tracker: the first page again',
    );
    assert.deepEqual((await page({ tracker: first.tracker })).events, second.events);
  });

  it('has lines as strings for CEF and Syslog', async () => {
    assert.match(String((await page({ format: 'CEF' })).events[0]), /CEF:0\|Druva\|inSync/);
    assert.match(String((await page({ format: 'Syslog' })).events[0]), /^<190>1 2026-/);
  });

  it('compresses', async () => {
    const response = await service.app.request('/insync/eventmanagement/v2/events', {
      headers: { authorization: bearer, 'accept-encoding': 'gzip' },
    });
    const body: V2Page = JSON.parse(gunzipSync(await response.arrayBuffer()).toString());
    assert.equal(body.events.length, 500);
  });

  it('does not take a progress cookie for a tracker, nor the other way round', async () => {
    const { tracker } = await page();
    const headers = { authorization: acme.basic };
    const v1 = await service.app.request('/api/events/v1?limit=1', { headers });
    const cookie = /^progress=([^;]+)/.exec(v1.headers.getSetCookie()[0] ?? '')?.[1] ?? '';
    assert.deepEqual(await refusal(await get({ tracker: cookie })), [400, 'Invalid tracker']);
    const swapped = await service.app.request('/api/events/v1', {
      headers: { ...headers, cookie: `progress=${tracker}` },
    });
    assert.deepEqual(await refusal(swapped), [400, 'Cookie Invalid']);
    assert.deepEqual(await refusal(await get({ tracker: 'MTExMQ==' })), [400, 'Invalid tracker']);
  });

  it('refuses an old tracker unless its age is to be ignored', async () => {
    const own = await page();
    service.clock.advance(11 * 60_000);
    assert.deepEqual(await refusal(await get({ tracker: own.tracker })), [400, 'Tracker expired']);
    for (const ignoreTrackerExpiry of ['true', 'True']) {
      const later = await page({ tracker: own.tracker, ignoreTrackerExpiry });
      assert.equal(later.events.length, 2);
    }
    const forged = await get({ tracker: own.tracker.toUpperCase(), ignoreTrackerExpiry: 'true' });
    assert.equal(forged.status, 400);
    const answer = await get({ tracker: own.tracker, ignoreTrackerExpiry: 'false' });
    assert.equal(answer.status, 400);
  });

  it('answers 401 without a token and 403 for a wrong or expired one', async () => {
    const none = await get({}, '');
    assert.equal(none.status, 401);
    assert.equal(none.headers.get('www-authenticate'), 'Bearer realm="Tailrace"');
    const [status, message] = await refusal(await get({}, 'Bearer wrong'));
    assert.equal(status, 403);
    assert.match(message, /^User is not authorized to access this resource with an explicit deny/);
    const old = await accessToken(acme);
    service.clock.advance(hourMs);
    assert.equal((await get({}, old)).status, 403);
    bearer = await accessToken(acme);
    assert.equal((await get({})).status, 200);
  });

  it('answers 403 for editions without Events API and while export is disabled', async () => {
    const enterprise = await service.createTenant('enterprise', 'Enterprise');
    const [status, message] = await refusal(await get({}, await accessToken(enterprise)));
    assert.equal(status, 403);
    assert.match(message, /valid license/);
    const disabled = await service.createTenant('disabled');
    await service.directory.changeExportSettings('disabled', { enabled: false }, { name: 'test' });
    assert.equal((await get({}, await accessToken(disabled))).status, 403);
  });
});
