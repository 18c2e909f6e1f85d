import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Secret as OtpSecret, TOTP } from 'otpauth';
import {
  ConsoleVisitor,
  createPerson,
  signIn,
  testPassword,
} from '../../testing/console-visitor.ts';
import { openTestService } from '../../testing/export-service.ts';
import type { TestService } from '../../testing/export-service.ts';
import type { ConsoleFailure } from './api-types.ts';

const dana = 'dana@example.com';
const actor = { name: 'test' };
const cookieName = '__Host-tailrace-session';

async function serviceWithDana(
  options: Parameters<typeof openTestService>[0] = {},
): Promise<TestService> {
  const service = await openTestService(options);
  await service.createTenant('acme');
  await createPerson(service, dana, 'administrator', 'acme');
  return service;
}

async function failure(response: Response): Promise<ConsoleFailure> {
  const body: ConsoleFailure = JSON.parse(await response.text());
  return body;
}

function attempt(visitor: ConsoleVisitor, email: string, password: string, code?: string) {
  return visitor.send('POST', '/sign-in', { email, password, ...(code && { code }) });
}

describe('signing in', () => {
  it('gives a session that the page cannot read and no other site can use', async () => {
    await using service = await serviceWithDana();
    const visitor = new ConsoleVisitor(service);
    const response = await attempt(visitor, ' DANA@example.com ', testPassword);
    assert.deepEqual(await response.json(), { state: 'signed-in' });
    const [cookie = ''] = response.headers.getSetCookie();
    const attributes = cookie.split('; ').slice(1).toSorted();
    assert.deepEqual(attributes, [
      'HttpOnly',
      'Max-Age=604800',
      'Path=/',
      'SameSite=Lax',
      'Secure',
    ]);
    const session = await visitor.ask('GET /session');
    assert.deepEqual(
      [session.email, session.role, session.tenant?.id, session.secondFactor, session.hasPassword],
      [dana, 'administrator', 'acme', 'none', true],
    );
  });

  it('says the same for a wrong password, an unknown address and a disabled tenant', async () => {
    await using service = await serviceWithDana();
    await service.createTenant('globex');
    await createPerson(service, 'gone@example.com', 'viewer', 'globex');
    await service.directory.setTenantEnabled('globex', false, actor);
    const answers = new Set<string>();
    for (const [email, password] of [
      [dana, 'wrong password'],
      ['nobody@example.com', testPassword],
      ['gone@example.com', testPassword],
      ['no address', testPassword],
    ] as const) {
      const response = await attempt(new ConsoleVisitor(service), email, password);
      assert.equal(response.headers.getSetCookie().length, 0);
      answers.add(`${response.status} ${JSON.stringify(await failure(response))}`);
    }
    assert.equal(answers.size, 1, [...answers].join('\n'));
    assert.match([...answers][0] ?? '', /^401 /);
  });

  it('never takes over a session value that a browser brings along', async () => {
    await using service = await serviceWithDana();
    const planted = `trse_${'A'.repeat(43)}`;
    const visitor = new ConsoleVisitor(service);
    visitor.cookie = `${cookieName}=${planted}`;
    await attempt(visitor, dana, testPassword);
    assert.ok(!visitor.cookie.includes(planted));
    const first = visitor.cookie;
    await attempt(visitor, dana, testPassword);
    assert.notEqual(visitor.cookie, first);
    const old = new ConsoleVisitor(service);
    old.cookie = first;
    assert.equal((await old.send('GET', '/session')).status, 401, 'the old one ends');
  });

  it('locks out who guesses, longer and longer, and lets the right one in afterwards', async () => {
    const rateLimits = { failuresBeforeLockout: 3, lockoutMax: '1m' };
    await using service = await serviceWithDana({ rateLimits, trustProxy: ['127.0.0.1'] });
    const guesser = new ConsoleVisitor(service);
    guesser.headers = { ...guesser.headers, 'x-forwarded-for': '127.0.0.9' };
    for (let guess = 0; guess < 3; guess += 1) {
      assert.equal((await attempt(guesser, dana, `wrong ${guess}`)).status, 401);
    }
    const waits: number[] = [];
    for (let guess = 0; guess < 9; guess += 1) {
      const response = await attempt(guesser, dana, testPassword);
      assert.equal(response.status, 429, 'the right password too');
      assert.equal((await failure(response)).retryable, true);
      const seconds = Number(response.headers.get('retry-after'));
      waits.push(seconds);
      service.clock.advance(seconds * 1000);
      assert.equal((await attempt(guesser, dana, 'wrong again')).status, 401);
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    service.clock.advance(60_000);
    await signIn(service, dana);
  });

  it('does not let attempts at the same time outrun the lockout', async () => {
    await using service = await serviceWithDana({ rateLimits: { failuresBeforeLockout: 3 } });
    const attempts = Array.from({ length: 20 }, (_, index) =>
      attempt(new ConsoleVisitor(service), dana, `guess ${index}`),
    );
    const statuses = (await Promise.all(attempts)).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 401).length, 2, statuses.join(' '));
    assert.equal(statuses.filter((status) => status === 429).length, 18);
  });

  it('asks for the second factor after the password, and takes each code once', async () => {
    await using service = await serviceWithDana({ rateLimits: { failuresBeforeLockout: 3 } });
    const visitor = await signIn(service, dana);
    const wrong = await visitor.send('POST', '/me/totp', { password: 'wrong password' });
    assert.deepEqual((await failure(wrong)).fields, { password: 'is wrong' });
    const { secret, uri } = await visitor.ask('POST /me/totp', { password: testPassword });
    assert.equal(
      uri,
      `otpauth://totp/Tailrace:dana%40example.com?secret=${secret}&issuer=Tailrace`,
    );
    const code = () =>
      new TOTP({ secret: OtpSecret.fromBase32(secret) }).generate({
        timestamp: service.clock.nowMs(),
      });
    const bad = await visitor.send('POST', '/me/totp/confirm', { code: '12345' });
    assert.deepEqual((await failure(bad)).fields, { code: 'is wrong or too old' });
    const { recoveryCodes } = await visitor.ask('POST /me/totp/confirm', { code: code() });
    service.clock.advance(30_000);

    const other = new ConsoleVisitor(service);
    const first = await attempt(other, dana, testPassword);
    assert.deepEqual(await first.json(), { state: 'code-needed' });
    assert.equal(other.cookie, '', 'no session yet');
    assert.equal((await attempt(other, dana, 'wrong password', code())).status, 401);
    assert.equal((await attempt(other, dana, testPassword, code())).status, 200);
    assert.equal((await other.ask('GET /session')).secondFactor, 'totp');
    assert.equal((await attempt(other, dana, testPassword, code())).status, 401, 'used');
    assert.equal((await attempt(other, dana, testPassword, recoveryCodes[0])).status, 200);
    assert.equal((await other.ask('GET /session')).recoveryCodesLeft, 9);

    for (let guess = 0; guess < 3; guess += 1) {
      assert.equal((await attempt(other, dana, testPassword, '000000')).status, 401);
    }
    const locked = await attempt(other, dana, testPassword, recoveryCodes[1]);
    assert.equal(locked.status, 429, 'codes are not to be guessed either');
  });

  it('is refused over plain HTTP from elsewhere, and allowed over HTTPS', async () => {
    await using service = await serviceWithDana({ trustProxy: ['127.0.0.1'] });
    const visitor = new ConsoleVisitor(service);
    visitor.headers = { ...visitor.headers, 'x-forwarded-for': '192.0.2.9' };
    const refused = await attempt(visitor, dana, testPassword);
    assert.equal(refused.status, 403);
    assert.match((await failure(refused)).message, /needs HTTPS/);
    visitor.headers = { ...visitor.headers, 'x-forwarded-proto': 'https' };
    assert.equal((await attempt(visitor, dana, testPassword)).status, 200);
  });

  it('stands in the audit trail with its address, when it fails too', async () => {
    await using service = await serviceWithDana();
    await attempt(new ConsoleVisitor(service), dana, 'wrong password');
    await signIn(service, dana);
    const { entries } = await service.directory.auditPage({
      tenant: 'acme',
      kind: 'sign-ins',
      limit: 10,
    });
    const seen = entries.map(({ action, actor: { name, address }, outcome }) =>
      [action, name, address, outcome].join('|'),
    );
    assert.deepEqual(seen.toSorted(), [
      `could not sign in|${dana}|127.0.0.1|failure`,
      `signed in|${dana}|127.0.0.1|success`,
    ]);
  });

  it('says which ways there are', async () => {
    await using service = await serviceWithDana();
    const visitor = new ConsoleVisitor(service);
    const methods = { password: true, oidc: null, setUpNeeded: true };
    assert.deepEqual(await visitor.ask('GET /sign-in-methods'), methods);
    await createPerson(service, 'root@example.com', 'operator');
    assert.equal((await visitor.ask('GET /sign-in-methods')).setUpNeeded, false);
  });

  it('writes no password, code or session into the log', async () => {
    await using service = await serviceWithDana();
    const visitor = await signIn(service, dana);
    await attempt(visitor, 'a secret in the wrong field', 'the other secret');
    await visitor.send('POST', '/invitations/look', { code: 'trin_secretCode' });
    const log = service.logLines.join('\n');
    assert.ok(log.includes('/console/api/sign-in'));
    for (const secret of [
      testPassword,
      'wrong field',
      'other secret',
      'secretCode',
      visitor.cookie.split('=')[1] ?? '',
    ]) {
      assert.ok(secret !== '' && !log.includes(secret), `the log holds ${secret}`);
    }
  });
});

describe('an invitation', () => {
  it('sets the first operator up, who invites the others', async () => {
    await using service = await openTestService();
    await service.createTenant('acme');
    const { code } = await service.directory.inviteFirstOperator(actor);
    const visitor = new ConsoleVisitor(service);
    const look = await visitor.ask('POST /invitations/look', { code: code.reveal() });
    assert.deepEqual([look.role, look.emailWanted, look.tenantTitle], ['operator', true, null]);
    const set = { code: code.reveal(), password: testPassword };
    await visitor.ask('POST /invitations/accept', { ...set, email: 'root@example.com' });
    assert.equal((await visitor.ask('GET /session')).role, 'operator');

    const invited = await visitor.ask(
      'POST /tenants/:tenant/people',
      { email: dana, role: 'viewer' },
      '/tenants/acme/people',
    );
    assert.equal(invited.person.state, 'invited');
    const { origin, pathname, hash } = new URL(invited.invitation.url);
    assert.deepEqual([origin, pathname], ['http://localhost', '/setup']);
    const guest = new ConsoleVisitor(service);
    const theirs = await guest.ask('POST /invitations/look', { code: hash.slice(1) });
    assert.deepEqual(
      [theirs.email, theirs.role, theirs.tenantTitle, theirs.emailWanted],
      [dana, 'viewer', 'acme', false],
    );
    const short = { code: hash.slice(1), password: 'elevenchars' };
    const refused = await guest.send('POST', '/invitations/accept', short);
    assert.deepEqual(Object.keys((await failure(refused)).fields ?? {}), ['password']);
    await guest.ask('POST /invitations/accept', { ...short, password: testPassword });
    assert.equal((await guest.ask('GET /session')).email, dana);
    const again = await guest.send('POST', '/invitations/look', { code: hash.slice(1) });
    assert.equal(again.status, 404);
  });
});
