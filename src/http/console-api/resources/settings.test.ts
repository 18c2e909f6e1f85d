import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createPerson, signIn } from '../../../testing/console-visitor.ts';
import type { ConsoleVisitor } from '../../../testing/console-visitor.ts';
import { openTestService } from '../../../testing/export-service.ts';
import type { TestService, TestTenant } from '../../../testing/export-service.ts';
import type { ConsoleFailure } from '../api-types.ts';

const dayMs = 86_400_000;

let service: TestService;
let tenant: TestTenant;
let administrator: ConsoleVisitor;
let viewer: ConsoleVisitor;
let operator: ConsoleVisitor;

before(async () => {
  service = await openTestService();
  tenant = await service.createTenant('acme');
  await service.createTenant('small', 'Business');
  await createPerson(service, 'boss@acme.example.com', 'administrator', 'acme');
  await createPerson(service, 'boss@small.example.com', 'administrator', 'small');
  await createPerson(service, 'viewer@acme.example.com', 'viewer', 'acme');
  await createPerson(service, 'operator@example.com', 'operator');
  administrator = await signIn(service, 'boss@acme.example.com');
  viewer = await signIn(service, 'viewer@acme.example.com');
  operator = await signIn(service, 'operator@example.com');
});
after(() => service[Symbol.asyncDispose]());

async function failure(
  visitor: ConsoleVisitor,
  method: string,
  path: string,
  body?: unknown,
): Promise<ConsoleFailure & { readonly status: number }> {
  const response = await visitor.send(method, path, body);
  const answer: ConsoleFailure = JSON.parse(await response.text());
  return { ...answer, status: response.status };
}

async function auditedActions(): Promise<string[]> {
  const { entries } = await service.directory.auditPage({ tenant: 'acme', limit: 5 });
  return entries.map(({ action, actor }) => `${actor.name} ${action}`);
}

describe('export settings', () => {
  const path = '/tenants/acme/export-settings';

  it('show what is set, what there is to choose, and who changed it', async () => {
    const settings = await viewer.ask('GET /tenants/:tenant/export-settings', undefined, path);
    assert.deepEqual([settings.enabled, settings.categories, settings.facility], [true, 'all', 23]);
    assert.deepEqual([settings.allowedByEdition, settings.changedBy], [true, 'test']);
    assert.deepEqual(settings.choices[1], {
      name: 'Backup And Restore',
      types: ['Backup', 'Restore', 'Download'],
    });
  });

  it('change in parts', async () => {
    const endpoint = 'PATCH /tenants/:tenant/export-settings';
    const changed = await administrator.ask(endpoint, { facility: 3 }, path);
    assert.deepEqual([changed.enabled, changed.facility], [true, 3]);
    assert.equal(changed.changedBy, 'boss@acme.example.com');
    const categories = ['Backup And Restore', 'API'];
    const chosen = await administrator.ask(endpoint, { categories, enabled: false }, path);
    assert.deepEqual(chosen.categories, categories);
    assert.deepEqual(await service.directory.exportSettings('acme'), {
      enabled: false,
      categories,
      facility: 3,
    });
  });

  it('refuse what is no setting, naming the field', async () => {
    const cases: readonly (readonly [body: object, field: string, message: RegExp])[] = [
      [{ facility: 24 }, 'facility', /^must be 1 to 23$/],
      [{ categories: ['Nonsense'] }, 'categories', /^must be 'all' or names of the catalogue$/],
      [{ categories: [] }, 'categories', /must/],
      [{ enabled: 'yes' }, 'enabled', /^must be true or false$/],
      [{}, 'body', /^must change something$/],
    ];
    for (const [body, field, message] of cases) {
      const { status, fields } = await failure(administrator, 'PATCH', path, body);
      assert.equal(status, 400, JSON.stringify(body));
      assert.match(fields?.[field] ?? '', message);
    }
  });

  it('are not switched on in an edition that has no Events API', async () => {
    const other = await signIn(service, 'boss@small.example.com');
    const small = '/tenants/small/export-settings';
    const { allowedByEdition } = await other.ask(
      'GET /tenants/:tenant/export-settings',
      undefined,
      small,
    );
    assert.equal(allowedByEdition, false);
    const refused = await failure(other, 'PATCH', small, { enabled: true });
    assert.deepEqual(
      [refused.status, refused.message],
      [403, 'the edition Business has no Events API; Elite and Elite Plus have it'],
    );
    assert.equal((await other.send('PATCH', small, { facility: 5 })).status, 200);
  });
});

describe('the access token', () => {
  const path = '/tenants/acme/token';

  it('is created, copied while it is valid, and ends', async () => {
    const none = await administrator.ask('GET /tenants/:tenant/token', undefined, path);
    assert.equal(none.token, null);
    assert.equal((await failure(administrator, 'GET', `${path}/value`)).status, 404);
    const { token } = await administrator.ask('POST /tenants/:tenant/token', { days: 30 }, path);
    assert.deepEqual(
      [token.email, token.state, token.expiresAtMs - token.createdAtMs, token.lastUsedAtMs],
      ['boss@acme.example.com', 'valid', 30 * dayMs, null],
    );
    const { value } = await administrator.ask(
      'GET /tenants/:tenant/token/value',
      undefined,
      `${path}/value`,
    );
    assert.ok(await service.directory.authenticateToken('boss@acme.example.com', value));
    assert.equal((await auditedActions())[0], 'boss@acme.example.com copied a token');
    await administrator.ask('DELETE /tenants/:tenant/token', undefined, path);
    const ended = await administrator.ask('GET /tenants/:tenant/token', undefined, path);
    assert.equal(ended.token?.state, 'revoked');
    assert.equal((await failure(administrator, 'GET', `${path}/value`)).status, 404);
  });

  it('lives 1 to 365 days', async () => {
    for (const days of [0, 366, 1.5, '30', undefined]) {
      const { status, fields } = await failure(administrator, 'POST', path, { days });
      assert.deepEqual([status, fields], [400, { days: 'must be 1 to 365' }]);
    }
  });

  it('is never shown to a viewer or an operator, nor made by them', async () => {
    for (const visitor of [viewer, operator]) {
      assert.equal((await visitor.send('GET', `${path}/value`)).status, 403);
      assert.equal((await visitor.send('POST', path, { days: 1 })).status, 403);
    }
    const seen = await viewer.ask('GET /tenants/:tenant/token', undefined, path);
    assert.equal(seen.token, null);
  });

  it('is listed without its value, with its last use', async () => {
    await service.directory.changeExportSettings('acme', { enabled: true }, { name: 'test' });
    const headers = { authorization: tenant.basic };
    await service.app.request('/api/events/v1?format=CEF', { headers });
    const response = await viewer.send('GET', '/tenants/acme/tokens');
    const text = await response.text();
    assert.ok(!text.includes(tenant.token));
    const { tokens } = await viewer.ask(
      'GET /tenants/:tenant/tokens',
      undefined,
      '/tenants/acme/tokens',
    );
    const own = tokens.find(({ email }) => email === tenant.email);
    assert.deepEqual([own?.state, own?.lastUsedAtMs], ['valid', service.clock.nowMs()]);
  });
});

describe('API clients', () => {
  const path = '/tenants/acme/api-clients';

  it('are created with a secret that is shown once, and revoked', async () => {
    const created = await administrator.ask(
      'POST /tenants/:tenant/api-clients',
      { name: 'nightly' },
      path,
    );
    const { clientId } = created.apiClient;
    assert.ok(await service.directory.authenticateApiClient(clientId, created.secret));
    const text = await (await viewer.send('GET', path)).text();
    assert.ok(text.includes(clientId) && !text.includes(created.secret));
    await administrator.ask(
      'DELETE /tenants/:tenant/api-clients/:clientId',
      undefined,
      `${path}/${clientId}`,
    );
    assert.equal((await failure(administrator, 'DELETE', `${path}/${clientId}`)).status, 404);
  });

  it('need a name', async () => {
    const { fields } = await failure(administrator, 'POST', path, { name: ' ' });
    assert.match(fields?.['name'] ?? '', /^must be 1 to 200 printable/);
  });

  it('of another tenant are out of reach', async () => {
    const other = await service.directory.createApiClient('small', 'x', { name: 'test' });
    assert.equal((await failure(administrator, 'DELETE', `${path}/${other.clientId}`)).status, 404);
    assert.equal((await administrator.send('GET', '/tenants/small/api-clients')).status, 403);
  });
});
