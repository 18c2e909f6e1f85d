/**
 * Goal: requests can go to any node. Method: two services on one PostgreSQL, with folders and memory of
 * their own; everything that is begun at one is gone on with at the other.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Secret } from '../../src/core/secret.ts';
import { ConsoleVisitor, createPerson, signIn } from '../../src/testing/console-visitor.ts';
import {
  basicAuthorization,
  openTestService,
  sampleBatch,
  type TestService,
  type TestTenant,
} from '../../src/testing/export-service.ts';
import { until } from '../../src/testing/until.ts';
import { createConnector } from '../../src/testing/test-connector.ts';
import {
  newSchemaName,
  postgresClusterSkip,
  startPostgres,
  type PostgresCluster,
} from '../../src/testing/postgres-cluster.ts';

const siem = '/wafportal/rest/siem/v1';

describe('two nodes on one PostgreSQL', { skip: postgresClusterSkip }, () => {
  let postgres: PostgresCluster;
  let one: TestService;
  let two: TestService;
  let acme: TestTenant;
  before(async () => {
    postgres = await startPostgres({ isDurable: false });
    const masterKey = new Secret(randomBytes(32).toString('base64'));
    const parts = { postgres: { url: postgres.url, schema: newSchemaName() }, masterKey };
    one = await openTestService({}, parts);
    two = await openTestService({}, parts);
    acme = await one.createTenant('acme');
    const categories = ['Backup And Restore']; // and no logins
    await two.directory.changeExportSettings('acme', { categories }, { name: 'test' });
    await ingest(two, 1, 'a');
  });
  after(async () => {
    await two?.[Symbol.asyncDispose]();
    await one?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  async function ingest(node: TestService, first: number, batch: string): Promise<unknown> {
    const headers = { authorization: acme.ingest, 'idempotency-key': batch };
    const request = { method: 'POST', body: sampleBatch(5, first), headers };
    return jsonOf(await node.app.request('/ingest/v1/acme/insync', request));
  }

  it('answer a batch that is repeated at the other one as before', async () => {
    const first = { ...Object(await ingest(one, 100, 'b')), repeated: true };
    assert.deepEqual(await ingest(two, 100, 'b'), first);
    assert.equal((await two.store.streamInfo('acme/insync'))?.headPosition, 10);
  });

  it("go on with each other's progress cookies, access tokens and trackers", async () => {
    const v1 = async (node: TestService, cookie: string) => {
      const headers = { authorization: acme.basic, cookie };
      const response = await node.app.request('/api/events/v1?limit=4', { headers });
      const [progress = ''] = response.headers.getSetCookie();
      return { numbers: numbersIn(await textOf(response)), cookie: progress.split(';')[0] ?? '' };
    };
    const first = await v1(one, '');
    const second = await v1(two, first.cookie);
    assert.deepEqual(
      [first.numbers, second.numbers],
      [
        [1, 2, 3, 4],
        [5, 100, 101, 102],
      ],
    );

    const login = basicAuthorization(acme.clientId, acme.clientSecret);
    const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'read' });
    const asked = { method: 'POST', body, headers: { authorization: login } };
    const token = String(Object(await jsonOf(await one.app.request('/token', asked))).access_token);
    const v2 = async (node: TestService, tracker: string) => {
      const query = new URLSearchParams({ format: 'JSON', pageSize: '4', tracker }).toString();
      const headers = { authorization: `Bearer ${token}` };
      const url = `/insync/eventmanagement/v2/events?${query}`;
      return textOf(await node.app.request(url, { headers }));
    };
    const page = await v2(two, '');
    const tracker = String(Object(JSON.parse(page)).tracker);
    const next = await v2(one, tracker);
    assert.deepEqual(numbersIn(page + next), [1, 2, 3, 4, 5, 100, 101, 102, 103, 104]);
  });

  it('wake who waits at one for what is appended at the other', async () => {
    const headers = { authorization: acme.basic };
    const url = '/streams/v1/insync?after=10&wait=20s';
    const waiting = Promise.resolve(one.app.request(url, { headers }));
    let isAnswered = false;
    void waiting.then(() => (isAnswered = true));
    await until(() => isAnswered || one.service.longPolls.size > 0);
    assert.ok(!isAnswered, 'it waits');
    await ingest(two, 200, 'c');
    assert.deepEqual(numbersIn(await textOf(await waiting)), [200, 201, 202, 203, 204]);
  });

  it('know the tokens of connectors that the other one has given', async () => {
    const connector = await createConnector(one.directory, 'acme', one.clock.nowMs());
    const request = { method: 'POST', headers: { authorization: connector.basic } };
    const answer = await jsonOf(await one.app.request(`${siem}/getAuthToken`, request));
    const token = JSON.stringify(answer).match(
      /"(?:access_?token|authToken|token)":"([^"]+)"/i,
    )?.[1];
    assert.ok(token, JSON.stringify(answer));
    const endTime = two.clock.nowMs();
    const window = JSON.stringify({ startTime: endTime - 60_000, endTime });
    const headers = { authorization: `Bearer ${token}` };
    const asked = { method: 'POST', headers, body: window };
    assert.equal((await two.app.request(`${siem}/getAttackInfo`, asked)).status, 200);
  });

  it('refuse at once what was revoked at the other', async () => {
    const headers = { authorization: acme.basic };
    const ask = async (node: TestService) =>
      (await node.app.request('/api/events/v1?limit=1', { headers })).status;
    assert.deepEqual([await ask(one), await ask(two)], [200, 200]);
    await two.directory.revokeToken('acme', acme.email, { name: 'test' });
    assert.deepEqual([await ask(one), await ask(two)], [401, 401]);
  });

  it("let people go on in a session of the other's, and end it for both", async () => {
    await createPerson(one, 'dana@acme.example.com', 'viewer', 'acme');
    const here = await signIn(one, 'dana@acme.example.com');
    const there = new ConsoleVisitor(two);
    there.cookie = here.cookie;
    assert.equal((await there.send('GET', '/session')).status, 200);
    assert.equal((await there.send('POST', '/sign-out')).status, 200);
    assert.equal((await here.send('GET', '/session')).status, 401);
  });
});

async function textOf(response: Response): Promise<string> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return text;
}

async function jsonOf(response: Response): Promise<unknown> {
  return JSON.parse(await textOf(response));
}

/** Of the events in an answer of whatever form. */
function numbersIn(text: string): readonly number[] {
  return [...text.matchAll(/event number (\d+)/g)].map(([, number]) => Number(number));
}
