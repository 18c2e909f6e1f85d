/**
 * Who may call what of the console's API, by hand and past the page: every role × every endpoint ×
 * one's own tenant and another one. What is expected stands here, apart from the table that the
 * service goes by; both are complete by their types.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ConsoleEndpoint } from '../../src/http/console-api/api-types.ts';
import { consoleEndpoints } from '../../src/http/console-api/endpoints.ts';
import { consoleApiPath } from '../../src/http/console-api/console-path.ts';
import { openTestService } from '../../src/testing/export-service.ts';
import type { TestService } from '../../src/testing/export-service.ts';

/** The rows: who comes. `acme` is the tenant in every path; the strangers are of another one. */
const visitors = {
  nobody: undefined,
  viewer: { email: 'viewer@acme.example.com', tenant: 'acme', role: 'viewer' },
  administrator: { email: 'admin@acme.example.com', tenant: 'acme', role: 'administrator' },
  strangeViewer: { email: 'viewer@globex.example.com', tenant: 'globex', role: 'viewer' },
  strangeAdministrator: {
    email: 'admin@globex.example.com',
    tenant: 'globex',
    role: 'administrator',
  },
  operator: { email: 'root@example.com', tenant: undefined, role: 'operator' },
} as const;
type Visitor = keyof typeof visitors;

const everybody: readonly Visitor[] = [
  'nobody',
  'viewer',
  'administrator',
  'strangeViewer',
  'strangeAdministrator',
  'operator',
];
const signedIn = everybody.slice(1);
const members: readonly Visitor[] = ['viewer', 'administrator'];
const administrators: readonly Visitor[] = ['administrator'];
const keepers: readonly Visitor[] = ['administrator', 'operator'];
const operators: readonly Visitor[] = ['operator'];

const may: Readonly<Record<ConsoleEndpoint, readonly Visitor[]>> = {
  'GET /sign-in-methods': everybody,
  'POST /sign-in': everybody,
  'GET /oidc/start': everybody,
  'GET /oidc/callback': everybody,
  'POST /invitations/look': everybody,
  'POST /invitations/accept': everybody,

  'GET /session': signedIn,
  'POST /sign-out': signedIn,
  'POST /sign-out-everywhere': signedIn,
  'GET /sessions': signedIn,
  'DELETE /sessions/:sessionId': signedIn,
  'POST /me/password': signedIn,
  'POST /me/totp': signedIn,
  'POST /me/totp/confirm': signedIn,
  'POST /me/totp/remove': signedIn,
  'POST /me/recovery-codes': signedIn,

  'GET /tenants/:tenant/overview': members,
  'GET /tenants/:tenant/feeds': members,
  'GET /tenants/:tenant/events/:feed': members,
  'GET /tenants/:tenant/events/:feed/:position': members,
  'GET /tenants/:tenant/events/:feed/download': members,
  'GET /tenants/:tenant/export-settings': members,
  'PATCH /tenants/:tenant/export-settings': administrators,
  'GET /tenants/:tenant/token': members,
  'GET /tenants/:tenant/token/value': administrators,
  'POST /tenants/:tenant/token': administrators,
  'DELETE /tenants/:tenant/token': administrators,
  'GET /tenants/:tenant/tokens': members,
  'GET /tenants/:tenant/api-clients': members,
  'POST /tenants/:tenant/api-clients': administrators,
  'DELETE /tenants/:tenant/api-clients/:clientId': administrators,
  'GET /tenants/:tenant/connectors': members,
  'POST /tenants/:tenant/connectors': administrators,
  'PATCH /tenants/:tenant/connectors/:name': administrators,
  'DELETE /tenants/:tenant/connectors/:name': administrators,
  'GET /tenants/:tenant/connectors/:name/key': administrators,
  'POST /tenants/:tenant/connectors/:name/rotate': administrators,
  'POST /tenants/:tenant/connectors/:name/try': administrators,
  'GET /tenants/:tenant/activity': members,
  'GET /tenants/:tenant/activity/download': members,
  'GET /tenants/:tenant/people': keepers,
  'POST /tenants/:tenant/people': keepers,
  'POST /tenants/:tenant/people/:email/invite': keepers,
  'DELETE /tenants/:tenant/people/:email': keepers,

  'GET /operator/tenants': operators,
  'POST /operator/tenants': operators,
  'PATCH /operator/tenants/:tenant': operators,
  'GET /operator/connector-requests': operators,
  'POST /operator/tenants/:tenant/connectors/:name/approve': operators,
  'POST /operator/tenants/:tenant/connectors/:name/decline': operators,
  'GET /operator/tenants/:tenant/ingest-keys': operators,
  'POST /operator/tenants/:tenant/ingest-keys': operators,
  'DELETE /operator/tenants/:tenant/ingest-keys/:keyId': operators,
  'GET /operator/people': operators,
  'POST /operator/people': operators,
  'POST /operator/people/:email/invite': operators,
  'DELETE /operator/people/:email': operators,
  'GET /operator/health': operators,
  'GET /operator/storage': operators,
  'GET /operator/quarantine': operators,
  'POST /operator/quarantine/drop': operators,
  'GET /operator/activity': operators,
  'GET /operator/activity/download': operators,
};

function isEndpoint(name: string): name is ConsoleEndpoint {
  return Object.hasOwn(may, name);
}

/** Paths that mean `acme` to somebody who forgets to decode, or decodes twice. */
const disguisedTenants = [
  'ACME',
  'acme%00',
  'acme%20',
  '%61cme%2f',
  'acme%2f..%2fglobex',
  'globex%2f..%2facme',
  '..%2facme',
  'acme;globex',
  '*',
  '%',
];

describe("the console's API", () => {
  let service: TestService;
  before(async () => {
    service = await openTestService();
    await service.createTenant('acme');
    await service.createTenant('globex');
    for (const person of Object.values(visitors)) {
      if (person === undefined || person.email.startsWith('admin@')) continue; // there already
      await service.directory.addPerson(person, { name: 'test' });
    }
  });
  after(() => service[Symbol.asyncDispose]());

  async function cookieOf(visitor: Visitor): Promise<string> {
    const person = visitors[visitor];
    if (person === undefined) return '';
    const session = { method: 'password', address: '127.0.0.1', userAgent: 'test' } as const;
    const { value } = await service.directory.startSession({ ...session, email: person.email });
    return `__Host-tailrace-session=${value.reveal()}`;
  }

  async function call(visitor: Visitor, method: string, path: string): Promise<Response> {
    const hasBody = method === 'POST' || method === 'PATCH';
    return service.app.request(consoleApiPath + path, {
      method,
      headers: {
        cookie: await cookieOf(visitor),
        'sec-fetch-site': 'same-origin',
        ...(hasBody ? { 'content-type': 'application/json' } : {}),
      },
      ...(hasBody ? { body: '{}' } : {}),
    });
  }

  it('has no endpoint that this table does not know', () => {
    assert.deepEqual(Object.keys(consoleEndpoints).toSorted(), Object.keys(may).toSorted());
  });

  for (const [endpoint, allowed] of Object.entries(may)) {
    it(`${endpoint} is for ${allowed.length === 6 ? 'everybody' : allowed.join(', ')}`, async () => {
      assert.ok(isEndpoint(endpoint));
      const [method = '', pattern = ''] = endpoint.split(' ');
      const path = pattern.replace(':tenant', 'acme').replaceAll(/:\w+/g, 'none@example.com');
      for (const visitor of everybody) {
        const response = await call(visitor, method, path);
        const isRefused = response.status === 401 || response.status === 403;
        const got = `${visitor}: ${response.status} ${await response.text()}`;
        assert.equal(isRefused, !allowed.includes(visitor), got);
        if (isRefused) assert.equal(response.status, visitor === 'nobody' ? 401 : 403, got);
      }
    });
  }

  it('takes no disguised name of a tenant for that tenant, and tells nobody which exist', async () => {
    for (const tenant of [...disguisedTenants, 'globex', 'no-such-tenant']) {
      for (const visitor of ['viewer', 'administrator'] as const) {
        const response = await call(visitor, 'GET', `/tenants/${tenant}/tokens`);
        const text = await response.text();
        assert.ok([403, 404].includes(response.status), `${tenant}: ${response.status} ${text}`);
        if (!tenant.includes('%')) assert.equal(response.status, 403, tenant);
      }
    }
  });

  it('refuses before it looks at what is sent', async () => {
    const response = await service.app.request(`${consoleApiPath}/operator/tenants`, {
      method: 'POST',
      body: 'x'.repeat(1_000_000),
      headers: {
        cookie: await cookieOf('administrator'),
        'sec-fetch-site': 'same-origin',
        'content-type': 'text/plain',
      },
    });
    assert.equal(response.status, 403);
  });
});
