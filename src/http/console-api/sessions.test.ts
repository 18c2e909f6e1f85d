import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ConsoleVisitor,
  createPerson,
  signIn,
  testPassword,
} from '../../testing/console-visitor.ts';
import { openTestService } from '../../testing/export-service.ts';
import type { TestService } from '../../testing/export-service.ts';

const dana = 'dana@example.com';
const hourMs = 3_600_000;

async function serviceWithDana(
  options: Parameters<typeof openTestService>[0] = {},
): Promise<TestService> {
  const service = await openTestService(options);
  await service.createTenant('acme');
  await createPerson(service, dana, 'administrator', 'acme');
  return service;
}

async function isIn(visitor: ConsoleVisitor): Promise<boolean> {
  return (await visitor.send('GET', '/session')).status === 200;
}

describe('a session', () => {
  it('ends by itself as configured', async () => {
    await using service = await serviceWithDana({
      console: { idleLife: '2h', sessionLife: '5h' },
    });
    const visitor = await signIn(service, dana);
    const idle = await signIn(service, dana);
    const startMs = service.clock.nowMs();
    assert.equal((await visitor.ask('GET /session')).expiresAtMs, startMs + 2 * hourMs);
    for (let passed = 1; passed < 5; passed += 1) {
      service.clock.advance(hourMs);
      assert.ok(await isIn(visitor), `after ${passed} h`);
    }
    assert.equal((await visitor.ask('GET /session')).expiresAtMs, startMs + 5 * hourMs);
    assert.ok(!(await isIn(idle)));
    service.clock.advance(hourMs);
    assert.ok(!(await isIn(visitor)));
  });

  it('is listed with its browser, and ended one by one, all at once or by a new password', async () => {
    await using service = await serviceWithDana();
    const [one, two, three] = [
      await signIn(service, dana),
      await signIn(service, dana),
      await signIn(service, dana),
    ];
    const { sessions } = await one.ask('GET /sessions');
    assert.deepEqual(
      sessions.map(({ current, address }) => `${current} ${address}`).toSorted(),
      [false, false, true].map((current) => `${current} 127.0.0.1`),
    );
    const mine = await two.ask('GET /sessions');
    const twos = mine.sessions.find(({ current }) => current);
    assert.ok(twos);
    await one.ask('DELETE /sessions/:sessionId', undefined, `/sessions/${twos.sessionId}`);
    assert.ok(!(await isIn(two)));
    const gone = await one.send('DELETE', `/sessions/${twos.sessionId}`);
    assert.equal(gone.status, 404);

    const change = { current: testPassword, next: 'an even better password' };
    assert.equal(
      (await one.send('POST', '/me/password', { ...change, current: 'wrong password' })).status,
      400,
    );
    const { entries } = await service.directory.auditPage({ outcome: 'failure', limit: 10 });
    assert.deepEqual(
      entries.map(({ actor, detail, kind }) => [actor, detail, kind]),
      [[{ name: dana, address: '127.0.0.1' }, 'wrong password in an open session', 'sign-ins']],
    );
    await one.ask('POST /me/password', change);
    assert.deepEqual([await isIn(one), await isIn(three)], [true, false]);

    const four = await signIn(service, dana, change.next);
    await four.ask('POST /sign-out-everywhere');
    assert.deepEqual([await isIn(one), await isIn(four), four.cookie], [false, false, '']);
    const five = await signIn(service, dana, change.next);
    const value = five.cookie;
    await five.ask('POST /sign-out');
    assert.equal(five.cookie, '');
    five.cookie = value;
    assert.ok(!(await isIn(five)), 'the value itself is dead');
  });

  it('of one person is not another one’s to end', async () => {
    await using service = await serviceWithDana();
    await createPerson(service, 'lee@example.com', 'viewer', 'acme');
    const [danas, lees] = [await signIn(service, dana), await signIn(service, 'lee@example.com')];
    const [session] = (await danas.ask('GET /sessions')).sessions;
    const ended = await lees.send('DELETE', `/sessions/${session?.sessionId ?? ''}`);
    assert.equal(ended.status, 404);
    assert.ok(await isIn(danas));
  });

  it('ends when its person is removed, demoted or the tenant disabled', async () => {
    await using service = await serviceWithDana();
    const { directory } = service;
    const actor = { name: 'test' };
    const demoted = await signIn(service, dana);
    await directory.changeRole('acme', dana, 'viewer', actor);
    assert.ok(!(await isIn(demoted)));
    const disabled = await signIn(service, dana);
    await directory.setTenantEnabled('acme', false, actor);
    assert.ok(!(await isIn(disabled)));
    await directory.setTenantEnabled('acme', true, actor);
    assert.ok(await isIn(disabled));
    await directory.removePerson('acme', dana, actor);
    assert.ok(!(await isIn(disabled)));
  });
});

async function statusOf(
  service: TestService,
  visitor: ConsoleVisitor,
  headers: Record<string, string>,
): Promise<number> {
  const response = await service.app.request('/console/api/sign-out-everywhere', {
    method: 'POST',
    headers: { ...headers, cookie: visitor.cookie },
  });
  return response.status;
}

describe('a change', () => {
  it('must come from the console’s own page', async () => {
    await using service = await serviceWithDana({ publicUrl: 'https://export.example.com' });
    const visitor = await signIn(service, dana);
    for (const headers of [
      {},
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: 'http://localhost' },
      { 'sec-fetch-site': 'none' },
      { origin: 'https://evil.example.com' },
      { origin: 'null' },
      { origin: 'https://localhost' },
    ]) {
      assert.equal(await statusOf(service, visitor, headers), 403, JSON.stringify(headers));
    }
    assert.ok(await isIn(visitor));
    for (const headers of [
      { 'sec-fetch-site': 'same-origin' },
      { origin: 'http://localhost' },
      { origin: 'https://export.example.com' },
    ]) {
      const another = await signIn(service, dana);
      assert.equal(await statusOf(service, another, headers), 200, JSON.stringify(headers));
    }
  });

  it('is JSON of a known shape and at most 64 KiB', async () => {
    await using service = await serviceWithDana();
    const visitor = await signIn(service, dana);
    const send = (body: string, contentType: string) =>
      service.app.request('/console/api/me/password', {
        method: 'POST',
        body,
        headers: {
          'sec-fetch-site': 'same-origin',
          'content-type': contentType,
          cookie: visitor.cookie,
        },
      });
    assert.equal((await send('{}', 'text/plain')).status, 415);
    assert.equal((await send('current=x', 'application/x-www-form-urlencoded')).status, 415);
    assert.equal((await send('{', 'application/json')).status, 400);
    assert.equal((await send('null', 'application/json')).status, 400);
    const large = JSON.stringify({ current: 'x'.repeat(70_000), next: 'y' });
    assert.equal((await send(large, 'application/json')).status, 413);
    const odd = { current: testPassword, next: 'a new long password', admin: true };
    assert.equal((await send(JSON.stringify(odd), 'application/json; charset=utf-8')).status, 400);
    assert.equal(
      (await service.app.request('/console/api/session', { method: 'POST' })).status,
      405,
    );
    assert.equal((await service.app.request('/console/api/nothing')).status, 404);
  });
});

describe('people', () => {
  it('are added, invited again and removed by administrators, but never by themselves', async () => {
    await using service = await serviceWithDana();
    const visitor = await signIn(service, dana);
    const people = '/tenants/acme/people';
    const lee = { email: 'lee@example.com', role: 'viewer' };
    await visitor.ask('POST /tenants/:tenant/people', lee, people);
    assert.equal((await visitor.send('POST', people, lee)).status, 409);
    assert.equal((await visitor.send('POST', people, { ...lee, role: 'operator' })).status, 400);
    const listed = await visitor.ask('GET /tenants/:tenant/people', undefined, people);
    assert.deepEqual(
      listed.people.map(({ email, state }) => [email, state]),
      [
        ['admin@acme.example.com', 'no-sign-in'],
        [dana, 'active'],
        ['lee@example.com', 'invited'],
      ],
    );
    const path = `${people}/${encodeURIComponent(lee.email)}`;
    const again = await visitor.send('POST', `${path}/invite`);
    assert.equal(again.status, 200);
    assert.equal((await visitor.send('DELETE', path)).status, 200);
    assert.equal((await visitor.send('DELETE', path)).status, 404);
    const oneself = await visitor.send(
      'DELETE',
      `${people}/${encodeURIComponent('DANA@example.com')}`,
    );
    assert.equal(oneself.status, 403);
    assert.ok(await isIn(visitor));
  });
});
