import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { Registry } from 'prom-client';
import { request } from 'undici';
import { createPerson, signIn } from '../testing/console-visitor.ts';
import { openTestService, sampleBatch, sampleEvent } from '../testing/export-service.ts';
import type { TestService, TestTenant } from '../testing/export-service.ts';
import { until } from '../testing/until.ts';
import { serveOptions } from './options.ts';
import { startServer } from './server.ts';
import type { RunningServer } from './server.ts';
import { certificatePollMs } from './tls-certificate.ts';

const fixtures = new URL('./fixtures/', import.meta.url);

/** Sends raw bytes and resolves with all that comes back until the server closes. */
async function exchange(server: RunningServer, bytes: string | Buffer): Promise<string> {
  const socket = connect(server.port, server.address);
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
  });
  socket.on('error', () => {}); // the server may close while we still write
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}

async function* zeros(megabytes: number): AsyncIterable<Buffer> {
  const chunk = Buffer.alloc(1024 ** 2);
  for (let sent = 0; sent < megabytes; sent += 1) {
    // eslint-disable-next-line no-await-in-loop -- lets the answer come in between
    await new Promise((resolve) => setImmediate(resolve));
    yield chunk;
  }
}

async function handshake(server: RunningServer, maxVersion?: 'TLSv1.1'): Promise<TLSSocket> {
  const socket = connectTls({
    port: server.port,
    host: server.address,
    rejectUnauthorized: false,
    // Or OpenSSL would refuse what is old before it has asked the server.
    ...(maxVersion && { maxVersion, minVersion: maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' }),
  });
  await once(socket, 'secureConnect');
  return socket;
}

async function commonName(server: RunningServer): Promise<string> {
  const socket = await handshake(server);
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

function neverRead(): Promise<never> {
  return new Promise(() => {});
}

describe('startServer', () => {
  let service: TestService;
  let acme: TestTenant;

  before(async () => {
    service = await openTestService();
    acme = await service.createTenant('acme');
    // Without API Login events: what wakes a long poll here is to be what the test appends.
    const categories = ['Backup And Restore'];
    await service.directory.changeExportSettings('acme', { categories }, { name: 'test' });
  });
  after(() => service[Symbol.asyncDispose]());

  async function start(
    options: Parameters<typeof serveOptions.parse>[0] = {},
  ): Promise<RunningServer & AsyncDisposable> {
    const running = await startServer(
      { ...service.dependencies, metrics: new Registry() },
      serveOptions.parse({ listen: '127.0.0.1:0', ...Object(options) }),
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

  it('serves on the port that it says', async () => {
    await using server = await start();
    assert.equal(server.url, `http://127.0.0.1:${server.port}`);
    const { statusCode, body } = await request(`${server.url}/healthz`);
    assert.deepEqual([statusCode, await body.json()], [200, { status: 'ok' }]);
  });

  it('says which address is taken', async () => {
    await using server = await start();
    await assert.rejects(start({ listen: `127.0.0.1:${server.port}` }), {
      code: 'address_in_use',
      message: `another program listens on 127.0.0.1:${server.port}`,
    });
    await assert.rejects(start({ listen: '192.0.2.1:0' }), { code: 'config_invalid' });
  });

  it('refuses a body of 50 MB before it is sent when the client asks first', async () => {
    await using server = await start();
    const head = [
      'POST /ingest/v1/acme/insync HTTP/1.1',
      'Host: x',
      `Authorization: ${acme.ingest}`,
      'Content-Length: 52428800',
      'Expect: 100-continue',
      'Connection: close',
    ];
    const answer = await exchange(server, `${head.join('\r\n')}\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 413 /);
    assert.match(answer, /the body must be at most 16777216 bytes, got 52428800/);
  });

  it('refuses a body of 50 MB early with an answer that a client gets to see', async () => {
    await using server = await start();
    const withLength = Buffer.alloc(50 * 1024 ** 2);
    for (const sent of [withLength, Readable.from(zeros(50))]) {
      const { statusCode, body } = await request(`${server.url}/ingest/v1/acme/insync`, {
        method: 'POST',
        headers: { authorization: acme.ingest },
        body: sent,
      });
      assert.equal(statusCode, 413);
      assert.match(await body.text(), /the body must be at most 16777216 bytes/);
    }
    const { statusCode } = await request(`${server.url}/healthz`);
    assert.equal(statusCode, 200);
  });

  it('asks for the body when the client waits to be asked', async () => {
    await using server = await start();
    const body = sampleBatch(1);
    const head = [
      'POST /ingest/v1/acme/insync HTTP/1.1',
      'Host: x',
      `Authorization: ${acme.ingest}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Expect: 100-continue',
      'Connection: close',
    ];
    const answer = await exchange(server, `${head.join('\r\n')}\r\n\r\n${body}`);
    assert.match(answer, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  });

  it('cuts off clients that send slowly: headers, bodies, nothing at all', async () => {
    await using server = await start({
      limits: { headersTimeout: '50ms', requestTimeout: '100ms', idleTimeout: '50ms' },
    });
    const slowHeaders = exchange(server, 'GET /healthz HTTP/1.1\r\nHost: x\r\n');
    const slowBody = exchange(
      server,
      `POST /ingest/v1/acme/insync HTTP/1.1\r\nHost: x\r\nAuthorization: ${acme.ingest}\r\n` +
        'Content-Length: 100\r\n\r\n{"eventType"',
    );
    assert.match(
      await slowHeaders,
      /^HTTP\/1\.1 408 .*"message":"the request did not come in time"/s,
    );
    assert.match(await slowBody, /^HTTP\/1\.1 408 /);
    assert.match(await exchange(server, ''), /^HTTP\/1\.1 408 /);
    assert.ok(!service.logLines.some((line) => line.includes('request failed')));
    assert.equal(service.service.bodies.bytes, 0);
  });

  it('refuses a body that explodes when it is decompressed, and goes on', async () => {
    await using server = await start({ limits: { decompressedBody: '1MiB' } });
    const { statusCode, body } = await request(`${server.url}/ingest/v1/acme/insync`, {
      method: 'POST',
      headers: { authorization: acme.ingest, 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(10 * 1024 ** 2)),
    });
    assert.equal(statusCode, 413);
    assert.match(await body.text(), /at most 1048576 bytes after decompression/);
    assert.equal((await request(`${server.url}/healthz`)).statusCode, 200);
  });

  it('answers 503 while clients leave too many answers lying', async () => {
    // Goal: promise 10. Method: a page larger than what sockets buffer, to a client that reads none
    // of it; the next client is refused until the first one has gone.
    await using server = await start({ limits: { answersInFlight: '1MiB', batchEvents: 10_000 } });
    const details = 'x'.repeat(8000);
    const batch = Array.from({ length: 1500 }, (_, number) =>
      JSON.stringify({ ...sampleEvent(number), eventDetails: details }),
    );
    const headers = { authorization: acme.ingest };
    const url = `${server.url}/ingest/v1/acme/insync`;
    const stored = await request(url, { method: 'POST', headers, body: batch.join('\n') });
    assert.equal(stored.statusCode, 200);
    const lazy = connect(server.port, server.address).pause();
    lazy.on('error', () => {});
    const pull = '/streams/v1/insync?limit=10000';
    lazy.write(`GET ${pull} HTTP/1.1\r\nHost: x\r\nAuthorization: ${acme.basic}\r\n\r\n`);
    await once(lazy.resume(), 'data');
    lazy.pause();
    const authorized = { headers: { authorization: acme.basic } };
    const refused = await request(server.url + pull, authorized);
    assert.deepEqual([refused.statusCode, refused.headers['retry-after']], [503, '5']);
    assert.match(await refused.body.text(), /too many answers at one time/);
    lazy.destroy();
    let status = 503;
    while (status === 503) {
      // eslint-disable-next-line no-await-in-loop -- until the server has noticed
      const answer = await request(server.url + pull, authorized);
      status = answer.statusCode;
      // eslint-disable-next-line no-await-in-loop -- as above
      await answer.body.dump({ limit: 1e9 });
    }
    assert.equal(status, 200);
  });

  it('takes no more connections than it may', async () => {
    await using server = await start({ limits: { connections: 1 } });
    const first = connect(server.port, server.address);
    await once(first, 'connect');
    const second = connect(server.port, server.address);
    second.on('error', () => {});
    await once(second, 'close');
    first.destroy();
    await once(first, 'close');
  });

  it('answers what is not HTTP, and headers that are too large or too many', async () => {
    await using server = await start();
    assert.match(
      await exchange(server, 'hello\r\n\r\n'),
      /^HTTP\/1\.1 400 .*"code":"input_invalid"/s,
    );
    const large = `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`;
    assert.match(await exchange(server, large), /^HTTP\/1\.1 431 .*"code":"too_large"/s);
    const many = Array.from({ length: 101 }, (_, n) => `X-${n}: 1\r\n`).join('');
    const answer = await exchange(
      server,
      `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${many}\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 431 .*a request may have at most 100 headers, got 103/s);
  });

  it('lets a running request finish and ends long polls when it closes', async () => {
    const server = await start();
    await append(acme, 1);
    const { headers } = await request(`${server.url}/streams/v1/insync`, {
      headers: { authorization: acme.basic },
    });
    const head = String(headers['tailrace-head-position']);
    const poll = request(`${server.url}/streams/v1/insync?after=${head}&wait=30s`, {
      headers: { authorization: acme.basic },
    });
    const batch = sampleBatch(1);
    const slow = connect(server.port, server.address);
    let answer = '';
    slow.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
    });
    slow.write(
      `POST /ingest/v1/acme/insync HTTP/1.1\r\nHost: x\r\nAuthorization: ${acme.ingest}\r\n` +
        `Content-Length: ${Buffer.byteLength(batch)}\r\nExpect: 100-continue\r\n\r\n`,
    );
    await once(slow, 'data');
    const closing = server.close(60_000);
    assert.equal((await poll).statusCode, 200);
    slow.write(batch);
    await once(slow, 'close');
    assert.match(answer, /HTTP\/1\.1 200 OK/);
    assert.match(answer, /connection: close/i);
    await closing;
    await assert.rejects(request(`${server.url}/healthz`), /ECONNREFUSED/);
    await server.close(1);
  });

  const warnings = () => service.logLines.filter((line) => line.includes('in clear text')).length;
  const polls = () => service.clock.sleeps.filter((ms) => ms === certificatePollMs).length;
  async function untilLogged(text: string): Promise<void> {
    while (!service.logLines.some((line) => line.includes(text))) {
      // eslint-disable-next-line no-await-in-loop -- one turn of the event loop at a time
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  async function untilPolling(): Promise<void> {
    while (polls() < 2) {
      // eslint-disable-next-line no-await-in-loop -- one turn of the event loop at a time
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  async function append(tenant: TestTenant, events: number): Promise<void> {
    const response = await service.app.request(`/ingest/v1/${tenant.id}/insync`, {
      method: 'POST',
      body: sampleBatch(events),
      headers: { authorization: tenant.ingest },
    });
    assert.equal(response.status, 200);
  }

  it('does not wait for ever for an answer that cannot end', async () => {
    await createPerson(service, 'viewer@acme.example.com', 'viewer', 'acme');
    const { cookie } = await signIn(service, 'viewer@acme.example.com');
    const store = new Proxy(service.store, {
      get(target, name) {
        const value: unknown = name === 'readBefore' ? neverRead : Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const server = await startServer(
      { ...service.dependencies, store, metrics: new Registry() },
      service.options,
    );
    const path = '/console/api/tenants/acme/events/insync/download?as=csv';
    const { body } = await request(server.url + path, { headers: { cookie } });
    const cut = assert.rejects(body.text());
    const { clock, logLines } = service;
    const sleptBefore = clock.sleeps.length;
    const slept = (ms: number) => clock.sleeps.slice(sleptBefore).includes(ms);
    const closing = server.close(1);
    await until(() => slept(1));
    clock.advance(1);
    await until(() => slept(5000));
    clock.advance(5000);
    await Promise.all([closing, cut]);
    assert.ok(logLines.some((line) => line.includes('answers have not come to an end')));
  });

  it('cuts what is left when the time to finish is over', async () => {
    const server = await start();
    const hanging = connect(server.port, server.address);
    hanging.on('error', () => {});
    hanging.write('GET /healthz HTTP/1.1\r\nHost: x\r\n');
    await once(hanging, 'connect');
    await request(`${server.url}/healthz`);
    const closing = server.close(1000);
    service.clock.advance(1000);
    await closing;
    if (!hanging.closed) await once(hanging, 'close');
  });

  it('answers 503 on /readyz while it closes, and 403 on /metrics to strangers', async () => {
    const own = await openTestService({ trustProxy: ['127.0.0.1'] });
    await using _ = own;
    assert.equal((await own.app.request('/readyz')).status, 200);
    own.closing.abort();
    const ready = await own.app.request('/readyz');
    assert.equal(ready.status, 503);
    assert.match(await ready.text(), /"serving":\{"ok":false,"detail":"shutting down"\}/);
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    assert.equal((await own.app.request('/metrics', { headers })).status, 403);
    assert.equal((await own.app.request('/metrics')).status, 200);
  });

  it('names no source, sink or stream on /readyz to strangers', async () => {
    const checks = {
      'source acme-vendor': { ok: true, detail: 'retrying: source_unavailable' },
      'sink siem acme/insync': { ok: false, detail: 'retrying: sink_refused' },
    };
    const more = { health: () => ({ ready: true, checks }) };
    await using own = await openTestService({ trustProxy: ['127.0.0.1'] }, more);
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    const told = await own.app.request('/readyz', { headers });
    assert.equal(told.status, 503);
    assert.deepEqual(await told.json(), { ready: false, checks: { sink: { ok: false } } });
    const known = await (await own.app.request('/readyz')).text();
    assert.match(known, /"source acme-vendor":\{"ok":true,"detail":"retrying: source_unavailable"/);
    assert.match(known, /"sink siem acme\/insync"/);
  });

  it('tells on /metrics how much memory kept pages take', async () => {
    await using own = await openTestService();
    const { ingest: key, basic } = await own.createTenant('acme');
    const headers = { authorization: key };
    const body = sampleBatch(20);
    await own.app.request('/ingest/v1/acme/insync', { method: 'POST', headers, body });
    const kept = async () => {
      const text = await (await own.app.request('/metrics')).text();
      return Number(/^tailrace_page_cache_bytes (\d+)$/m.exec(text)?.[1]);
    };
    assert.equal(await kept(), 0);
    const pull = { headers: { authorization: basic } };
    const page = await (await own.app.request('/api/events/v1?limit=10', pull)).text();
    assert.ok((await kept()) > page.length);
  });

  it('answers 503 on /readyz when the store cannot be written to', async () => {
    const own = await openTestService();
    await using _ = own;
    own.dependencies.store.saveCheckpoint = () => Promise.reject(new Error('disk is full'));
    const response = await own.app.request('/readyz');
    assert.equal(response.status, 503);
    assert.match(await response.text(), /"store":\{"ok":false,"detail":"disk is full"\}/);
  });

  it('warns when credentials would travel in clear beyond this machine', async () => {
    await (await start({ listen: '[::1]:0' }))[Symbol.asyncDispose]();
    await (await start({ listen: 'localhost:0' }))[Symbol.asyncDispose]();
    await (await start({ listen: '0.0.0.0:0', trustProxy: ['192.0.2.1'] }))[Symbol.asyncDispose]();
    assert.equal(warnings(), 0);
    await (await start({ listen: '0.0.0.0:0' }))[Symbol.asyncDispose]();
    assert.equal(warnings(), 1);
  });

  describe('with TLS', () => {
    let folder = '';
    let tls = { certificateFile: '', keyFile: '' };
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'tailrace-tls-'));
      tls = { certificateFile: join(folder, 'crt.pem'), keyFile: join(folder, 'key.pem') };
    });
    after(() => rm(folder, { recursive: true, force: true }));

    async function install(name: 'one' | 'two'): Promise<void> {
      await copyFile(new URL(`${name}.crt.pem`, fixtures), tls.certificateFile);
      await copyFile(new URL(`${name}.key.pem`, fixtures), tls.keyFile);
    }
    it('takes up a changed certificate and keeps the old one when the new one is no good', async () => {
      await install('one');
      await using server = await start({ tls });
      assert.match(server.url, /^https:/);
      assert.equal(await commonName(server), 'one.example.com');
      await install('two');
      service.clock.advance(certificatePollMs);
      await untilLogged('new certificate in use');
      assert.equal(await commonName(server), 'two.example.com');
      await writeFile(tls.keyFile, 'not a key');
      await untilPolling();
      service.clock.advance(certificatePollMs);
      await untilLogged('the old one stays');
      assert.equal(await commonName(server), 'two.example.com');
    });

    it('cuts off who does not come to the end of the handshake', async () => {
      await install('one');
      await using server = await start({ tls, limits: { headersTimeout: '50ms' } });
      assert.equal(await exchange(server, ''), '');
      assert.equal(await exchange(server, 'GET / HTTP/1.1\r\n\r\n'), '');
    });

    it('refuses old versions of TLS', async () => {
      await install('one');
      await using server = await start({ tls });
      const refused = { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' };
      await assert.rejects(handshake(server, 'TLSv1.1'), refused);
    });

    it('does not start with a key that does not fit, or without files', async () => {
      await install('one');
      await copyFile(new URL('two.key.pem', fixtures), tls.keyFile);
      await assert.rejects(start({ tls }), { code: 'config_invalid', message: /no certificate/ });
      const missing = { ...tls, keyFile: join(folder, 'missing.pem') };
      await assert.rejects(start({ tls: missing }), { code: 'secret_unavailable' });
    });
  });
});
