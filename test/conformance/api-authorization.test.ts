/**
 * Who gets what from the APIs that programs call: every kind of credential × every endpoint, each of
 * one's own tenant and of another one. What is expected stands here, apart from the code that decides.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { appTranaGenerator } from '../../src/feeds/apptrana-generator.ts';
import { consoleApiPath } from '../../src/http/console-api/console-path.ts';
import {
  openTestService,
  sampleEvent,
  type TestService,
  type TestTenant,
} from '../../src/testing/export-service.ts';
import {
  connectorToken,
  createConnector,
  type TestConnector,
} from '../../src/testing/test-connector.ts';

const kinds = ['nobody', 'basic', 'access', 'ingest', 'connector', 'session'] as const;
type Kind = (typeof kinds)[number];
const tenants = ['acme', 'globex'] as const;
type TenantId = (typeof tenants)[number];

/** Which credentials an endpoint lets in; `anybody`: it gives out nothing of a tenant. */
const may: Readonly<Record<string, readonly Kind[] | 'anybody'>> = {
  'POST /ingest/v1/:tenant/:feed': ['ingest'],
  'GET /api/events/v1': ['basic'],
  'POST /token': 'anybody',
  'GET /insync/eventmanagement/v2/events': ['access'],
  'GET /streams/v1/insync': ['basic', 'access'],
  'GET /streams/v1/apptrana': ['basic', 'access', 'connector'],
  'GET /wafportal/rest/siem/v1/authorize': 'anybody',
  'POST /wafportal/rest/siem/v1/getAuthToken': 'anybody',
  'POST /wafportal/rest/siem/v1/getAttackInfo': ['connector'],
  'GET /healthz': 'anybody',
  'GET /readyz': 'anybody',
  'GET /metrics': 'anybody', // from the networks of `metricsFor`
  'GET /openapi.json': 'anybody',
};

interface Member {
  readonly tenant: TestTenant;
  readonly connector: TestConnector;
  readonly headers: Readonly<Record<Kind, Readonly<Record<string, string>>>>;
  /** Cookie and tracker that this tenant was given. */
  readonly cursors: { readonly v1: string; readonly v2: string };
}

const nowMs = Date.UTC(2026, 10, 21);
const aMinute = JSON.stringify({ startTime: nowMs - 60_000, endTime: nowMs });
const bodies: Readonly<Record<string, string>> = {
  'POST /ingest/v1/:tenant/:feed': JSON.stringify(sampleEvent(1)),
  'POST /wafportal/rest/siem/v1/getAttackInfo': aMinute,
};

describe('the APIs for programs', () => {
  let service: TestService;
  const members = new Map<TenantId, Member>();

  before(async () => {
    service = await openTestService();
    for (const id of tenants) members.set(id, await join(id));
  });
  after(() => service[Symbol.asyncDispose]());

  function memberOf(id: TenantId): Member {
    const member = members.get(id);
    assert.ok(member);
    return member;
  }

  async function join(id: TenantId): Promise<Member> {
    const { directory, clock } = service;
    const tenant = await service.createTenant(id);
    const connector = await createConnector(directory, id, clock.nowMs());
    const client = await directory.authenticateApiClient(tenant.clientId, tenant.clientSecret);
    assert.ok(client);
    const access = (await directory.issueAccessToken(client, 86_400_000)).reveal();
    const session = await directory.startSession({
      email: tenant.email,
      method: 'password',
      address: '127.0.0.1',
      userAgent: 'test',
    });
    const headers = {
      nobody: {},
      basic: { authorization: tenant.basic },
      access: bearer(access),
      ingest: { authorization: tenant.ingest },
      connector: bearer(await connectorToken(directory, connector)),
      session: { cookie: `__Host-tailrace-session=${session.value.reveal()}` },
    };
    const inSync = { ...sampleEvent(1), eventDetails: `only for ${id}` };
    const attack = { ...appTranaGenerator(1)(nowMs - 1000), attackData: `only for ${id}` };
    for (const [feed, event] of Object.entries({ insync: inSync, apptrana: attack })) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      const posted = await call(
        ...(['POST', `/ingest/v1/${id}/${feed}`, headers.ingest, JSON.stringify(event)] as const),
      );
      assert.equal(posted.status, 200, posted.text);
    }
    const first = await call('GET', '/api/events/v1', headers.basic);
    const v1 = /progress=([^;]+)/.exec(first.headers.get('set-cookie') ?? '')?.[1];
    const second = await call('GET', '/insync/eventmanagement/v2/events', headers.access);
    const { tracker: v2 }: { tracker?: string } = JSON.parse(second.text);
    assert.ok(v1 !== undefined && v2 !== undefined, second.text);
    return { tenant, connector, headers, cursors: { v1, v2 } };
  }

  async function call(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ) {
    const request = { method, headers, ...(method === 'POST' ? { body: body ?? '' } : {}) };
    const response = await service.app.request(path, request);
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  it('are those that this table knows', () => {
    const known = Object.keys(may).map((endpoint) =>
      endpoint.replace(/\/streams\/v1\/\w+/, '/streams/v1/:feed'),
    );
    const served = service.app.routes
      .filter(({ method, path }) => method !== 'ALL' && isForPrograms(path))
      .map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual([...new Set(served)].toSorted(), [...new Set(known)].toSorted());
  });

  for (const [endpoint, allowed] of Object.entries(may)) {
    const who = allowed === 'anybody' ? allowed : allowed.join(' or ');
    it(`${endpoint} lets in ${who}, and shows nobody another tenant's events`, async () => {
      const [method = '', pattern = ''] = endpoint.split(' ');
      for (const own of tenants) {
        const other = own === 'acme' ? 'globex' : 'acme';
        const path = pattern.replace(':tenant', own).replace(':feed', 'insync');
        for (const kind of kinds) {
          const answer = await call(method, path, memberOf(own).headers[kind], bodies[endpoint]);
          const got = `${kind} of ${own}: ${answer.status} ${answer.text}`;
          const isRefused = answer.status === 401 || answer.status === 403;
          if (allowed !== 'anybody') assert.equal(isRefused, !allowed.includes(kind), got);
          assert.ok(!answer.text.includes(`only for ${other}`), got);
          assert.ok(answer.status < 500, got);
          if (method === 'GET' && allowed !== 'anybody' && allowed.includes(kind)) {
            assert.ok(answer.text.includes(`only for ${own}`), got);
          }
        }
      }
    });
  }

  it('take no cursor of another tenant, of another API, or with anything changed', async () => {
    const { headers, cursors } = memberOf('globex');
    const foreign = memberOf('acme').cursors;
    const forged = cursors.v1
      .split('')
      .map(
        (character, at) =>
          `${cursors.v1.slice(0, at)}${character === 'A' ? 'B' : 'A'}${cursors.v1.slice(at + 1)}`,
      );
    for (const cookie of [foreign.v1, foreign.v2, cursors.v2, ...forged]) {
      const answer = await call('GET', '/api/events/v1', {
        ...headers.basic,
        cookie: `progress=${cookie}`,
      });
      assert.equal(answer.status, 400, cookie);
      assert.match(answer.text, /"Cookie Invalid"/);
    }
    for (const tracker of [foreign.v2, foreign.v1, cursors.v1]) {
      const path = `/insync/eventmanagement/v2/events?tracker=${tracker}&ignoreTrackerExpiry=true`;
      const answer = await call('GET', path, headers.access);
      assert.equal(answer.status, 400, tracker);
      assert.match(answer.text, /"Invalid tracker"/);
    }
  });

  it('let nobody append for another tenant, however its name is written', async () => {
    const { headers } = memberOf('globex');
    const stored = await service.store.streamInfo('acme/insync');
    const body = JSON.stringify(sampleEvent(2));
    const names = [
      'acme',
      'ACME',
      'acme%00',
      '%61cme',
      'globex%2f..%2facme',
      '..%2facme',
      'acme;x',
    ];
    for (const name of [...names, 'no-such-tenant', '%', '']) {
      const answer = await call('POST', `/ingest/v1/${name}/insync`, headers.ingest, body);
      assert.ok([403, 404].includes(answer.status), `${name}: ${answer.status} ${answer.text}`);
    }
    assert.deepEqual(await service.store.streamInfo('acme/insync'), stored);
  });

  it('redeem an authorization code for the connector that asked for it alone, and once', async () => {
    const { directory, clock } = service;
    const [own, other] = [memberOf('acme').connector, memberOf('globex').connector];
    clock.advance(1000);
    const path = '/wafportal/rest/siem/v1/getAuthToken';
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const redeem = async ({ apiId, key }: TestConnector, code: string) => {
      const form = new URLSearchParams({ client_id: apiId, client_secret: key, code });
      return (await call('POST', path, type, form.toString())).status;
    };
    const connector = await directory.enabledConnector(own.apiId);
    assert.ok(connector);
    const code = (await directory.authorizationCode(connector)).reveal();
    assert.equal(await redeem(other, code), 401);
    assert.equal(await redeem({ ...own, key: other.key }, code), 401);
    assert.equal(await redeem(own, `${code.slice(0, -1)}${code.endsWith('a') ? 'b' : 'a'}`), 401);
    assert.equal(await redeem(own, code), 200);
    assert.equal(await redeem(own, code), 401);
  });

  it('take no credential of one kind for another kind', async () => {
    const { tenant, connector, headers } = memberOf('acme');
    const values = [tenant.token, tenant.clientSecret, connector.key, connector.apiId];
    for (const [endpoint, allowed] of Object.entries(may)) {
      if (allowed === 'anybody') continue;
      const [method = '', pattern = ''] = endpoint.split(' ');
      const path = pattern.replace(':tenant', 'acme').replace(':feed', 'insync');
      for (const value of values) {
        const answer = await call(method, path, bearer(value), bodies[endpoint]);
        assert.ok([401, 403].includes(answer.status), `${endpoint} ${value}: ${answer.status}`);
      }
    }
    const asConsole = await call('GET', `${consoleApiPath}/session`, headers.basic);
    assert.equal(asConsole.status, 401);
  });
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Not the console's own API, and not its page. */
function isForPrograms(path: string): boolean {
  return (
    !path.startsWith('/console') &&
    /^\/(?:ingest|api|token|insync|streams|wafportal|healthz|readyz|metrics|openapi)/.test(path)
  );
}
