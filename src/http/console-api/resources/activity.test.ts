import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createPerson, signIn } from '../../../testing/console-visitor.ts';
import type { ConsoleVisitor } from '../../../testing/console-visitor.ts';
import { openTestService } from '../../../testing/export-service.ts';
import type { TestService } from '../../../testing/export-service.ts';
import type { ActivityPage } from '../api-types.ts';

const path = '/tenants/acme/activity';

let service: TestService;
let viewer: ConsoleVisitor;
let operator: ConsoleVisitor;

before(async () => {
  service = await openTestService();
  const { basic } = await service.createTenant('acme');
  await service.createTenant('globex');
  await createPerson(service, 'viewer@acme.example.com', 'viewer', 'acme');
  await createPerson(service, 'operator@example.com', 'operator');
  const headers = { authorization: basic };
  for (let count = 0; count < 3; count += 1) {
    await service.app.request('/api/events/v1?format=CEF', { headers });
  }
  await service.directory.createApiClient('acme', '=cmd|calc', { name: '@evil' });
  viewer = await signIn(service, 'viewer@acme.example.com');
  operator = await signIn(service, 'operator@example.com');
});
after(() => service[Symbol.asyncDispose]());

async function page(query: string, visitor = viewer, at = path): Promise<ActivityPage> {
  const response = await visitor.send('GET', `${at}?${query}`);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const answer: ActivityPage = JSON.parse(text);
  return answer;
}

describe('activity', () => {
  it('shows pulls, changes and sign-ins, newest first', async () => {
    const { entries } = await page('');
    const ids = entries.map(({ id }) => id);
    assert.deepEqual(
      ids,
      ids.toSorted((one, other) => other - one),
    );
    const pull = entries.find(({ kind }) => kind === 'pulls');
    assert.deepEqual(
      [pull?.actor, pull?.address, pull?.outcome],
      ['admin@acme.example.com', '127.0.0.1', 'success'],
    );
    // An API Login of the first may stand in the stream before the last asks.
    assert.match(pull?.detail ?? '', /^events-api\/v1: status 200, [01] events$/);
    assert.ok(entries.every(({ tenant }) => tenant === 'acme'));
  });

  it('is filtered, and comes in pages', async () => {
    const first = await page('kind=pulls&limit=2');
    assert.equal(first.entries.length, 2);
    const second = await page(`kind=pulls&limit=2&before=${first.next}`);
    assert.deepEqual([second.entries.length, second.next], [1, null]);
    const evil = await page('actor=EVIL');
    assert.deepEqual(
      evil.entries.map(({ action }) => action),
      ['created an API client'],
    );
    assert.deepEqual((await page('outcome=failure')).entries, []);
  });

  it('tells pulls that nothing came between as one, where that is asked for', async () => {
    const { entries, next } = await page('folded=true');
    assert.equal(next, null);
    const pulls = entries.filter(({ kind }) => kind === 'pulls');
    assert.deepEqual(
      pulls.map((pull) => pull.pulls?.count),
      [3],
    );
    assert.ok(entries.some(({ kind, pulls: told }) => kind === 'changes' && told === null));
    const plain = await page('');
    assert.equal(plain.entries.length, entries.length + 2);
    assert.ok(plain.entries.every((entry) => entry.pulls === null));
  });

  it('comes in folded pages too, without a hole', async () => {
    const plain = await page('limit=500');
    let told = 0;
    let place = '';
    for (let pages = 0; ; pages += 1) {
      assert.ok(pages < 20);
      // oxlint-disable-next-line no-await-in-loop -- each answer says where the next one begins
      const { entries, next } = await page(`folded=true&limit=1${place}`);
      assert.equal(entries.length, 1);
      told += entries.reduce((sum, { pulls }) => sum + (pulls?.count ?? 1), 0);
      if (next === null) break;
      place = `&before=${next}`;
    }
    assert.equal(told, plain.entries.length);
  });

  it('says what people call the credential that pulled', async () => {
    const actor = { name: 'admin@acme.example.com' };
    const { clientId } = await service.directory.createApiClient('acme', 'night collector', actor);
    const pull = { tenant: 'acme', api: 'events-api/v2', status: 200, events: 1 };
    const atMs = service.clock.nowMs();
    service.directory.recordPull({ ...pull, actor: { name: clientId }, atMs });
    const [entry] = (await page(`actor=${clientId}`)).entries;
    assert.deepEqual([entry?.actor, entry?.actorTitle], [clientId, 'night collector']);
    const [other] = (await page('kind=pulls&actor=admin@acme')).entries;
    assert.equal(other?.actorTitle, null);
  });

  it('refuses what is no filter', async () => {
    for (const query of [
      'folded=perhaps',
      'kind=secrets',
      'limit=501',
      'outcome=maybe',
      'tenant=globex',
    ]) {
      assert.equal((await viewer.send('GET', `${path}?${query}`)).status, 400, query);
    }
  });

  it('is downloaded as CSV, without formulas', async () => {
    const response = await viewer.send('GET', `${path}/download?actor=evil`);
    assert.match(
      response.headers.get('content-disposition') ?? '',
      /^attachment; filename="acme-activity-\d{8}T\d{6}Z\.csv"$/,
    );
    const [head, record] = (await response.text()).split('\r\n');
    assert.equal(head, 'time (UTC),actor,address,action,detail,outcome,kind');
    assert.match(record ?? '', /^2026-11-21T00:00:00\.000Z,'@evil,,created an API client,/);
    const all = await (await viewer.send('GET', `${path}/download`)).text();
    assert.equal(all.trimEnd().split('\r\n').length, (await page('')).entries.length + 1);
  });

  it('of every tenant is downloaded with whose it is, by the operator', async () => {
    const at = '/operator/activity/download';
    const response = await operator.send('GET', `${at}?actor=evil`);
    assert.match(
      response.headers.get('content-disposition') ?? '',
      /^attachment; filename="activity-\d{8}T\d{6}Z\.csv"$/,
    );
    const [head, record] = (await response.text()).split('\r\n');
    assert.equal(head, 'time (UTC),tenant,actor,address,action,detail,outcome,kind');
    assert.match(record ?? '', /^2026-11-21T00:00:00\.000Z,acme,'@evil,,created an API client,/);
    const globex = await (await operator.send('GET', `${at}?tenant=globex`)).text();
    const records = globex.trimEnd().split('\r\n').slice(1);
    assert.ok(records.length > 0);
    assert.ok(records.every((line) => line.split(',')[1] === 'globex'));
    assert.equal((await operator.send('GET', `${at}?limit=1`)).status, 400);
    assert.equal((await viewer.send('GET', at)).status, 403);
  });

  it('of every tenant is for the operator', async () => {
    const everybody = await page('', operator, '/operator/activity');
    const tenants = new Set(everybody.entries.map(({ tenant }) => tenant));
    assert.ok(tenants.has('acme') && tenants.has('globex'));
    const one = await page('tenant=globex', operator, '/operator/activity');
    assert.ok(one.entries.every(({ tenant }) => tenant === 'globex'));
    assert.equal((await viewer.send('GET', '/operator/activity')).status, 403);
    assert.equal((await operator.send('GET', path)).status, 403);
    assert.equal((await viewer.send('GET', '/tenants/globex/activity')).status, 403);
  });
});
