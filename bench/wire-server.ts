/**
 * A receiver that counts events and keeps none, as a process of its own so that its work is not
 * counted: started with `fork` and one of the kinds below; sends `{ port }`, then `{ events }`.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { unframeOctets, unframeRelp, type Unframe } from '../src/testing/syslog-receiver.ts';

const reportEveryMs = 20;
const nothing = 'no message holds this text: \u0001';

let events = 0;

function count(text: string, mark: string): number {
  let found = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) found += 1;
  return found;
}

/** Counts the events of one body, and gives the answer to it. */
type Answer = (body: string) => string;

function overHttp(answer: Answer): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const isGzip = request.headers['content-encoding'] === 'gzip';
      const body = (isGzip ? gunzipSync(bytes) : bytes).toString('latin1');
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer(body));
    });
  });
}

function fixture(name: string): Buffer {
  return readFileSync(new URL(`../src/sinks/syslog/fixtures/${name}`, import.meta.url));
}

function overSyslog(unframe: Unframe, isSecure: boolean): Server {
  const server = isSecure
    ? createTlsServer({ cert: fixture('server.crt.pem'), key: fixture('server.key.pem') })
    : createTcpServer();
  server.on(isSecure ? 'secureConnection' : 'connection', (socket) => {
    let unread: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      unread = unframe(Buffer.concat([unread, bytes]), () => (events += 1), socket);
    });
    socket.on('error', () => {});
  });
  return server;
}

const kinds: Readonly<Record<string, () => Server>> = {
  tcp: () => overSyslog(unframeOctets, false),
  tls: () => overSyslog(unframeOctets, true),
  relp: () => overSyslog(unframeRelp(nothing), false),
  'splunk-hec': () =>
    overHttp((body) => {
      events += count(body, '\n') + 1;
      return '{"text":"Success","code":0}';
    }),
  elasticsearch: () =>
    overHttp((body) => {
      const items = count(body, '\n') / 2;
      events += items;
      const item = '{"create":{"status":201}}';
      return `{"took":1,"errors":false,"items":[${Array.from({ length: items }, () => item).join(',')}]}`;
    }),
  http: () =>
    overHttp((body) => {
      events += count(body, '\n');
      return '';
    }),
  otlp: () =>
    overHttp((body) => {
      events += count(body, '"timeUnixNano"');
      return '{}';
    }),
};

const server = kinds[process.argv[2] ?? '']?.();
if (server === undefined) throw new Error(`one of ${Object.keys(kinds).join(', ')} is needed`);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' && address !== null ? address.port : 0 });
});
let reported = 0;
setInterval(() => {
  if (reported === events) return;
  reported = events;
  process.send?.({ events });
}, reportEveryMs);
process.on('disconnect', () => process.exit());
