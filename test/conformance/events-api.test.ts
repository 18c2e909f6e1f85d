/**
 * The Events API against its documents: "Integrate Events API with a SIEM tool", "Events API response
 * codes" and the OpenAPI document of v2, written down in `fixtures/events-api/`. Over real sockets,
 * with the clients that customers use.
 */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Registry } from 'prom-client';
import { fetch } from 'undici';
import { startServer } from '../../src/http/server.ts';
import type { RunningServer } from '../../src/http/server.ts';
import {
  basicAuthorization,
  openTestService,
  sampleBatch,
} from '../../src/testing/export-service.ts';
import type { TestService, TestTenant } from '../../src/testing/export-service.ts';
import { sharedLines, skipWithout } from './shared-data.ts';

const run = promisify(execFile);
const fixtures = new URL('./fixtures/events-api/', import.meta.url);

interface SampleEvent {
  readonly facility: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly lines: { readonly CEF: string; readonly Syslog: string };
}
interface Exchange {
  readonly title: string;
  readonly path: string;
  readonly credential: string;
  readonly cookie?: string;
  readonly status: number;
  readonly message?: string;
  readonly header?: string;
}

const sample: SampleEvent = JSON.parse(
  readFileSync(new URL('sample-event.json', fixtures), 'utf8'),
);
const { exchanges }: { exchanges: readonly Exchange[] } = JSON.parse(
  readFileSync(new URL('response-codes.json', fixtures), 'utf8'),
);
const activity = sharedLines('activity.ndjson');
const isRequired = process.env['TAILRACE_TEST_ALL'] === '1';

/** The reason to skip a test whose program is missing, unless everything is to be tested. */
function skipUnless(program: string, args: readonly string[], name: string): false | string {
  const found = spawnSync(program, args);
  return found.status === 0 || isRequired ? false : `${name} is missing`;
}

const actor = { name: 'test' };
const category = 'Backup And Restore';

describe('Events API', () => {
  let service: TestService;
  let server: RunningServer;

  before(async () => {
    service = await openTestService();
    const dependencies = { ...service.dependencies, metrics: new Registry() };
    const rateLimits = {
      ...service.options.rateLimits,
      perCredential: { requestsPerSecond: 0.001, burst: 40 },
    };
    server = await startServer(dependencies, { ...service.options, rateLimits });
  });
  after(async () => {
    const closed = server.close(1);
    service.clock.advance(1);
    await closed;
    await service[Symbol.asyncDispose]();
  });

  /** A tenant that exports `categories` only: its own API Login events would stand in the way. */
  async function tenantWith(
    id: string,
    ndjson: string,
    categories?: string[],
  ): Promise<TestTenant> {
    const tenant = await service.createTenant(id);
    const response = await fetch(`${server.url}/ingest/v1/${id}/insync`, {
      method: 'POST',
      body: ndjson,
      headers: { authorization: tenant.ingest, 'content-type': 'application/x-ndjson' },
    });
    assert.equal(response.status, 200, await response.text());
    const change = { categories: categories ?? [category] };
    await service.directory.changeExportSettings(id, change, actor);
    return tenant;
  }
  async function accessToken({ clientId, clientSecret }: TestTenant): Promise<string> {
    const response = await fetch(`${server.url}/token`, {
      method: 'POST',
      body: 'grant_type=client_credentials&scope=read',
      headers: {
        authorization: basicAuthorization(clientId, clientSecret),
        'content-type': 'application/x-www-form-urlencoded',
      },
    });
    const answer: { access_token: string } = JSON.parse(await response.text());
    return `Bearer ${answer.access_token}`;
  }
  async function pull(path: string, authorization: string, cookie?: string) {
    const headers = { authorization, ...(cookie === undefined ? {} : { cookie }) };
    const response = await fetch(server.url + path, { headers });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    const body: { events: unknown[]; tracker?: string; nextPageExists?: boolean } =
      JSON.parse(text);
    const [setCookie = ''] = response.headers.getSetCookie();
    return { ...body, text, cookie: setCookie.split(';')[0] ?? '' };
  }

  describe('the samples', () => {
    let tenant: TestTenant;
    before(async () => {
      tenant = await tenantWith('samples', JSON.stringify(sample.attributes), ['Admin Event']);
      await service.directory.changeExportSettings('samples', { facility: sample.facility }, actor);
    });

    for (const format of ['CEF', 'Syslog'] as const) {
      it(`comes byte for byte as ${format} in v1, v2 and as text`, async () => {
        const line = sample.lines[format];
        const expected = `{"events":[${JSON.stringify(line)}]}`;
        assert.equal((await pull(`/api/events/v1?format=${format}`, tenant.basic)).text, expected);
        const v2 = `/insync/eventmanagement/v2/events?format=${format}`;
        assert.deepEqual((await pull(v2, await accessToken(tenant))).events, [line]);
        const response = await fetch(`${server.url}/api/events/v1?format=${format}`, {
          headers: { authorization: tenant.basic, accept: 'text/plain' },
        });
        assert.equal(await response.text(), `${line}\n`);
      });
    }

    it('comes as JSON under the attribute names of the document', async () => {
      const { events } = await pull('/api/events/v1', tenant.basic);
      const [event] = events;
      for (const [name, value] of Object.entries(sample.attributes)) {
        assert.deepEqual(Object(event)[name], value, name);
      }
      assert.equal(Object(event).Facility, 6);
    });
  });

  describe('the response codes', () => {
    const authorizations = new Map<string, string>([
      ['none', ''],
      ['wrongBearer', 'Bearer wrong'],
    ]);
    const cookies = new Map<string, string>();

    before(async () => {
      const tenant = await tenantWith('codes', sampleBatch(1));
      const foreign = await tenantWith('foreign', sampleBatch(1));
      const unlicensed = await service.createTenant('unlicensed', 'Enterprise');
      const disabled = await service.createTenant('disabled');
      const greedy = await service.createTenant('greedy');
      await service.directory.changeExportSettings('disabled', { enabled: false }, actor);
      authorizations.set('token', tenant.basic);
      authorizations.set('wrong', basicAuthorization(tenant.email, 'wrong'));
      authorizations.set('unlicensed', unlicensed.basic);
      authorizations.set('disabled', disabled.basic);
      authorizations.set('greedy', greedy.basic);
      const { cookie } = await pull('/api/events/v1', tenant.basic);
      cookies.set('expired', cookie);
      service.clock.advance(48 * 3_600_000 + 1);
      const last = (await pull('/api/events/v1', tenant.basic)).cookie;
      cookies.set('last', last);
      cookies.set('altered', `${last.slice(0, -1)}${last.endsWith('A') ? 'B' : 'A'}`);
      cookies.set('foreign', (await pull('/api/events/v1', foreign.basic)).cookie);
      authorizations.set('bearer', await accessToken(tenant));
      for (let request = 0; request < 40; request += 1) {
        // eslint-disable-next-line no-await-in-loop -- one after the other, as a client would
        await pull('/api/events/v1', greedy.basic);
      }
    });

    for (const exchange of exchanges) {
      it(exchange.title, async () => {
        const { path, credential, cookie, status, message, header } = exchange;
        const authorization = authorizations.get(credential);
        assert.ok(authorization !== undefined, `no credential ${credential}`);
        const headers: Record<string, string> = authorization === '' ? {} : { authorization };
        if (cookie !== undefined) headers['cookie'] = cookies.get(cookie) ?? '';
        const response = await fetch(server.url + path, { headers });
        const text = await response.text();
        assert.equal(response.status, status, text);
        assert.equal(response.headers.get('content-type'), 'application/json');
        if (header !== undefined) assert.ok(response.headers.has(header), header);
        if (status === 200) return;
        const body: Record<string, unknown> = JSON.parse(text);
        assert.deepEqual(Object.keys(body), ['code', 'message', 'retryable', 'data']);
        assert.equal(body['retryable'], status === 429);
        if (message !== undefined) assert.equal(body['message'], message);
      });
    }
  });

  it('tells a client that came too late what it has missed, in every format', async () => {
    // Goal: promise 6. Method: retention drops what the cookie and the tracker still wait for.
    const tenant = await tenantWith('late', sampleBatch(3));
    const bearer = await accessToken(tenant);
    const { cookie } = await pull('/api/events/v1?limit=1', tenant.basic);
    const start = await pull('/insync/eventmanagement/v2/events', bearer);
    await service.directory.changeExportSettings('late', { categories: 'all' }, actor);
    const nowMs = service.clock.nowMs();
    service.clock.jumpTo(nowMs + 31 * 86_400_000);
    await service.store.trim('late/insync', service.clock.nowMs());
    service.clock.jumpTo(nowMs);
    for (const format of ['CEF', 'Syslog', 'JSON']) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      const late = await pull(`/api/events/v1?format=${format}`, tenant.basic, cookie);
      assert.match(JSON.stringify(late.events[0]), /Event Gap.*2 events from the beginning until/);
      // eslint-disable-next-line no-await-in-loop -- as above
      const next = await pull(`/api/events/v1?format=${format}`, tenant.basic, late.cookie);
      assert.ok(!next.text.includes('Event Gap'), 'said once');
    }
    const tracker = new URLSearchParams({ tracker: start.tracker ?? '' }).toString();
    const v2 = await pull(`/insync/eventmanagement/v2/events?${tracker}`, bearer);
    assert.ok(!v2.text.includes('Event Gap'), 'whoever had everything has missed nothing');
  });

  it(
    'works with Python’s requests as in the sample query',
    { skip: skipUnless('python3', ['-c', 'import requests'], 'python3-requests') },
    async () => {
      const tenant = await tenantWith('python', sampleBatch(5));
      const script = fileURLToPath(new URL('pull_events.py', fixtures));
      const url = `${server.url}/api/events/v1`;
      const { stdout } = await run('python3', [script, url, tenant.email, tenant.token]);
      const result: Record<'lines' | 'jar' | 'text', string[]> & { invalid: string } =
        JSON.parse(stdout);
      const { events } = await pull('/api/events/v1?format=CEF', tenant.basic);
      assert.equal(events.length, 5);
      assert.deepEqual(result.lines, events);
      assert.deepEqual(result.jar, events);
      assert.deepEqual(result.text, [...events, '']);
      assert.equal(result.invalid, 'Cookie Invalid');
    },
  );

  it(
    'works with curl and its cookie jar',
    { skip: skipUnless('curl', ['--version'], 'curl') },
    async () => {
      const tenant = await tenantWith('curl', sampleBatch(5));
      const folder = await mkdtemp(join(tmpdir(), 'tailrace-curl-'));
      try {
        const jar = join(folder, 'jar');
        const args = [
          '-sS',
          '--fail',
          '-u',
          `${tenant.email}:${tenant.token}`,
          '-c',
          jar,
          '-b',
          jar,
        ];
        const lines: unknown[] = [];
        for (let call = 0; call < 4; call += 1) {
          const url = `${server.url}/api/events/v1?format=CEF&limit=2`;
          // eslint-disable-next-line no-await-in-loop -- each call continues behind the last
          const { stdout } = await run('curl', [...args, url]);
          const body: { events: unknown[] } = JSON.parse(stdout);
          lines.push(...body.events);
        }
        assert.deepEqual(lines, (await pull('/api/events/v1?format=CEF', tenant.basic)).events);
        assert.match(await readFile(jar, 'utf8'), /\/api\/events\/v1\s.*\sprogress\s/);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );

  it(
    'hands out the shared activity whole, by v1 and v2, in every format',
    { skip: skipWithout('activity.ndjson', activity) },
    async () => {
      const lines = activity ?? [];
      const tenant = await tenantWith('activity', lines.join('\n'));
      const bearer = await accessToken(tenant);
      const byFormat = new Map<string, unknown[]>();
      for (const format of ['CEF', 'Syslog', 'JSON']) {
        const v1: unknown[] = [];
        for (let page = 0, cookie = ''; page < 4; page += 1) {
          // eslint-disable-next-line no-await-in-loop -- each page continues behind the last
          const answer = await pull(`/api/events/v1?format=${format}`, tenant.basic, cookie);
          v1.push(...answer.events);
          cookie = answer.cookie;
        }
        const v2: unknown[] = [];
        for (let tracker = '', more = true; more;) {
          const query = new URLSearchParams({ format, tracker }).toString();
          // eslint-disable-next-line no-await-in-loop -- as above
          const answer = await pull(`/insync/eventmanagement/v2/events?${query}`, bearer);
          v2.push(...answer.events);
          tracker = answer.tracker ?? '';
          more = answer.nextPageExists === true;
        }
        if (format !== 'JSON') assert.deepEqual(v2, v1, format);
        assert.equal(v1.length, lines.length, format);
        byFormat.set(format, v2);
      }
      // As they were sent, name for name.
      for (const [index, event] of (byFormat.get('JSON') ?? []).entries()) {
        const sent: Record<string, unknown> = JSON.parse(lines[index] ?? '{}');
        for (const [name, value] of Object.entries(sent)) {
          assert.deepEqual(Object(event)[name], value, `${index} ${name}`);
        }
      }
    },
  );
});
