import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ConsoleVisitor, createPerson } from '../../../testing/console-visitor.ts';
import { openTestService } from '../../../testing/export-service.ts';
import type { TestService } from '../../../testing/export-service.ts';
import { TestOpenIdProvider, testClient } from '../../../testing/openid-provider.ts';
import type { ProvidedClaims } from '../../../testing/openid-provider.ts';

const publicUrl = 'http://localhost';
const callback = '/console/api/oidc/callback';
const dana = 'dana@example.com';
const danas = { email: dana, email_verified: true };

type OidcInput = Partial<
  NonNullable<NonNullable<Parameters<typeof openTestService>[0]>['console']>['oidc']
>;

async function locationOf(response: Response): Promise<string> {
  assert.equal(response.status, 302, await response.text());
  return response.headers.get('location') ?? '';
}

describe('signing in through OpenID Connect', () => {
  let provider: TestOpenIdProvider;
  before(async () => {
    provider = await TestOpenIdProvider.start(publicUrl + callback);
  });
  after(() => provider[Symbol.asyncDispose]());

  async function serviceWith(oidc: OidcInput = {}): Promise<TestService> {
    const service = await openTestService({
      publicUrl,
      console: {
        oidc: {
          issuer: provider.issuer,
          clientId: testClient.clientId,
          clientSecret: { env: 'OIDC_SECRET' },
          title: 'Example ID',
          ...oidc,
        },
      },
    });
    await service.createTenant('acme');
    await createPerson(service, dana, 'viewer', 'acme');
    return service;
  }

  /** Where the browser is sent to in the end. */
  async function come(
    visitor: ConsoleVisitor,
    claims: ProvidedClaims,
    { login = 'somebody', returnTo = '' } = {},
  ): Promise<string> {
    const returned = await toProviderAndBack(visitor, claims, { login, returnTo });
    return locationOf(await visitor.send('GET', `/${returned}`));
  }

  async function toProviderAndBack(
    visitor: ConsoleVisitor,
    claims: ProvidedClaims,
    { login = 'somebody', returnTo = '' } = {},
  ): Promise<string> {
    const query = returnTo === '' ? '' : `?returnTo=${encodeURIComponent(returnTo)}`;
    const away = await locationOf(await visitor.send('GET', `/oidc/start${query}`));
    const back = new URL(await provider.visit(away, login, claims));
    assert.equal(back.origin + back.pathname, publicUrl + callback);
    return back.pathname + back.search;
  }

  it('lets in whose verified address somebody has added', async () => {
    await using service = await serviceWith();
    const visitor = new ConsoleVisitor(service);
    const { oidc } = await visitor.ask('GET /sign-in-methods');
    assert.deepEqual(oidc, { title: 'Example ID' });
    const claims = { ...danas, email: 'DANA@example.com' };
    assert.equal(await come(visitor, claims, { returnTo: '/events?text=x' }), '/events?text=x');
    assert.ok(!visitor.cookie.includes('oidc'), 'the departure is forgotten');
    const session = await visitor.ask('GET /session');
    assert.deepEqual(
      [session.email, session.role, session.secondFactor],
      [dana, 'viewer', 'provider'],
    );
    const { entries } = await service.directory.auditPage({ kind: 'sign-ins', limit: 1 });
    assert.match(entries[0]?.detail ?? '', /^through the OpenID provider/);
  });

  it('sends PKCE, state and nonce, and nobody to another site', async () => {
    await using service = await serviceWith();
    const visitor = new ConsoleVisitor(service);
    const away = new URL(await locationOf(await visitor.send('GET', '/oidc/start')));
    const query = Object.fromEntries(away.searchParams);
    assert.equal(query['code_challenge_method'], 'S256');
    assert.equal(query['redirect_uri'], publicUrl + callback);
    for (const name of ['code_challenge', 'state', 'nonce']) {
      assert.match(query[name] ?? '', /^[\w-]{43}$/);
    }
    const evil = [
      'https://evil.example.com/',
      '//evil.example.com',
      '/\\evil.example.com',
      '/\t/evil.example.com',
      '/.//evil.example.com',
      '/settings/..//evil.example.com',
      '/nowhere',
    ];
    for (const returnTo of evil) assert.equal(await come(visitor, danas, { returnTo }), '/');
  });

  it('lets in only the browser that left, once, within ten minutes', async () => {
    await using service = await serviceWith();
    const visitor = new ConsoleVisitor(service);
    const expired = '/sign-in?problem=expired';
    const back = await toProviderAndBack(visitor, danas);
    const other = new ConsoleVisitor(service);
    assert.equal(await locationOf(await other.send('GET', `/${back}`)), expired, 'another browser');

    const altered = new ConsoleVisitor(service);
    altered.cookie = visitor.cookie.replace('=', '=x');
    assert.equal(
      await locationOf(await altered.send('GET', `/${back}`)),
      expired,
      'altered cookie',
    );

    const { cookie } = visitor;
    assert.equal(await locationOf(await visitor.send('GET', `/${back}`)), '/');
    assert.equal(await locationOf(await visitor.send('GET', `/${back}`)), expired, 'a second time');
    const replay = new ConsoleVisitor(service);
    replay.cookie = cookie;
    const refused = '/sign-in?problem=refused';
    assert.equal(
      await locationOf(await replay.send('GET', `/${back}`)),
      refused,
      'the code is used',
    );
    assert.equal((await replay.send('GET', '/session')).status, 401);

    const late = new ConsoleVisitor(service);
    const lateBack = await toProviderAndBack(late, danas);
    service.clock.advance(600_000);
    assert.equal(await locationOf(await late.send('GET', `/${lateBack}`)), expired, 'too late');
  });

  it('refuses an answer with another state, another code or an error', async () => {
    await using service = await serviceWith();
    const refused = '/sign-in?problem=refused';
    for (const spoil of [
      (back: URL) => back.searchParams.set('state', 'x'.repeat(43)),
      (back: URL) => back.searchParams.set('code', 'x'.repeat(43)),
      (back: URL) => back.searchParams.set('iss', 'https://other.example.com'),
      (back: URL) => {
        back.searchParams.delete('code');
        back.searchParams.set('error', 'access_denied');
      },
    ]) {
      const visitor = new ConsoleVisitor(service);
      const back = new URL(await toProviderAndBack(visitor, danas), publicUrl);
      spoil(back);
      const response = await visitor.send('GET', `/${back.pathname}${back.search}`);
      assert.equal(await locationOf(response), refused);
      assert.equal((await visitor.send('GET', '/session')).status, 401);
    }
  });

  it('refuses addresses that are unknown, unverified, missing or of another domain', async () => {
    await using service = await serviceWith({ emailDomains: ['example.com'] });
    const visitor = new ConsoleVisitor(service);
    const unknown = { ...danas, email: 'nobody@example.com' };
    assert.equal(await come(visitor, unknown), '/sign-in?problem=unknown-person');
    for (const claims of [
      { ...danas, email_verified: false },
      { email: dana },
      { email_verified: true },
      { ...danas, email: 'dana@example.org' },
      { ...danas, email: 'dana@example.com@example.org' },
    ]) {
      assert.equal(await come(visitor, claims), '/sign-in?problem=refused', JSON.stringify(claims));
    }
    await service.directory.setTenantEnabled('acme', false, { name: 'test' });
    assert.equal(await come(visitor, danas), '/sign-in?problem=refused');
    const { entries } = await service.directory.auditPage({ outcome: 'failure', limit: 10 });
    assert.equal(entries.length, 7);
    assert.equal(visitor.cookie, '');
  });

  it("takes an address that only looks like somebody's for none", async () => {
    // The Kelvin sign's small letter is an ASCII k, the long s's capital an ASCII S.
    await using service = await serviceWith({ emailDomains: ['example.com'] });
    await createPerson(service, 'ken.stone@example.com', 'operator');
    for (const email of [
      '\u{212A}en.stone@example.com',
      'ken.\u{17F}tone@example.com',
      'ken\u{FF0E}stone@example.com',
      'ken.stone@example.com ',
      'ken.stone@example.com\0',
      '"ken.stone"@example.com',
    ]) {
      const visitor = new ConsoleVisitor(service);
      const at = await come(visitor, { email, email_verified: true });
      assert.equal(at, '/sign-in?problem=refused', JSON.stringify(email));
      assert.equal((await visitor.send('GET', '/session')).status, 401);
    }
    const visitor = new ConsoleVisitor(service);
    assert.equal(
      await come(visitor, { email: 'KEN.Stone@Example.com', email_verified: true }),
      '/',
    );
  });

  it('asks for the claims that are configured', async () => {
    await using service = await serviceWith({
      scopes: ['openid', 'email', 'groups'],
      requireClaims: { groups: 'siem' },
    });
    const visitor = new ConsoleVisitor(service);
    const refused = '/sign-in?problem=refused';
    assert.equal(await come(visitor, { ...danas, groups: ['other'] }), refused);
    assert.equal(await come(visitor, { ...danas, groups: ['other', 'siem'] }), '/');
  });

  it('adds people only where it is configured to', async () => {
    const createIn = { tenant: 'acme', role: 'viewer' } as const;
    await assert.rejects(serviceWith({ createIn }), /would add everybody/);
    await using service = await serviceWith({
      createIn,
      emailDomains: ['example.com'],
      trustUnverifiedEmail: true,
    });
    const visitor = new ConsoleVisitor(service);
    assert.equal(await come(visitor, { email: 'new@example.com' }), '/');
    const { email, role, tenant, hasPassword } = await visitor.ask('GET /session');
    assert.deepEqual(
      [email, role, tenant?.id, hasPassword],
      ['new@example.com', 'viewer', 'acme', false],
    );
    const password = await visitor.send('POST', '/me/totp', { password: 'x' });
    assert.equal(password.status, 403);
  });

  it('says so when the provider does not answer, and asks again the next time', async () => {
    await using service = await serviceWith();
    const visitor = new ConsoleVisitor(service);
    provider.isDown = true;
    const response = await visitor.send('GET', '/oidc/start');
    provider.isDown = false;
    assert.equal(await locationOf(response), '/sign-in?problem=unavailable');
    assert.equal(await come(visitor, danas), '/');
  });

  it('may be the only way in', async () => {
    await using service = await openTestService({
      console: {
        passwords: false,
        oidc: {
          issuer: provider.issuer,
          clientId: testClient.clientId,
          clientSecret: { env: 'OIDC_SECRET' },
        },
      },
    });
    await service.createTenant('acme');
    await createPerson(service, dana, 'viewer', 'acme');
    const visitor = new ConsoleVisitor(service);
    assert.equal((await visitor.ask('GET /sign-in-methods')).password, false);
    const body = { email: dana, password: 'correct horse battery' };
    assert.equal((await visitor.send('POST', '/sign-in', body)).status, 403);
  });

  it('is not there unless it is configured', async () => {
    await using service = await openTestService();
    const visitor = new ConsoleVisitor(service);
    assert.equal((await visitor.send('GET', '/oidc/start')).status, 404);
    assert.equal((await visitor.send('GET', '/oidc/callback?code=x')).status, 404);
  });
});
