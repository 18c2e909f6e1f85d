import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { AppError, errorMessage } from '../core/errors.ts';
import type { HttpEnv } from './http-env.ts';
import type { ServeOptions } from './options.ts';
import { keepCertificateFresh, readCertificate } from './tls-certificate.ts';

/** A server that listens. */
export interface RunningServer {
  /** Open ones. */
  connections(): Promise<number>;
  /** Scheme, host and port to call it by. */
  readonly url: string;
  readonly address: string;
  readonly port: number;
  /**
   * Takes no more requests, ends long polls, lets requests finish for `graceMs` at most and then
   * cuts what is left. A second call waits for the first.
   */
  close(graceMs: number): Promise<void>;
}

export interface Listening {
  readonly listen: string;
  readonly tls: ServeOptions['tls'];
  readonly limits: ServeOptions['limits'];
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborted by `close` before anything else. */
  readonly closing: AbortController;
  readonly fetch: (request: Request, env: HttpEnv['Bindings']) => Response | Promise<Response>;
}

/** How long the rest of a body that nobody wants is read, so that the client gets to see the answer. */
const lingerMs = 10_000;
/** How often connections are checked for time-outs. */
const checkEveryMs = 1000;

/** Opens the port. Rejects with `address_in_use`, `config_invalid` and `secret_unavailable`. */
export async function openListener(listening: Listening): Promise<RunningServer> {
  const server = await createNodeServer(listening);
  const { host, port } = parseListen(listening.listen);
  await listenOn(server, host, port);
  const address = boundAddress(server);
  const scheme = listening.tls === undefined ? 'http' : 'https';
  let closed: Promise<void> | undefined;
  return {
    url: `${scheme}://${urlHost(address.address)}:${address.port}`,
    address: address.address,
    port: address.port,
    connections: () => openConnections(server),
    close: (graceMs) => (closed ??= drain(server, listening, graceMs)),
  };
}

/** `127.0.0.1:8480` and `[::1]:8480` in their parts. */
export function parseListen(listen: string): { readonly host: string; readonly port: number } {
  const colon = listen.lastIndexOf(':');
  const host = listen.slice(0, colon).replace(/^\[|\]$/g, '');
  return { host, port: Number(listen.slice(colon + 1)) };
}

async function createNodeServer(listening: Listening): Promise<Server> {
  const { limits, tls, closing } = listening;
  const options = {
    maxHeaderSize: limits.headers,
    headersTimeout: Math.min(limits.headersTimeout, limits.requestTimeout),
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.idleTimeout,
    connectionsCheckingInterval: checkEveryMs,
  };
  const listener = requestListener(listening);
  const server =
    tls === undefined
      ? createServer(options, listener)
      : await createSecureServer(tls, options, listener, listening);
  server.maxConnections = limits.connections;
  server.maxHeadersCount = 0; // counted by the application, which answers instead of dropping some
  server.timeout = limits.longPollWait + limits.idleTimeout;
  server.on('clientError', answerClientError);
  server.on('checkContinue', listener); // the body is asked for when somebody wants to read it
  server.on('request', (_incoming, outgoing) => {
    outgoing.once('close', () => {
      if (closing.signal.aborted) setImmediate(() => server.closeIdleConnections());
    });
  });
  return server;
}

async function createSecureServer(
  tls: NonNullable<ServeOptions['tls']>,
  options: Parameters<typeof createTlsServer>[0],
  listener: RequestListener,
  { clock, log, closing, limits }: Listening,
): Promise<Server> {
  const certificate = await readCertificate(tls);
  const server = createTlsServer(
    { ...options, ...certificate, minVersion: 'TLSv1.2', handshakeTimeout: limits.headersTimeout },
    listener,
  );
  // Nobody could read an answer, and a socket that is to send one first would stay for ever.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  void keepCertificateFresh(
    { files: tls, current: certificate, server, clock, log },
    closing.signal,
  );
  return server;
}

function requestListener({ fetch, log }: Listening): RequestListener {
  const respond = getRequestListener(
    (request, { incoming, outgoing }) => fetch(request, nodeBindings(incoming, outgoing)),
    { autoCleanupIncoming: false },
  );
  return (incoming, outgoing) => {
    outgoing.once('finish', () => lingerFor(incoming));
    respond(incoming, outgoing).catch((error: unknown) => {
      log.error({ err: error }, 'answer not written');
      outgoing.destroy();
    });
  };
}

/** The listener serves HTTP/1.1 only, whatever else the adapter's types allow. */
function nodeBindings(incoming: object, outgoing: object): HttpEnv['Bindings'] {
  return isIncoming(incoming) && isOutgoing(outgoing) ? { incoming, outgoing } : {};
}

function isIncoming(value: object): value is IncomingMessage {
  return 'socket' in value && 'rawHeaders' in value;
}

function isOutgoing(value: object): value is ServerResponse {
  return 'writeContinue' in value;
}

/** Node reads on what the handler has left of a body; here that gets an end. */
function lingerFor(incoming: IncomingMessage): void {
  if (incoming.complete) return;
  incoming.resume();
  const timer = setTimeout(() => incoming.socket.destroy(), lingerMs);
  timer.unref();
  incoming.once('close', () => clearTimeout(timer));
}

const clientErrors: Readonly<Record<string, readonly [status: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'the headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'the request did not come in time'],
};
const malformed = ['400 Bad Request', 'the request is not valid HTTP'] as const;

/** Answers what never became a request. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket | object): void {
  if (!('end' in socket) || !socket.writable || error.code === 'ECONNRESET') {
    if ('destroy' in socket) socket.destroy();
    return;
  }
  const [status, message] = clientErrors[error.code ?? ''] ?? malformed;
  const code = error.code === 'HPE_HEADER_OVERFLOW' ? 'too_large' : 'input_invalid';
  const body = JSON.stringify({ code, message, retryable: false, data: {} });
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

async function listenOn(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(listenError(error, `${host}:${port}`));
    });
    server.listen({ host, port }, resolve);
  });
}

function listenError(error: NodeJS.ErrnoException, address: string): AppError {
  const options = { cause: error };
  if (error.code === 'EADDRINUSE') {
    return new AppError('address_in_use', `another program listens on ${address}`, options);
  }
  return new AppError(
    'config_invalid',
    `cannot listen on ${address}: ${errorMessage(error)}`,
    options,
  );
}

function boundAddress(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no address');
  return address;
}

function openConnections(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((error, count) => resolve(error === null ? count : 0));
  });
}

/** What a client on this machine calls a wildcard address by. */
function urlHost(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  if (address === '::') return '[::1]';
  return address.includes(':') ? `[${address}]` : address;
}

async function drain(
  server: Server,
  { clock, closing }: Listening,
  graceMs: number,
): Promise<void> {
  closing.abort();
  const drained = new AbortController();
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      drained.abort();
      resolve();
    });
  });
  server.closeIdleConnections();
  await clock.sleep(graceMs, drained.signal);
  server.closeAllConnections();
  await closed;
}
