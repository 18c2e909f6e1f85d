import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { toStoredEvent } from '../../core/event.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { appTranaGenerator } from '../../feeds/apptrana-generator.ts';
import { appTrana } from '../../feeds/apptrana.ts';
import { openTestService } from '../../testing/export-service.ts';
import type { TestService } from '../../testing/export-service.ts';
import { connectorToken, createConnector } from '../../testing/test-connector.ts';
import { until } from '../../testing/until.ts';
import { attackInfoPath } from './error-messages.ts';

interface Answer {
  readonly successMessage: string;
  readonly data: readonly {
    readonly websiteName: string;
    readonly attacks: readonly JsonObject[];
  }[];
}
interface Client {
  readonly tenant: string;
  readonly token: string;
}

const windowMs = 300_000;
const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
const makeAttack = appTranaGenerator(7);

async function answerOf(asked: Response | Promise<Response>): Promise<Answer> {
  const response = await asked;
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const answer: Answer = JSON.parse(text);
  return answer;
}
async function refusalOf(asked: Promise<Response>, status: number): Promise<string> {
  const response = await asked;
  assert.equal(response.status, status);
  const { errorMessages }: { errorMessages: string[] } = JSON.parse(await response.text());
  return errorMessages.join('; ');
}

const requestIds = ({ data }: Answer) =>
  data.flatMap(({ attacks }) => attacks.map(({ requestId }) => requestId));

function attackAt(timeMs: number, websiteName: string, more: JsonObject = {}): JsonObject {
  return { ...makeAttack(timeMs), websiteName, ...more };
}

describe('getAttackInfo', () => {
  let service: TestService;
  let endMs: number;
  let tenants = 0;
  before(async () => {
    // So little memory that nearly every answer is sorted on disk and streamed.
    service = await openTestService({
      siemApi: { sortMemory: '8KiB', answerSize: '224KiB', spoolSize: '256KiB', largeAnswers: 2 },
    });
    endMs = service.clock.nowMs();
  });
  after(() => service[Symbol.asyncDispose]());

  async function newClient(): Promise<Client> {
    const { id: tenant } = await service.createTenant(`acme-${(tenants += 1)}`);
    const connector = await createConnector(service.directory, tenant, endMs);
    return { tenant, token: await connectorToken(service.directory, connector) };
  }
  async function append({ tenant }: Client, attacks: readonly JsonObject[]): Promise<void> {
    const events = attacks.map((attack) => toStoredEvent(appTrana.readEvent(attack).event));
    await service.store.append({ stream: `${tenant}/apptrana`, events });
  }
  async function ask({ token }: Client, body: object = {}, headers: Record<string, string> = {}) {
    return service.app.request(attackInfoPath, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, ...headers },
      body: JSON.stringify({ startTime: endMs - windowMs, endTime: endMs, ...body }),
    });
  }
  const numbered = (count: number, websiteName = 'www.example.com', timeMs = endMs - 1000) =>
    Array.from({ length: count }, (_, number) =>
      attackAt(timeMs, websiteName, { requestId: `r${number}` }),
    );

  it('answers nobody whose connector was disabled while the body came', async () => {
    const client = await newClient();
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const body = Buffer.from(JSON.stringify({ startTime: endMs - windowMs, endTime: endMs }));
    const answer = service.app.request(attackInfoPath, {
      method: 'POST',
      headers: { authorization: `Bearer ${client.token}` },
      body: readable,
      duplex: 'half',
    });
    await writer.write(body.subarray(0, 9));
    await until(() => service.service.bodies.bytes === 9);
    await service.directory.setConnectorEnabled(client.tenant, 'SIEM', false, { name: 'test' });
    service.clock.advance(1000);
    await writer.write(body.subarray(9));
    await writer.close();
    assert.match(await refusalOf(Promise.resolve(answer), 401), /has ended|Unauthori/);
    service.clock.jumpTo(service.clock.nowMs() - 1000);
  });

  it('asks once who it is when the body comes at once', async (t) => {
    const again = t.mock.method(service.service.gate, 'stillIn');
    assert.deepEqual(requestIds(await answerOf(ask(await newClient()))), []);
    assert.equal(again.mock.callCount(), 0);
  });

  it('groups by website in time order, however attacks came in and whatever memory holds', async () => {
    // Goal: the answer is a stable sort of what is in the window. Method: any arrivals, few
    // websites and times so that many are equal, compared with a sort in memory.
    const arrival = fc.record({
      website: fc.constantFrom('www.example.com', 'shop.example.com', 'ä.example.com'),
      timeMs: fc.integer({ min: endMs - windowMs - 3, max: endMs + 2 }),
      second: fc.integer({ min: -1, max: 301 }),
      isExact: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { minLength: 1, maxLength: 60 }), async (arrivals) => {
        const client = await newClient();
        const attacks = arrivals.map(({ website, timeMs, second, isExact }, number) =>
          attackAt(isExact ? timeMs : endMs - second * 1000, website, { requestId: `r${number}` }),
        );
        await append(client, attacks);
        const inWindow = attacks
          .map((attack) => ({ attack, timeMs: Date.parse(textOf(attack['attackTime'])) }))
          .filter(({ timeMs }) => timeMs >= endMs - windowMs && timeMs < endMs)
          .toSorted((one, other) => one.timeMs - other.timeMs)
          .map(({ attack: { websiteName, ...attack } }) => ({ websiteName, attack }));
        const byWebsite = Map.groupBy(inWindow, ({ websiteName }) => textOf(websiteName));
        const data = [...byWebsite.keys()].toSorted().map((websiteName) => ({
          websiteName,
          attacks: byWebsite.get(websiteName)?.map(({ attack }) => attack),
        }));
        assert.deepEqual(await answerOf(ask(client)), { successMessage: 'Success', data });
      }),
      { numRuns: 40 },
    );
  });

  it('answers the same bytes from memory and from disk, compressed or not', async () => {
    const roomy = await openTestService();
    await using _ = roomy;
    const attacks = numbered(100);
    const client = await newClient();
    await append(client, attacks);
    const large = await ask(client);
    assert.equal(large.headers.get('content-length'), null);
    const expected = await large.text();

    await roomy.createTenant('acme');
    const token = await connectorToken(
      roomy.directory,
      await createConnector(roomy.directory, 'acme', endMs),
    );
    const events = attacks.map((attack) => toStoredEvent(appTrana.readEvent(attack).event));
    await roomy.store.append({ stream: 'acme/apptrana', events });
    const small = await roomy.app.request(attackInfoPath, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ startTime: endMs - windowMs, endTime: endMs }),
    });
    assert.equal(await small.text(), expected);
    for (const coding of ['gzip', 'zstd'] as const) {
      const response = await ask(client, {}, { 'accept-encoding': coding });
      assert.equal(response.headers.get('content-encoding'), coding);
      const bytes = Buffer.from(await response.arrayBuffer());
      const { gunzipSync, zstdDecompressSync } = await import('node:zlib');
      const plain = coding === 'gzip' ? gunzipSync(bytes) : zstdDecompressSync(bytes);
      assert.equal(plain.toString(), expected);
    }
  });

  it('chooses by event type and by website, without regard to case and blanks', async () => {
    const client = await newClient();
    await append(client, [
      attackAt(endMs - 3, 'www.example.com', { requestId: 'a', eventType: 'Log' }),
      attackAt(endMs - 2, 'shop.example.com', { requestId: 'b', eventType: 'Block' }),
      attackAt(endMs - 1, 'www.example.com', { requestId: 'c', eventType: 'Block' }),
    ]);
    const asked: readonly (readonly [body: object, ids: readonly string[]])[] = [
      [{}, ['b', 'a', 'c']],
      [{ eventType: 'Log' }, ['a']],
      [{ eventType: 'block' }, ['b', 'c']],
      [{ websiteName: ' WWW.example.com ' }, ['a', 'c']],
      [{ websiteName: 'www.example.com', eventType: 'Block' }, ['c']],
      [{ websiteName: 'example.com' }, []],
      [{ websiteName: '', eventType: null, access_token: 'x' }, ['b', 'a', 'c']],
    ];
    for (const [body, ids] of asked) {
      assert.deepEqual(requestIds(await answerOf(ask(client, body))), ids, JSON.stringify(body));
    }
  });

  it('says a gap to everybody who asks, whatever they choose', async () => {
    const client = await newClient();
    const gap = { fromMs: 1, untilMs: 2, count: 3, reason: 'it was too late' };
    const events = [toStoredEvent(appTrana.gapEvent(gap, endMs - 1))];
    await service.store.append({ stream: `${client.tenant}/apptrana`, events });
    const body = { websiteName: 'www.example.com', eventType: 'Block' };
    const { data } = await answerOf(ask(client, body));
    assert.equal(data[0]?.attacks[0]?.['category'], 'Event Gap');
    assert.match(textOf(data[0]?.attacks[0]?.['attackData']), /^3 events .* it was too late$/);
  });

  it('leaves out what was appended after it looked for the head', async () => {
    const client = await newClient();
    await append(client, numbered(3));
    const { store } = service;
    const streamInfo = store.streamInfo.bind(store);
    store.streamInfo = async (stream) => {
      const info = await streamInfo(stream);
      store.streamInfo = streamInfo;
      await append(client, numbered(1, 'late.example.com'));
      return info;
    };
    const response = await ask(client);
    assert.equal(response.headers.get('tailrace-head-position'), '3');
    assert.equal(requestIds(await answerOf(response)).length, 3);
    const next = await service.app.request('/streams/v1/apptrana?after=3', {
      headers: { authorization: `Bearer ${client.token}` },
    });
    assert.match(await next.text(), /late\.example\.com/);
  });

  it('says in a header when retention may have dropped attacks of the window', async () => {
    const client = await newClient();
    await append(client, numbered(3));
    const asked = () => ask(client);
    assert.equal((await asked()).headers.get('tailrace-gap'), null);
    service.clock.jumpTo(endMs + 1000);
    await service.store.trim(`${client.tenant}/apptrana`, endMs + 1000);
    service.clock.jumpTo(endMs);
    await append(client, numbered(1));
    const response = await asked();
    assert.equal(
      response.headers.get('tailrace-gap'),
      `first=1; last=3; until=${new Date(endMs - 1000).toISOString()}`,
    );
    assert.equal(requestIds(await answerOf(response)).length, 1);
  });

  it('refuses a window that holds more than an answer may, before it answers', async () => {
    const client = await newClient();
    await append(client, numbered(150));
    await append(client, numbered(150, 'shop.example.com', endMs - 2000));
    assert.match(await refusalOf(ask(client), 413), /^the window holds more than 229376 bytes/);
    const shorter = { startTime: endMs - 1500 };
    assert.equal(requestIds(await answerOf(ask(client, shorter))).length, 150);
    await Promise.all(service.service.streaming);
    assert.equal(service.service.answers.bytes, 0, 'nothing is held any more');
  });

  it('lets a connector have some large answers at one time, and all of them so much disk', async () => {
    const [one, other] = [await newClient(), await newClient()];
    await append(one, numbered(60));
    await append(other, numbered(200));
    const unread = [await ask(one), await ask(one)];
    const third = ask(one);
    assert.match(await refusalOf(third, 429), /^a connector may be sent 2 large answers/);
    assert.equal((await third).headers.get('retry-after'), '60');
    assert.match(await refusalOf(ask(other), 503), /^too many large answers/);
    await unread[0]?.body?.cancel();
    assert.equal(requestIds(await answerOf(unread[1] ?? third)).length, 60);
    await Promise.all(service.service.streaming);
    assert.equal(requestIds(await answerOf(ask(one))).length, 60);
    assert.equal(requestIds(await answerOf(ask(other))).length, 200);
    await Promise.all(service.service.streaming);
    assert.equal(service.service.answers.bytes, 0);
  });

  it('audits and counts an answer when it has been sent, and what became of it', async () => {
    const client = await newClient();
    await append(client, numbered(60));
    await answerOf(ask(client));
    await (await ask(client)).body?.cancel();
    await refusalOf(ask(client, { eventType: 'Drop' }), 400);
    await Promise.all(service.service.streaming);
    const trail = await service.directory.auditTrail(client.tenant, 3);
    const details = trail.map(({ detail, outcome }) => `${detail}: ${outcome}`);
    assert.deepEqual(
      new Set(details),
      new Set([
        'siem-api: status 200, 0 events: success',
        'siem-api: status 200, 60 events: success',
        'siem-api: status 400, 0 events: failure',
      ]),
    );
    const metrics = await service.service.registry.metrics();
    const labels = `tenant="${client.tenant}",api="siem-api"`;
    assert.ok(metrics.includes(`tailrace_export_events_total{${labels}} 60`), metrics);
  });

  it('breaks off rather than end an answer that it cannot finish', async () => {
    const client = await newClient();
    await append(client, numbered(60));
    const { attacks } = service.service;
    const read = attacks.read.bind(attacks);
    attacks.read = async (query, signal) => {
      attacks.read = read;
      const answer = await read(query, signal);
      return {
        ...answer,
        async *chunks() {
          for await (const chunk of answer.chunks()) {
            yield chunk;
            throw new Error('the disk is gone');
          }
        },
        [Symbol.asyncDispose]: () => answer[Symbol.asyncDispose](),
      };
    };
    const response = await ask(client);
    assert.equal(response.status, 200);
    await assert.rejects(response.text(), /the disk is gone/);
    await Promise.all(service.service.streaming);
    assert.ok(service.logLines.some((line) => line.includes('an answer broke off')));
    const [entry] = await service.directory.auditTrail(client.tenant, 1);
    assert.equal(entry?.detail, 'siem-api: status 200, 0 events');
  });
});
