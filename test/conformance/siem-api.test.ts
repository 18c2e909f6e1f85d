/**
 * AppTrana's SIEM API against its document, "SIEM Integration through API", sentence by sentence, and
 * against what customers' scripts do beyond it. Over real sockets, with the clients customers use.
 */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Registry } from 'prom-client';
import { fetch } from 'undici';
import { toStoredEvent } from '../../src/core/event.ts';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { appTranaGenerator } from '../../src/feeds/apptrana-generator.ts';
import { appTrana } from '../../src/feeds/apptrana.ts';
import { startServer } from '../../src/http/server.ts';
import type { RunningServer } from '../../src/http/server.ts';
import { basicAuthorization, openTestService } from '../../src/testing/export-service.ts';
import type { TestService } from '../../src/testing/export-service.ts';
import { connectorToken, createConnector } from '../../src/testing/test-connector.ts';
import type { TestConnector } from '../../src/testing/test-connector.ts';
import { sharedLines, skipWithout } from './shared-data.ts';

const run = promisify(execFile);
const fixtures = new URL('./fixtures/siem-api/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, fixtures), 'utf8');

const sample: { readonly websiteName: string; readonly attack: JsonObject } = JSON.parse(
  read('sample-attack.json'),
);
interface BadRequest {
  readonly title: string;
  readonly body?: JsonObject;
  readonly text?: string;
  readonly problems: readonly string[];
}
const { requests: badRequests }: { readonly requests: readonly BadRequest[] } = JSON.parse(
  read('bad-requests.json'),
);
const attackLines = sharedLines('attacks.ndjson');
const isRequired = process.env['TAILRACE_TEST_ALL'] === '1';

function skipUnless(program: string, args: readonly string[], name: string): false | string {
  const found = spawnSync(program, args);
  return found.status === 0 || isRequired ? false : `${name} is missing`;
}

const actor = { name: 'test' };
const dayMs = 86_400_000;
const windowMs = 300_000;
const unauthorisedBody = '{"errorMessages":["Unauthorised"]}';
const formType = { 'content-type': 'application/x-www-form-urlencoded' };
const makeAttack = appTranaGenerator(11);

interface Answer {
  readonly successMessage: string;
  readonly data: readonly {
    readonly websiteName: string;
    readonly attacks: readonly JsonObject[];
  }[];
}

const attackAt = (timeMs: number, requestId: string, more: JsonObject = {}): JsonObject => ({
  ...makeAttack(timeMs),
  requestId,
  ...more,
});

const secretsOf = ({ apiId, key }: TestConnector) => ({ client_id: apiId, client_secret: key });

async function tokenOf(answer: Promise<{ text(): Promise<string> }>): Promise<string> {
  const { access_token: token }: { access_token: string } = JSON.parse(await (await answer).text());
  return token;
}

async function attacksOf(asked: ReturnType<typeof fetch>): Promise<Answer> {
  const response = await asked;
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const answer: Answer = JSON.parse(text);
  assert.equal(answer.successMessage, 'Success');
  return answer;
}

const idsOf = ({ data }: Answer) =>
  data.flatMap(({ attacks }) => attacks.map(({ requestId }) => requestId));

async function refuses(
  asked: ReturnType<typeof fetch>,
  status: number,
  messages: readonly (string | RegExp)[],
): Promise<void> {
  const response = await asked;
  const text = await response.text();
  assert.equal(response.status, status, text);
  assert.equal(response.headers.get('content-type'), 'application/json');
  assert.equal(response.headers.get('location'), null);
  const body: { errorMessages: string[] } = JSON.parse(text);
  assert.deepEqual(Object.keys(body), ['errorMessages']);
  assert.equal(body.errorMessages.length, messages.length, text);
  for (const [index, message] of messages.entries()) {
    assert.match(body.errorMessages[index] ?? '', new RegExp(message));
  }
}

const from = (address: string) => ({ 'x-forwarded-for': address });

const runPython = async (script: string, ...args: readonly string[]): Promise<unknown> => {
  const path = fileURLToPath(new URL(script, fixtures));
  const { stdout } = await run('python3', [path, ...args]);
  return JSON.parse(stdout);
};

function inAnyOrder(attack: JsonObject): string {
  const names = Object.keys(attack).toSorted((one, other) => (one < other ? -1 : 1));
  return JSON.stringify(names.map((name) => [name, attack[name]]));
}

describe('AppTrana SIEM API', () => {
  let service: TestService;
  let server: RunningServer;
  let endMs: number;
  let names = 0;

  before(async () => {
    service = await openTestService({ trustProxy: ['127.0.0.1'] });
    const dependencies = { ...service.dependencies, metrics: new Registry() };
    server = await startServer(dependencies, service.options);
    endMs = service.clock.nowMs();
  });
  after(async () => {
    const closed = server.close(1);
    service.clock.advance(1);
    await closed;
    await service[Symbol.asyncDispose]();
  });

  const url = (path: string): string => `${server.url}/wafportal/rest/siem/v1/${path}`;

  async function newConnector(options: Parameters<typeof createConnector>[3] = {}) {
    const { id, ingest } = await service.createTenant(`customer-${(names += 1)}`);
    const connector = await createConnector(service.directory, id, endMs, options);
    return { ...connector, ingest };
  }
  async function append({ tenant }: TestConnector, attacks: readonly JsonObject[]): Promise<void> {
    const events = attacks.map((attack) => toStoredEvent(appTrana.readEvent(attack).event));
    await service.store.append({ stream: `${tenant}/apptrana`, events });
  }
  function authorize(clientId: string, more = '', headers: Record<string, string> = {}) {
    const query = new URLSearchParams({ client_id: clientId }).toString();
    const all = { 'content-type': 'application/json', ...headers };
    return fetch(`${url('authorize')}?${query}${more}`, { redirect: 'manual', headers: all });
  }
  async function codeFor({ apiId }: TestConnector): Promise<string> {
    const { status, headers } = await authorize(apiId);
    assert.equal(status, 302);
    return new URL(headers.get('location') ?? '').searchParams.get('code') ?? '';
  }
  function askToken(form: Record<string, string>, headers: Record<string, string> = {}) {
    const body = new URLSearchParams(form).toString();
    return fetch(url('getAuthToken'), {
      method: 'POST',
      body,
      headers: { ...formType, ...headers },
    });
  }
  /** The three ways to a token. */
  const tokenWays: Readonly<
    Record<string, (connector: TestConnector) => ReturnType<typeof askToken>>
  > = {
    'code in the form': async (connector) =>
      askToken({ ...secretsOf(connector), code: await codeFor(connector) }),
    client_credentials: (connector) =>
      askToken({ ...secretsOf(connector), grant_type: 'client_credentials' }),
    'Basic with an empty body': ({ basic }) => askToken({}, { authorization: basic }),
  };
  function ask(token: string, body: JsonValue, headers: Record<string, string> = {}) {
    return fetch(url('getAttackInfo'), {
      method: 'POST',
      body: JSON.stringify(body),
      headers: {
        'content-type': 'application/json',
        Authorisation: `Bearer ${token}`,
        ...headers,
      },
    });
  }
  const lastFiveMinutes = () => ({ startTime: `${endMs - windowMs}`, endTime: `${endMs}` });
  describe('connector registration', () => {
    it('takes a request and an approval, after which name, API ID and key are there', async () => {
      const { directory } = service;
      const { id } = await service.createTenant('registering');
      const wanted = { name: 'SOC', redirectUrl: 'https://siem.example.com/' };
      await directory.requestConnector(id, wanted, actor);
      assert.equal((await directory.connector(id, 'SOC')).approval, undefined);
      const { name, approval, keys, redirectUrl } = await directory.approveConnector(
        id,
        'SOC',
        {},
        actor,
      );
      assert.equal(name, 'SOC');
      assert.equal(redirectUrl, 'https://siem.example.com/');
      assert.match(approval?.apiId ?? '', /^APIKEY[A-Za-z0-9]{9}$/);
      assert.match(keys[0]?.value.reveal() ?? '', /^[A-Za-z0-9]{32}$/);
    });
  });

  describe('authorize', () => {
    it('sends a code in the query of the registered URL, and keeps what stands there', async () => {
      const redirects: readonly (readonly [registered: string, pattern: RegExp])[] = [
        ['https://siem.example.com', /^https:\/\/siem\.example\.com\/\?code=[\w-]{43}$/],
        ['https://siem.example.com/a?b=c%20d', /^https:\/\/siem\.example\.com\/a\?b=c%20d&code=/],
        ['http://127.0.0.1:9/?', /^http:\/\/127\.0\.0\.1:9\/\?code=[\w-]{43}$/],
      ];
      for (const [redirectUrl, pattern] of redirects) {
        const { apiId } = await newConnector({ redirectUrl });
        const response = await authorize(apiId);
        assert.equal(response.status, 302);
        assert.match(response.headers.get('location') ?? '', pattern);
        assert.equal(response.headers.get('cache-control'), 'no-store');
        assert.equal(await response.text(), '');
      }
    });

    it('never sends a code to a URL that the request names', async () => {
      const { apiId } = await newConnector();
      const more = ['redirect_uri', 'redirectUrl', 'redirection_url', 'next', 'state', 'code']
        .map((name) => `&${name}=${encodeURIComponent('https://evil.example.net/')}`)
        .join('');
      const host = { 'x-forwarded-host': 'evil.example.net', referer: 'https://evil.example.net/' };
      const location = (await authorize(apiId, more, host)).headers.get('location') ?? '';
      assert.match(location, /^https:\/\/siem\.example\.com\/callback\?site=1&code=[\w-]{43}$/);
    });

    it('answers 401 without a redirect for everybody else', async () => {
      const disabled = await newConnector();
      await service.directory.setConnectorEnabled(disabled.tenant, 'SIEM', false, actor);
      const { id } = await service.createTenant('asking');
      await service.directory.requestConnector(
        id,
        { name: 'asked', redirectUrl: 'https://siem.example.com/' },
        actor,
      );
      for (const clientId of [disabled.apiId, 'APIKEY', 'asked', '', "' OR 1=1 --"]) {
        const response = await authorize(clientId);
        assert.equal(response.status, 401, clientId);
        assert.equal(response.headers.get('location'), null);
        assert.equal(await response.text(), unauthorisedBody);
      }
      const without = await fetch(url('authorize'), { redirect: 'manual' });
      assert.equal(without.status, 401);
      assert.equal(await without.text(), unauthorisedBody);
    });
  });

  describe('getAuthToken', () => {
    for (const [way, getToken] of Object.entries(tokenWays)) {
      it(`issues by ${way} a token that is valid for 24 hours, and gives the same one again`, async () => {
        const connector = await newConnector();
        const startMs = service.clock.nowMs();
        const response = await getToken(connector);
        assert.equal(response.status, 200);
        assert.equal(response.headers.get('cache-control'), 'no-store');
        const text = await response.text();
        assert.match(
          text,
          /^\{"access_token":"[A-Za-z0-9]{32}","token_type":"Bearer","expires_in":86400\}$/,
        );
        const { access_token: token }: { access_token: string } = JSON.parse(text);
        service.clock.jumpTo(startMs + 112_000);
        const again = await (await getToken(connector)).text();
        assert.equal(again, text.replace('86400', '86288'));
        const until = { startTime: startMs + dayMs - windowMs, endTime: startMs + dayMs };
        service.clock.jumpTo(startMs + dayMs - 1);
        assert.deepEqual((await attacksOf(ask(token, until))).data, []);
        service.clock.jumpTo(startMs + dayMs);
        await refuses(ask(token, until), 401, [
          '^Unauthorised$',
          '^the access token .* has expired',
        ]);
        service.clock.jumpTo(startMs);
      });
    }

    it('answers 401 as documented for whatever is wrong with the credentials', async () => {
      const connector = await newConnector();
      const other = await newConnector();
      const used = await codeFor(connector);
      assert.equal((await askToken({ ...secretsOf(connector), code: used })).status, 200);
      const startMs = service.clock.nowMs();
      const expired = await codeFor(connector);
      service.clock.jumpTo(startMs + 600_000);
      const wrong: readonly Record<string, string>[] = [
        { ...secretsOf(connector), client_secret: other.key, grant_type: 'client_credentials' },
        { ...secretsOf(connector), client_id: 'APIKEY', grant_type: 'client_credentials' },
        { ...secretsOf(connector), code: used },
        { ...secretsOf(connector), code: expired },
        { ...secretsOf(connector), code: await codeFor(other) },
        { ...secretsOf(connector), code: '' },
        { ...secretsOf(other), client_id: connector.apiId, code: await codeFor(connector) },
        { client_id: connector.apiId, code: await codeFor(connector) },
        { grant_type: 'client_credentials' },
      ];
      for (const form of wrong) {
        const response = await askToken(form);
        assert.equal(response.status, 401, JSON.stringify(form));
        assert.equal(await response.text(), unauthorisedBody);
      }
      for (const basic of [
        basicAuthorization(connector.apiId, other.key),
        basicAuthorization(connector.apiId, ''),
        basicAuthorization('', connector.key),
      ]) {
        const response = await askToken({}, { authorization: basic });
        if (response.status !== 400) assert.equal(await response.text(), unauthorisedBody);
        assert.ok(response.status === 401 || response.status === 400);
      }
      service.clock.jumpTo(startMs);
    });

    it('ends the token of a code that is used a second time', async () => {
      const connector = await newConnector();
      const form = { ...secretsOf(connector), code: await codeFor(connector) };
      const token = await tokenOf(askToken(form));
      await attacksOf(ask(token, lastFiveMinutes()));
      await refuses(askToken(form), 401, ['^Unauthorised$']);
      await refuses(ask(token, lastFiveMinutes()), 401, ['^Unauthorised$', 'was ended$']);
    });

    it('says what is missing to whoever writes a client', async () => {
      const connector = await newConnector();
      await refuses(askToken(secretsOf(connector)), 400, ['^the form must hold client_id']);
      await refuses(askToken({}), 400, ['^the form must hold client_id']);
      const password = { ...secretsOf(connector), grant_type: 'password' };
      await refuses(askToken(password), 400, ['^grant_type must be client_credentials']);
      await refuses(fetch(url('getAuthToken')), 405, ['^method must be POST, got GET$']);
      await refuses(askToken({ code: 'x'.repeat(20_000) }), 413, ['^the body must be at most']);
    });

    it('lets nobody try keys for ever, and the customer in all the same', async () => {
      const connector = await newConnector();
      const good = (address: string) =>
        askToken({}, { authorization: connector.basic, 'x-forwarded-for': address });
      assert.equal((await good('192.0.2.1')).status, 200);
      const guess = () =>
        askToken(
          {},
          {
            authorization: basicAuthorization(connector.apiId, 'wrong'),
            'x-forwarded-for': '203.0.113.9',
          },
        );
      for (let attempt = 0; attempt < 10; attempt += 1) assert.equal((await guess()).status, 401);
      const limited = await guess();
      assert.ok(limited.headers.has('retry-after'));
      await refuses(Promise.resolve(limited), 429, ['^Too many wrong credentials']);
      assert.equal((await good('198.51.100.1')).status, 200);
    });
  });

  describe('getAttackInfo', () => {
    let common: TestConnector;
    before(async () => {
      common = await newConnector();
      await append(common, [attackAt(endMs - 1, 'r1')]);
    });

    it('answers the sample attack byte for byte, key for key', async () => {
      const connector = await newConnector({ siemEnabledAtMs: 0 });
      const timeMs = Date.parse('2019-01-11T05:54:02.091Z');
      const nowMs = service.clock.nowMs();
      service.clock.jumpTo(timeMs + 60_000);
      const { websiteName, attack } = sample;
      const posted = await fetch(`${server.url}/ingest/v1/${connector.tenant}/apptrana`, {
        method: 'POST',
        body: JSON.stringify({ ...attack, websiteName }),
        headers: { authorization: connector.ingest, 'content-type': 'application/json' },
      });
      assert.equal(posted.status, 200, await posted.text());
      const token = await connectorToken(service.directory, connector);
      const expected = `{"successMessage":"Success","data":[{"websiteName":"www.abc.com","attacks":[${JSON.stringify(attack)}]}]}`;
      // The page's own window, of exactly five minutes.
      const body = { startTime: '1547185800000', endTime: '1547186100000' };
      assert.equal(await (await ask(token, body)).text(), expected);
      const chosen = { ...body, websiteName: ' www.abc.com ', eventType: 'Log' };
      assert.equal(await (await ask(token, chosen)).text(), expected);
      const none = '{"successMessage":"Success","data":[]}';
      assert.equal(await (await ask(token, { ...chosen, eventType: 'Block' })).text(), none);
      const elsewhere = { ...chosen, websiteName: 'www.example.com' };
      assert.equal(await (await ask(token, elsewhere)).text(), none);
      service.clock.jumpTo(nowMs);
    });

    const spellings = ['Authorisation', 'Authorization'] as const;
    const timeTypes = {
      strings: (ms: number) => `${ms}`,
      numbers: (ms: number) => ms,
    } as const;
    for (const spelling of spellings) {
      for (const [way, getToken] of Object.entries(tokenWays)) {
        for (const [type, toTime] of Object.entries(timeTypes)) {
          it(`takes a token by ${way} in ${spelling}, and times as ${type}`, async () => {
            const token = await tokenOf(getToken(common));
            const response = fetch(url('getAttackInfo'), {
              method: 'POST',
              headers: { 'content-type': 'application/json', [spelling]: `Bearer ${token}` },
              body: JSON.stringify({ startTime: toTime(endMs - windowMs), endTime: toTime(endMs) }),
            });
            assert.deepEqual(idsOf(await attacksOf(response)), ['r1']);
          });
        }
      }
    }

    it('takes the token only from a header, and says what is wrong with it', async () => {
      const token = await connectorToken(service.directory, common);
      const body = { ...lastFiveMinutes(), access_token: token };
      const bare = fetch(`${url('getAttackInfo')}?access_token=${token}`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      await refuses(bare, 401, ['^Unauthorised$', '^an access token is required']);
      await refuses(ask('wrong', body), 401, ['^Unauthorised$', '^the access token is wrong']);
      const blank = { Authorisation: `  Bearer  ${token} ` };
      await attacksOf(ask('', body, blank));
    });

    it('answers half-open windows, of five minutes at most', async () => {
      const connector = await newConnector();
      const token = await connectorToken(service.directory, connector);
      const times = [endMs - windowMs - 1, endMs - windowMs, endMs - 1, endMs];
      await append(
        connector,
        times.map((timeMs, index) =>
          attackAt(timeMs, `r${index}`, { websiteName: 'a.example.com' }),
        ),
      );
      assert.deepEqual(idsOf(await attacksOf(ask(token, lastFiveMinutes()))), ['r1', 'r2']);
    });

    it('answers from when SIEM was enabled, and up to 30 days back', async () => {
      const siemEnabledAtMs = endMs - 100_000;
      const fresh = await newConnector({ siemEnabledAtMs });
      const old = await newConnector({ siemEnabledAtMs: 0 });
      const limits: readonly (readonly [TestConnector, number, RegExp])[] = [
        [
          fresh,
          siemEnabledAtMs,
          /^attacks are available from \d+ .* on, when SIEM was enabled; got/,
        ],
        [old, endMs - 30 * dayMs, /^attacks are available from \d+ .* on, 30 days ago; got/],
      ];
      for (const [connector, limitMs, message] of limits) {
        const token = await connectorToken(service.directory, connector);
        await append(connector, [attackAt(limitMs - 1, 'before'), attackAt(limitMs, 'first')]);
        // The first window of a script that asks every five minutes begins before the limit.
        const across = { startTime: limitMs - 200_000, endTime: limitMs + 100_000 };
        assert.deepEqual(idsOf(await attacksOf(ask(token, across))), ['first']);
        const tooEarly = { startTime: limitMs - windowMs, endTime: limitMs };
        await refuses(ask(token, tooEarly), 400, [message]);
      }
    });

    for (const { title, body, text, problems } of badRequests) {
      it(`answers 400 and says what is wrong: ${title}`, async () => {
        const token = await connectorToken(service.directory, common);
        const headers = { Authorisation: `Bearer ${token}` };
        const response = await fetch(url('getAttackInfo'), {
          method: 'POST',
          body: text ?? resolveTimes(JSON.stringify(body), endMs),
          headers,
        });
        assert.equal(response.headers.get('tailrace-head-position'), '1');
        await refuses(Promise.resolve(response), 400, problems);
      });
    }

    it('answers 413 to a body that is too large', async () => {
      const token = await connectorToken(service.directory, common);
      const body = { ...lastFiveMinutes(), websiteName: 'x'.repeat(20_000) };
      await refuses(ask(token, body), 413, ['^the body must be at most 16384 bytes']);
    });

    it('answers 500 to a defect, and tells the log and nobody else', async () => {
      const token = await connectorToken(service.directory, common);
      const { store } = service;
      const streamInfo = store.streamInfo.bind(store);
      store.streamInfo = () => Promise.reject(new Error('a defect with details'));
      try {
        await refuses(ask(token, lastFiveMinutes()), 500, [
          '^Internal server error. Try again later.$',
        ]);
      } finally {
        store.streamInfo = streamInfo;
      }
      assert.ok(service.logLines.some((line) => line.includes('a defect with details')));
    });

    it(
      'gives out the shared attacks whole, every value intact',
      { skip: skipWithout('attacks.ndjson', attackLines) },
      async () => {
        const connector = await newConnector();
        const attacks = (attackLines ?? []).map((line, index): JsonObject => {
          const attack: JsonObject = JSON.parse(line);
          return { ...attack, attackTime: new Date(endMs - 1 - (index % 1000)).toISOString() };
        });
        const posted = await fetch(`${server.url}/ingest/v1/${connector.tenant}/apptrana`, {
          method: 'POST',
          body: attacks.map((attack) => JSON.stringify(attack)).join('\n'),
          headers: { authorization: connector.ingest, 'content-type': 'application/x-ndjson' },
        });
        assert.equal(posted.status, 200, await posted.text());
        const token = await connectorToken(service.directory, connector);
        const { data } = await attacksOf(ask(token, lastFiveMinutes()));
        const found = data.flatMap(({ websiteName, attacks: each }) =>
          each.map((attack) => ({ ...attack, websiteName })),
        );
        assert.equal(found.length, attacks.length);
        assert.deepEqual(new Set(found.map(inAnyOrder)), new Set(attacks.map(inAnyOrder)));
      },
    );
  });

  describe('late attacks', () => {
    it('are missed by time, and found by position from the head that each answer names', async () => {
      const connector = await newConnector();
      const token = await connectorToken(service.directory, connector);
      await append(connector, [attackAt(endMs - 5000, 'in time')]);
      const response = await ask(token, lastFiveMinutes());
      const head = response.headers.get('tailrace-head-position');
      assert.equal(head, '1');
      await append(connector, [attackAt(endMs - 5000, 'late')]);
      const stream = await fetch(`${server.url}/streams/v1/apptrana?after=${head}&format=json`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const lines = (await stream.text()).trim().split('\n');
      const requestIds = lines.map((line): unknown => Object(JSON.parse(line)).requestId);
      assert.deepEqual(requestIds, ['late']);
      assert.equal(stream.headers.get('tailrace-last-position'), '2');
    });
  });

  describe('attacks from before SIEM was enabled', () => {
    it('stand in no stream either, and a gap says so', async () => {
      const connector = await newConnector({ siemEnabledAtMs: endMs - 60_000 });
      const token = await connectorToken(service.directory, connector);
      const get = (query: string) =>
        fetch(`${server.url}/streams/v1/apptrana?format=json${query}`, {
          headers: { authorization: `Bearer ${token}` },
        });
      const idsIn = async (query: string) => {
        const response = await get(query);
        const { headers } = response;
        const lines = (await response.text()).split('\n').filter((line) => line !== '');
        const ids = lines.map((line): unknown => Object(JSON.parse(line)).requestId);
        return [ids, headers.get('tailrace-first-position'), headers.get('tailrace-gap')];
      };
      await append(connector, [attackAt(endMs - 70_000, 'a'), attackAt(endMs - 65_000, 'b')]);
      const until = new Date(endMs - 60_000).toISOString();
      assert.deepEqual(await idsIn(''), [[], '3', null]);
      await append(connector, [attackAt(endMs - 60_000, 'c'), attackAt(endMs - 5000, 'd')]);
      for (const _ of ['found', 'remembered']) {
        // eslint-disable-next-line no-await-in-loop -- one after the other
        assert.deepEqual(await idsIn(''), [['c', 'd'], '3', null]);
      }
      assert.deepEqual(await idsIn('&after=0'), [
        ['c', 'd'],
        '3',
        `first=1; last=2; until=${until}`,
      ]);
      assert.deepEqual(await idsIn('&after=2'), [['c', 'd'], '3', null]);
      assert.deepEqual(await idsIn('&after=3'), [['d'], '4', null]);
    });
  });

  describe('who may see what', () => {
    it('shows a connector the attacks of its own tenant and nothing else', async () => {
      const ours = await newConnector();
      const theirs = await newConnector();
      await append(ours, [attackAt(endMs - 1, 'ours')]);
      await append(theirs, [attackAt(endMs - 1, 'theirs')]);
      const token = await connectorToken(service.directory, ours);
      assert.deepEqual(idsOf(await attacksOf(ask(token, lastFiveMinutes()))), ['ours']);
      const bearer = { authorization: `Bearer ${token}` };
      const stream = await fetch(`${server.url}/streams/v1/apptrana`, { headers: bearer });
      assert.match(await stream.text(), /"ours"/);
      const refused: readonly (readonly [path: string, status: number])[] = [
        ['/streams/v1/insync', 403],
        ['/insync/eventmanagement/v2/events', 403],
        ['/api/events/v1', 401],
      ];
      for (const [path, status] of refused) {
        const response = await fetch(server.url + path, { headers: bearer });
        assert.equal(response.status, status, path);
        await response.body?.cancel();
      }
      const ingest = await fetch(`${server.url}/ingest/v1/${ours.tenant}/apptrana`, {
        method: 'POST',
        body: '[]',
        headers: bearer,
      });
      assert.equal(ingest.status, 401);
      await ingest.body?.cancel();
      for (const credential of [ours.key, ours.basic, ours.ingest.slice('Bearer '.length)]) {
        assert.equal((await ask(credential, lastFiveMinutes())).status, 401);
      }
    });

    it('lets a disabled connector, its token and its codes in no more', async () => {
      const connector = await newConnector();
      const token = await connectorToken(service.directory, connector);
      const code = await codeFor(connector);
      await service.directory.setConnectorEnabled(connector.tenant, 'SIEM', false, actor);
      await refuses(ask(token, lastFiveMinutes()), 401, ['^Unauthorised$', 'wrong|ended']);
      await refuses(askToken({}, { authorization: connector.basic }), 401, ['^Unauthorised$']);
      await refuses(askToken({ ...secretsOf(connector), code }), 401, ['^Unauthorised$']);
    });

    it('lets a connector in from its allowed addresses only, behind a trusted proxy too', async () => {
      const connector = await newConnector({
        allowedNetworks: ['192.0.2.0/28', '2001:db8:1::/48', '198.51.100.7'],
      });
      const token = await connectorToken(service.directory, connector);
      const inside = ['192.0.2.15', '2001:db8:1:ff::1', '198.51.100.7', '::ffff:192.0.2.1'];
      const outside = ['192.0.2.16', '2001:db8:2::1', '198.51.100.8', '192.0.2.1, 203.0.113.9'];
      for (const address of inside) {
        await attacksOf(ask(token, lastFiveMinutes(), from(address)));
        assert.equal((await authorize(connector.apiId, '', from(address))).status, 302, address);
        const basic = { authorization: connector.basic, ...from(address) };
        assert.equal((await askToken({}, basic)).status, 200, address);
      }
      for (const address of outside) {
        const messages = [
          '^Unauthorised$',
          '^requests from .* are not allowed for this connector$',
        ];
        await refuses(ask(token, lastFiveMinutes(), from(address)), 401, messages);
        await refuses(authorize(connector.apiId, '', from(address)), 401, ['^Unauthorised$']);
        const basic = { authorization: connector.basic, ...from(address) };
        await refuses(askToken({}, basic), 401, ['^Unauthorised$']);
        const stream = await fetch(`${server.url}/streams/v1/apptrana`, {
          headers: { authorization: `Bearer ${token}`, ...from(address) },
        });
        assert.equal(stream.status, 401);
        await stream.body?.cancel();
      }
    });

    it('believes no X-Forwarded-For that a proxy it does not trust has sent', async () => {
      await using other = await openTestService();
      const { id } = await other.createTenant('direct');
      const connector = await createConnector(other.directory, id, endMs, {
        allowedNetworks: ['192.0.2.1'],
      });
      const path = `/wafportal/rest/siem/v1/authorize?client_id=${connector.apiId}`;
      const spoofed = await other.app.request(path, {
        headers: { 'x-forwarded-for': '192.0.2.1' },
      });
      assert.equal(spoofed.status, 401);
    });
  });

  describe('ingest', () => {
    it('records attacks whatever inSync’s export settings say', async () => {
      const connector = await newConnector();
      const { tenant } = connector;
      const change = { enabled: false, categories: ['Admin Event'] };
      await service.directory.changeExportSettings(tenant, change, actor);
      const posted = await fetch(`${server.url}/ingest/v1/${tenant}/apptrana`, {
        method: 'POST',
        body: JSON.stringify([attackAt(endMs - 2, 'r1'), attackAt(endMs - 1, 'r2')]),
        headers: { authorization: connector.ingest, 'content-type': 'application/json' },
      });
      const answer: { appended: number; skipped: number } = JSON.parse(await posted.text());
      assert.deepEqual([answer.appended, answer.skipped], [2, 0]);
      const token = await connectorToken(service.directory, connector);
      assert.equal(idsOf(await attacksOf(ask(token, lastFiveMinutes()))).length, 2);
      const stream = await fetch(`${server.url}/streams/v1/apptrana`, {
        headers: { authorization: `Bearer ${token}` },
      });
      assert.equal((await stream.text()).trim().split('\n').length, 2);
      assert.equal(await service.store.streamInfo(`${tenant}/insync`), undefined, 'no API Login');
    });
  });

  const python = { skip: skipUnless('python3', ['-c', 'import requests'], 'python3-requests') };
  const base = () => server.url + '/wafportal/rest/siem/v1';

  it('works with Python’s requests as the document says it', python, async () => {
    const connector = await newConnector();
    const here = { websiteName: 'www.example.com' };
    const there = { websiteName: 'shop.example.com' };
    await append(connector, [
      attackAt(endMs - 1, 'here', here),
      attackAt(endMs - 1, 'there', there),
    ]);
    const times = [`${endMs - windowMs}`, `${endMs}`];
    const { apiId, key } = connector;
    const result = await runPython(
      'token_by_code.py',
      base(),
      apiId,
      key,
      ...times,
      'www.example.com',
    );
    const { answer, ...rest }: { answer: Answer } = Object(result);
    assert.deepEqual(idsOf(answer), ['here']);
    assert.deepEqual(rest, {
      redirect: [302, 'siem.example.com', '/callback', 'site=1'],
      token: ['Bearer', 86_400],
      codeAgain: [401, { errorMessages: ['Unauthorised'] }],
    });
  });

  it('works with a script that asks every five minutes by Basic and numbers', python, async () => {
    const connector = await newConnector();
    const ends = [3, 2, 1, 0].map((back) => endMs - back * windowMs);
    const attacks = ends.flatMap((end, index) => [
      attackAt(end - windowMs, `first of ${index}`),
      attackAt(end - 1, `last of ${index}`),
    ]);
    await append(connector, attacks);
    const { apiId, key } = connector;
    const result = await runPython(
      'every_five_minutes.py',
      base(),
      apiId,
      key,
      ...ends.map(String),
    );
    const { lines, sameToken }: { lines: string[]; sameToken: boolean } = Object(result);
    const expected = attacks.map(({ requestId }) => requestId);
    assert.deepEqual(new Set(lines), new Set(expected));
    assert.equal(lines.length, expected.length, 'each once');
    assert.equal(sameToken, true);
  });

  it(
    'works with curl as in the sample request',
    { skip: skipUnless('curl', ['--version'], 'curl') },
    async () => {
      const connector = await newConnector();
      await append(connector, [attackAt(endMs - 1, 'r1')]);
      const token = await connectorToken(service.directory, connector);
      const data = `{ "startTime":"${endMs - windowMs}","endTime":"${endMs}"}`;
      const headers = ['Content-Type: application/json', `Authorisation: Bearer ${token}`];
      const { stdout } = await run('curl', [
        '-sS',
        '--fail',
        ...headers.flatMap((header) => ['--header', header]),
        '--request',
        'POST',
        '--data',
        data,
        url('getAttackInfo'),
      ]);
      const answer: Answer = JSON.parse(stdout);
      assert.deepEqual(idsOf(answer), ['r1']);
    },
  );
});

/** `"END-300000"` in a fixture, as the time it stands for. */
function resolveTimes(text: string, endMs: number): string {
  return text.replaceAll(/END(-\d+)?/g, (_, back?: string) => `${endMs + Number(back ?? 0)}`);
}
