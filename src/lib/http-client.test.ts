import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createSilentServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { portOf } from '../testing/port-of.ts';
import { HttpClient, HttpFailure, type HttpFailureKind } from './http-client.ts';
import { rememberSecret } from './known-secrets.ts';

const signal = new AbortController().signal;

describe('HttpClient', () => {
  it('sends what it is given and reads the whole answer', async () => {
    await using server = await serve((request, response) => {
      const echo = JSON.stringify([request.method, request.url, request.headers['x-test']]);
      request.pipe(response.setHeader('x-echo', echo));
    });
    const answer = await client().send(
      { method: 'POST', url: new URL('/a?b=c', server.url), headers: { 'x-test': '1' }, body: 'é' },
      signal,
    );
    assert.equal(answer.status, 200);
    assert.equal(answer.body.toString(), 'é');
    assert.equal(answer.headers.get('x-echo'), '["POST","/a?b=c","1"]');
  });

  it('decompresses, and counts the limit after that', async () => {
    const body = gzipSync(Buffer.alloc(100_000, 'a'));
    await using server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(body);
    });
    const large = await new HttpClient({ timeoutMs: 5000, responseBytesMax: 100_000 }).send(
      get(server.url),
      signal,
    );
    assert.equal(large.body.length, 100_000);
    await fails(client().send(get(server.url), signal), 'too_large', /larger than 1000 bytes/);
  });

  it('takes nothing for whole that breaks off in its coding', async () => {
    const body = gzipSync(Buffer.alloc(900, 'a'));
    await using server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(body.subarray(0, -9));
    });
    await fails(client().send(get(server.url), signal), 'unreachable', /unexpected end of file/);
  });

  for (const coding of ['constructor', 'gzip, gzip, gzip', 'deflate']) {
    it(`says that it cannot read ${coding}`, async () => {
      await using server = await serve((_, response) => {
        response.writeHead(200, { 'content-encoding': coding }).end('x');
      });
      const message = new RegExp(`codings nobody reads: ${coding}$`);
      await fails(client().send(get(server.url), signal), 'unreachable', message);
    });
  }

  for (const status of [200, 204]) {
    it(`takes an empty body with a coding for what it is (${status})`, async () => {
      await using server = await serve((_, response) => {
        response.writeHead(status, { 'content-encoding': 'gzip' }).end();
      });
      assert.equal((await client().send(get(server.url), signal)).body.length, 0);
    });
  }

  it('says who it is, and asks again over the same connections', async () => {
    const ports = new Set<number | undefined>();
    await using server = await serve(({ socket, headers }, response) => {
      ports.add(socket.remotePort);
      response.end(headers['user-agent']);
    });
    const again = client();
    for (let time = 0; time < 6; time++) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      const { body } = await again.send(get(server.url), signal);
      assert.equal(body.toString(), 'Tailrace');
    }
    assert.ok(ports.size <= 2, 'undici takes two in turns');
    await again[Symbol.asyncDispose]();
  });

  it('does not wait for the body of a redirect', async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await serve((_, response) => {
      response.on('close', () => closed.resolve());
      response.writeHead(302, { location: '/' }).write('never more than this');
    });
    await fails(client().send(get(server.url), signal), 'redirected', /302/);
    await closed.promise;
  });

  it('follows no redirect and says where it led, without the query', async () => {
    let requests = 0;
    await using server = await serve((_, response) => {
      requests += 1;
      response.writeHead(307, { location: '/elsewhere?secret=1' }).end();
    });
    const message = new RegExp(`307, redirecting to ${server.url}/elsewhere$`);
    await fails(client().send(get(server.url), signal), 'redirected', message);
    assert.equal(requests, 1);
  });

  it('does not repeat what a redirect repeats of the credentials', async () => {
    rememberSecret('a/b$c!d');
    for (const token of ['trat_0123456789abcdefghijklmnopq', 'a/b$c!d']) {
      await using server = await serve((_, response) => {
        response.writeHead(302, { location: `/login/${token}/again` }).end();
      });
      await fails(client().send(get(server.url), signal), 'redirected', /\/login\/…\/again$/);
    }
  });

  it('takes a success for one whatever its body, where that is all that is wanted', async () => {
    const bodies: Readonly<Record<string, RequestListener>> = {
      'a strange coding': (_, response) =>
        response.writeHead(200, { 'content-encoding': 'deflate' }).end('x'),
      'no body of its coding': (_, response) =>
        response.writeHead(201, { 'content-encoding': 'gzip' }).end('ok'),
      'too long': (_, response) => response.end(Buffer.alloc(1_000_000)),
      endless: (_, response) => void response.write('ok'),
    };
    for (const [what, answer] of Object.entries(bodies)) {
      await using server = await serve(answer);
      const asked = { ...get(server.url), statusSuffices: true } as const;
      const { status, body } = await client().send(asked, signal);
      assert.ok(status < 300, what);
      assert.equal(body.length, 0);
    }
  });

  it('keeps a connection whose little body nobody wants', async () => {
    const sockets = new Set<unknown>();
    await using server = await serve(({ socket }, response) => {
      sockets.add(socket);
      response.end('ok');
    });
    await using asking = client();
    for (let time = 0; time < 6; time += 1) {
      await asking.send({ ...get(server.url), statusSuffices: true }, signal);
    }
    assert.ok(sockets.size <= 2, 'undici takes two in turns');
  });

  it('does not tell in an error what in a path may be a credential', async () => {
    const place = 'http://127.0.0.1:1/services/T01/Qk3vYz9TtR8wLmN2pXs7UaBc';
    await fails(client().send(get(place), signal), 'unreachable', /1\/services\/T01\/…: /);
  });

  it('gives up on answers that explode, however they are packed', async () => {
    const zeros = Buffer.alloc(50_000_000);
    const packed = {
      gzip: gzipSync(zeros),
      'gzip, gzip': gzipSync(gzipSync(zeros)),
      br: brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
      zstd: zstdCompressSync(zeros),
    };
    for (const [coding, body] of Object.entries(packed)) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      await using server = await serve((_, response) => {
        response.writeHead(200, { 'content-encoding': coding }).end(body);
      });
      const start = process.memoryUsage.rss();
      // eslint-disable-next-line no-await-in-loop -- as above
      await fails(client().send(get(server.url), signal), 'too_large', /larger than 1000 bytes/);
      const grownBytes = process.memoryUsage.rss() - start;
      assert.ok(grownBytes < 40_000_000, `${coding}: ${grownBytes} bytes`);
    }
  });

  it('gives up after its time', async () => {
    await using server = await serve(() => {});
    const impatient = new HttpClient({ timeoutMs: 50, responseBytesMax: 1000 });
    const url = `${server.url}/?secret=1`;
    await fails(impatient.send(get(url), signal), 'timed_out', /\/ within 50 ms$/);
  });

  it('says unreachable when nobody listens', async () => {
    const server = await serve(() => {});
    await server[Symbol.asyncDispose]();
    await fails(client().send(get(server.url), signal), 'unreachable', /ECONNREFUSED/);
  });

  it('rejects with the reason of its signal', async () => {
    const controller = new AbortController();
    await using server = await serve(() => controller.abort(new Error('stopping')));
    await assert.rejects(client().send(get(server.url), controller.signal), /stopping/);
  });

  it('goes through a proxy with its credentials', async () => {
    await using proxy = await serve((request, response) => {
      response.end(`${request.url} ${request.headers['proxy-authorization']}`);
    });
    const proxied = new HttpClient({
      timeoutMs: 5000,
      responseBytesMax: 1000,
      proxy: { url: proxy.url, authorization: 'Basic abc' },
    });
    const { body } = await proxied.send(get('http://siem.example.com/x'), signal);
    assert.equal(body.toString(), 'http://siem.example.com/x Basic abc');
  });
});

describe('HttpClient on its way to somebody', () => {
  it('goes through the tunnel of a proxy to who speaks TLS, and trusts whom it is told to', async () => {
    await using proxy = await tunnels();
    const url = `https://siem.example.com:${proxy.targetPort}/x`;
    const options = { timeoutMs: 5000, responseBytesMax: 1000, proxy: { url: proxy.url } };
    await using trusting = new HttpClient({
      ...options,
      tls: { ca: certificate('authority.crt') },
    });
    const { body } = await trusting.send(get(url), signal);
    assert.equal(body.toString(), 'siem.example.com /x');
    await using wary = new HttpClient(options);
    await fails(wary.send(get(url), signal), 'unreachable', /certificate/);
  });

  const silences = [
    { title: 'is accepted and never answered', url: (port: number) => `http://127.0.0.1:${port}` },
    {
      title: 'never gets through its handshake',
      url: (port: number) => `https://127.0.0.1:${port}`,
    },
    { title: 'gets no tunnel', url: () => 'https://siem.example.com', isProxied: true },
  ];
  for (const { title, url, isProxied = false } of silences) {
    it(`gives up in its time, and at once when told to, when a connection ${title}`, async () => {
      await using silent = await accepts();
      const proxy = { url: `http://127.0.0.1:${silent.port}` };
      const common = { responseBytesMax: 1000, ...(isProxied ? { proxy } : {}) };
      await using patient = new HttpClient({ ...common, timeoutMs: 60_000 });
      const controller = new AbortController();
      const sending = patient.send(get(url(silent.port)), controller.signal);
      await silent.accepted;
      controller.abort(new Error('stopping'));
      await assert.rejects(sending, /stopping/);
      await using impatient = new HttpClient({ ...common, timeoutMs: 50 });
      await fails(impatient.send(get(url(silent.port)), signal), 'timed_out', /within 50 ms$/);
    });
  }
});

describe('headers that HttpClient is given', () => {
  it('take the place of its own, in whatever case, without space around their values', async () => {
    await using server = await serve(({ rawHeaders }, response) => {
      response.end(JSON.stringify(rawHeaders));
    });
    const headers = { 'User-Agent': 'Mine', Authorization: 'Bearer abc\n' };
    const { body } = await client().send({ ...get(server.url), headers }, signal);
    const sent: string[] = JSON.parse(body.toString());
    const agents = sent.filter((_, index) => sent[index - 1]?.toLowerCase() === 'user-agent');
    assert.deepEqual(agents, ['Mine']);
    assert.ok(sent.includes('Bearer abc'));
  });
});

function certificate(name: string): string {
  return readFileSync(new URL(`../sinks/syslog/fixtures/${name}.pem`, import.meta.url), 'utf8');
}

/** A proxy whose tunnels all lead to one server for `siem.example.com`. */
async function tunnels() {
  const target = createTlsServer(
    { cert: certificate('server.crt'), key: certificate('server.key') },
    ({ headers, url }, response) => response.end(`${headers.host?.split(':')[0]} ${url}`),
  ).listen(0, '127.0.0.1');
  await once(target, 'listening');
  const targetPort = portOf(target);
  const proxy = createServer().listen(0, '127.0.0.1');
  proxy.on('connect', (_, socket: Socket) => {
    const upstream = connect(targetPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    for (const end of [socket, upstream]) end.on('error', () => {});
  });
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${portOf(proxy)}`,
    targetPort,
    [Symbol.asyncDispose]: async () => {
      target.closeAllConnections();
      proxy.closeAllConnections();
      await Promise.all([target, proxy].map((server) => once(server.close(), 'close')));
    },
  };
}

/** Takes connections and says nothing. */
async function accepts() {
  const sockets: Socket[] = [];
  const accepted = Promise.withResolvers<void>();
  const server = createSilentServer((socket) => {
    socket.on('error', () => {});
    sockets.push(socket);
    accepted.resolve();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    accepted: accepted.promise,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}

function client(): HttpClient {
  return new HttpClient({ timeoutMs: 5000, responseBytesMax: 1000 });
}

function get(url: string) {
  return { method: 'GET', url: new URL(url), headers: {} } as const;
}

async function serve(listener: RequestListener): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return {
    url: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function fails(
  sending: Promise<unknown>,
  kind: HttpFailureKind,
  message: RegExp,
): Promise<void> {
  await assert.rejects(sending, (error) => {
    assert.ok(error instanceof HttpFailure, String(error));
    assert.equal(error.kind, kind);
    assert.match(error.message, message);
    assert.ok(!error.message.includes('secret'));
    return true;
  });
}
