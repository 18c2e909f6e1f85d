import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createPerson, signIn } from '../../../testing/console-visitor.ts';
import type { ConsoleVisitor } from '../../../testing/console-visitor.ts';
import { openTestService } from '../../../testing/export-service.ts';
import type { TestService } from '../../../testing/export-service.ts';
import type { ConnectorView, ConsoleFailure, TryStep } from '../api-types.ts';

const path = '/tenants/acme/connectors';
const request = {
  name: 'Splunk: EMEA',
  redirectUrl: 'https://siem.example.com/callback?site=1',
  allowedNetworks: ['192.0.2.0/24'],
};
const named = `${path}/${encodeURIComponent(request.name)}`;

let service: TestService;
let administrator: ConsoleVisitor;
let viewer: ConsoleVisitor;
let operator: ConsoleVisitor;

before(async () => {
  service = await openTestService();
  await service.createTenant('acme');
  await createPerson(service, 'boss@acme.example.com', 'administrator', 'acme');
  await createPerson(service, 'viewer@acme.example.com', 'viewer', 'acme');
  await createPerson(service, 'operator@example.com', 'operator');
  administrator = await signIn(service, 'boss@acme.example.com');
  viewer = await signIn(service, 'viewer@acme.example.com');
  operator = await signIn(service, 'operator@example.com');
});
after(() => service[Symbol.asyncDispose]());

async function listed(): Promise<readonly ConnectorView[]> {
  return (await viewer.ask('GET /tenants/:tenant/connectors', undefined, path)).connectors;
}

async function failure(method: string, at: string, body?: unknown) {
  const response = await administrator.send(method, at, body);
  const answer: ConsoleFailure = JSON.parse(await response.text());
  return { ...answer, status: response.status };
}

async function tried(): Promise<readonly TryStep[]> {
  const endpoint = 'POST /tenants/:tenant/connectors/:name/try';
  return (await administrator.ask(endpoint, undefined, `${named}/try`)).steps;
}

describe('connectors', () => {
  it('are requested, and have neither API ID nor key before they are approved', async () => {
    const { connector } = await administrator.ask(
      'POST /tenants/:tenant/connectors',
      request,
      path,
    );
    assert.deepEqual(
      [connector.state, connector.approval, connector.keys, connector.redirectUrl],
      ['requested', null, [], request.redirectUrl],
    );
    assert.equal((await failure('GET', `${named}/key`)).status, 404);
    const { status, message } = await failure('POST', `${named}/try`);
    assert.deepEqual([status, message], [403, 'the connector "Splunk: EMEA" is not approved yet']);
    assert.equal((await failure('POST', path, request)).status, 409);
  });

  it('name the field that is wrong', async () => {
    const cases: readonly (readonly [change: object, field: string])[] = [
      [{ redirectUrl: 'http://siem.example.com/' }, 'redirectUrl'],
      [{ redirectUrl: '' }, 'redirectUrl'],
      [{ allowedNetworks: ['somewhere'] }, 'allowedNetworks'],
      [{ name: '' }, 'name'],
    ];
    for (const [change, field] of cases) {
      const { status, fields } = await failure('POST', path, { ...request, name: 'x', ...change });
      assert.deepEqual([status, Object.keys(fields ?? {})], [400, [field]], JSON.stringify(change));
    }
  });

  it('are approved by the operator, who sees no key', async () => {
    const { requests } = await operator.ask('GET /operator/connector-requests');
    assert.deepEqual(
      requests.map(({ tenant, tenantTitle, connector }) => [tenant, tenantTitle, connector.name]),
      [['acme', 'acme', request.name]],
    );
    const approve = `/operator${named}/approve`;
    const { connector } = await operator.ask(
      'POST /operator/tenants/:tenant/connectors/:name/approve',
      {},
      approve,
    );
    assert.equal(connector.state, 'enabled');
    assert.match(connector.approval?.apiId ?? '', /^APIKEY/);
    assert.deepEqual((await operator.ask('GET /operator/connector-requests')).requests, []);
    assert.equal((await operator.send('GET', `${named}/key`)).status, 403);
    assert.equal((await operator.send('POST', `/operator${named}/decline`)).status, 409);
  });

  it('show their key to administrators, and say so in the audit trail', async () => {
    const { value } = await administrator.ask(
      'GET /tenants/:tenant/connectors/:name/key',
      undefined,
      `${named}/key`,
    );
    const apiId = (await listed())[0]?.approval?.apiId ?? '';
    assert.ok(await service.directory.authenticateConnector(apiId, value));
    assert.ok(!(await (await viewer.send('GET', path)).text()).includes(value));
    assert.equal((await viewer.send('GET', `${named}/key`)).status, 403);
    const { entries } = await service.directory.auditPage({ tenant: 'acme', limit: 1 });
    assert.equal(entries[0]?.action, "copied a connector's key");
  });

  it('are tried as from the address of whoever tries them', async () => {
    const [refused, ...none] = await tried();
    assert.deepEqual([refused?.ok, none.length], [false, 0]);
    assert.match(
      refused?.sentence ?? '',
      /may come from 192\.0\.2\.0\/24 only, and your browser is at 127\.0\.0\.1/,
    );
    assert.match(refused?.answer ?? '', /^HTTP 401\n/);
    const change = { allowedNetworks: ['127.0.0.1'] };
    await administrator.ask('PATCH /tenants/:tenant/connectors/:name', change, named);
    const steps = await tried();
    assert.deepEqual(
      steps.map(({ ok }) => ok),
      [true, true, true],
    );
    assert.match(steps[2]?.sentence ?? '', /^0 attacks were answered\./);
  });

  it('are tried without showing a secret, or counting as a use', async () => {
    const shown = JSON.stringify(await tried());
    const { keys, approval } = await service.directory.connector('acme', request.name);
    assert.ok(!shown.includes(keys[0]?.value.reveal() ?? 'no key'));
    assert.ok(shown.includes(approval?.apiId ?? 'no id'));
    const code = /code=(?<code>[^"\\&]*)/.exec(shown)?.groups?.['code'] ?? '';
    const token = /Bearer (?<token>[^"\\]*)/.exec(shown)?.groups?.['token'] ?? '';
    for (const masked of [code, token]) assert.match(masked, /^.{4}••••$/);
    assert.equal((await listed())[0]?.lastUsedAtMs, null);
    const { entries } = await service.directory.auditPage({
      tenant: 'acme',
      kind: 'pulls',
      limit: 1,
    });
    assert.equal(entries[0]?.actor.name, 'boss@acme.example.com');
  });

  it('change, rotate their key, and are disabled and enabled', async () => {
    const endpoint = 'PATCH /tenants/:tenant/connectors/:name';
    const redirectUrl = 'https://other.example.com/cb';
    const changed = await administrator.ask(endpoint, { redirectUrl, enabled: false }, named);
    assert.deepEqual(
      [changed.connector.redirectUrl, changed.connector.state],
      [redirectUrl, 'disabled'],
    );
    assert.match((await failure('POST', `${named}/try`)).message, /is disabled$/);
    await administrator.ask(endpoint, { enabled: true }, named);
    assert.equal((await failure('PATCH', named, {})).fields?.['body'], 'must change something');
    const { connector } = await administrator.ask(
      'POST /tenants/:tenant/connectors/:name/rotate',
      { overlapMs: 3_600_000 },
      `${named}/rotate`,
    );
    assert.deepEqual(
      connector.keys.map(({ endsAtMs }) => endsAtMs),
      [null, service.clock.nowMs() + 3_600_000],
    );
    const { fields } = await failure('POST', `${named}/rotate`, { overlapMs: -1 });
    assert.deepEqual(fields, { overlapMs: 'must be 0 to 2592000000' });
  });

  it('are not changed by a viewer', async () => {
    assert.equal((await viewer.send('PATCH', named, { enabled: false })).status, 403);
    assert.equal((await viewer.send('POST', `${named}/try`)).status, 403);
    assert.equal((await viewer.send('DELETE', named)).status, 403);
  });

  it('are deleted, or declined while they are only requested', async () => {
    await administrator.ask('DELETE /tenants/:tenant/connectors/:name', undefined, named);
    assert.deepEqual(await listed(), []);
    await administrator.ask('POST /tenants/:tenant/connectors', request, path);
    await operator.ask(
      'POST /operator/tenants/:tenant/connectors/:name/decline',
      undefined,
      `/operator${named}/decline`,
    );
    assert.deepEqual(await listed(), []);
  });
});
