/**
 * Every limit of the export service, driven over and back: what is too much is refused with 429 or 503
 * and `Retry-After`, and as soon as there is room again the next request is served, by itself.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Registry } from 'prom-client';
import { request } from 'undici';
import type { z } from 'zod';
import { serveOptions } from '../../src/http/options.ts';
import { startServer, type RunningServer, type ServerDependencies } from '../../src/http/server.ts';
import { createPerson, signIn } from '../../src/testing/console-visitor.ts';
import {
  openTestService,
  sampleBatch,
  sampleEvent,
  type TestService,
  type TestTenant,
} from '../../src/testing/export-service.ts';
import { openSqliteEventStore } from '../../src/store/sqlite/store.ts';

type Options = z.input<typeof serveOptions>;

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

const once1 = { requestsPerSecond: 1, burst: 1 };
const lockoutMs = 1000;

describe('an export service that is asked for too much', () => {
  let service: TestService;
  let acme: TestTenant;

  before(async () => {
    service = await openTestService();
    acme = await service.createTenant('acme');
    const headers = { authorization: acme.ingest };
    const body = sampleBatch(200);
    await service.app.request('/ingest/v1/acme/insync', { method: 'POST', headers, body });
  });
  after(() => service[Symbol.asyncDispose]());
  beforeEach(() => service.clock.advance(3_600_000));

  async function start(
    options: Options,
    other: Partial<ServerDependencies> = {},
  ): Promise<RunningServer & AsyncDisposable> {
    const running = await startServer(
      { ...service.dependencies, metrics: new Registry(), ...other },
      serveOptions.parse({ listen: '127.0.0.1:0', ...options }),
    );
    return {
      ...running,
      [Symbol.asyncDispose]: async () => {
        const closed = running.close(1);
        service.clock.advance(1);
        await closed;
      },
    };
  }

  async function headPosition(): Promise<number> {
    return (await service.store.streamInfo('acme/insync'))?.headPosition ?? 0;
  }

  function pull({ url }: RunningServer, authorization = acme.basic): Promise<Answer> {
    return ask(`${url}/api/events/v1`, { headers: { authorization } });
  }

  for (const by of ['perCredential', 'perAddress'] as const) {
    it(`answers 429 to too many requests (${by}), until time has passed`, async () => {
      await using server = await start({ rateLimits: { [by]: once1 } });
      assert.equal((await pull(server)).status, 200);
      assertShed(await pull(server), 429, '60');
      service.clock.advance(1000);
      assert.equal((await pull(server)).status, 200);
    });
  }

  it('answers 429 to who guesses a token, until the lockout has passed', async () => {
    await using server = await start({ rateLimits: { failuresBeforeLockout: 3 } });
    const wrong = `Basic ${Buffer.from(`${acme.email}:wrong`).toString('base64')}`;
    for (const _ of [1, 2, 3]) assert.equal((await pull(server, wrong)).status, 401);
    assertShed(await pull(server, wrong), 429, '1');
    assert.equal((await pull(server)).status, 200, 'the right one need not wait');
    service.clock.advance(lockoutMs);
    assert.equal((await pull(server, wrong)).status, 401);
  });

  it('answers 503 while other bodies fill the memory for them', async () => {
    await using server = await start({ limits: { bodiesInFlight: '1KiB' } });
    const slow = connect(server.port, server.address);
    const head = `POST /ingest/v1/acme/insync HTTP/1.1\r\nHost: x\r\nAuthorization: ${acme.ingest}`;
    const body = `${' '.repeat(2000)}${JSON.stringify(sampleEvent(1))}`;
    slow.write(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 1900)}`);
    const post = () => {
      const headers = { authorization: acme.ingest };
      return ask(`${server.url}/ingest/v1/acme/insync`, { method: 'POST', headers, body });
    };
    let answer = await post();
    // Until the server has read what the slow client has sent so far.
    while (answer.status === 200) answer = await post();
    assertShed(answer, 503, '5');
    slow.write(body.slice(1900));
    await once(slow, 'data');
    slow.destroy();
    assert.equal((await post()).status, 200);
  });

  it('lets nobody in while all connections are taken', async () => {
    await using server = await start({ limits: { connections: 2 } });
    const idle = [connect(server.port, server.address), connect(server.port, server.address)];
    await Promise.all(idle.map((socket) => once(socket, 'connect')));
    const late = connect(server.port, server.address).resume();
    await once(late, 'close');
    for (const socket of idle) socket.destroy();
    while ((await server.connections()) > 0) await new Promise(setImmediate);
    assert.equal((await pull(server)).status, 200);
  });

  it('makes nobody wait for events while too many wait already', async () => {
    await using server = await start({ limits: { longPolls: 1 } });
    const atFirst = await headPosition();
    await pull(server);
    // The first use of a credential is an event of its own, which would end the wait.
    while ((await headPosition()) === atFirst) await new Promise(setImmediate);
    const head = await headPosition();
    const url = `${server.url}/streams/v1/insync?after=${head}&wait=30s`;
    const headers = { authorization: acme.basic };
    const first = ask(url, { headers });
    let waiting = '';
    while (!waiting.includes('tailrace_long_polls 1')) {
      waiting = (await ask(`${server.url}/metrics`)).text;
    }
    const second = await ask(url, { headers });
    assert.deepEqual([second.status, second.text], [200, '']);
    const post = { method: 'POST', headers: { authorization: acme.ingest }, body: sampleBatch(1) };
    await ask(`${server.url}/ingest/v1/acme/insync`, post);
    assert.match((await first).text, /event number 1/);
  });

  it('answers 503 while other downloads of the console are under way', async () => {
    await createPerson(service, 'viewer@acme.example.com', 'viewer', 'acme');
    const visitor = await signIn(service, 'viewer@acme.example.com');
    const download = () => visitor.send('GET', '/tenants/acme/events/insync/download?as=csv');
    const open = [await download(), await download(), await download(), await download()];
    const refused = await download();
    const shed = { status: refused.status, retryAfter: refused.headers.get('retry-after') };
    assert.deepEqual(shed, { status: 503, retryAfter: '5' });
    await Promise.all(open.map((response) => response.text()));
    await Promise.all(service.service.streaming);
    assert.equal((await download()).status, 200);
  });

  it('answers 503 while too many appends wait for the disk, and has stored what it answered', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tailrace-overload-'));
    await using _ = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
    await using store = await openSqliteEventStore({
      directory: folder,
      clock: service.clock,
      queuedBytesMax: 16_384,
    });
    await using server = await start({}, { store });
    const post = (first: number) => {
      const headers = { authorization: acme.ingest };
      const body = sampleBatch(20, first);
      return ask(`${server.url}/ingest/v1/acme/insync`, { method: 'POST', headers, body });
    };
    const answers = await Promise.all(Array.from({ length: 30 }, (_unused, at) => post(at * 20)));
    const refused = answers.filter(({ status }) => status !== 200);
    assert.ok(refused.length > 0 && refused.length < 30, `${refused.length} of 30`);
    for (const answer of refused) assertShed(answer, 503, '5');
    const stored = async () => (await store.streamInfo('acme/insync'))?.headPosition;
    assert.equal(await stored(), (30 - refused.length) * 20);
    assert.equal((await post(9000)).status, 200);
    assert.equal(await stored(), (31 - refused.length) * 20);
  });
});

async function ask(url: string, options: Parameters<typeof request>[1] = {}): Promise<Answer> {
  const { statusCode, headers, body } = await request(url, options);
  const retryAfter = headers['retry-after'];
  return { status: statusCode, retryAfter: retryAfter?.toString(), text: await body.text() };
}

function assertShed(answer: Answer, status: number, retryAfter: string): void {
  assert.deepEqual([answer.status, answer.retryAfter], [status, retryAfter], answer.text);
}
