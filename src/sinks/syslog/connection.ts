import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket, type ConnectionOptions } from 'node:tls';
import type { Clock } from '../../core/clock.ts';
import { AppError, errorMessage } from '../../core/errors.ts';
import type { SecretReader } from '../../core/secret.ts';
import { explainNetworkError } from '../../lib/explain-network-error.ts';
import { unlessAborted } from '../../lib/unless-aborted.ts';
import { readCertificates } from '../../wire/certificates.ts';
import type { Endpoint } from './endpoint.ts';
import type { SyslogSinkOptions } from './options.ts';

/** How connections are made; TLS when `tls` is there. */
export interface ConnectionContext {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly tls: SyslogSinkOptions['tls'] | undefined;
  readonly readSecret: SecretReader;
}

/** A connection that is there. */
export interface Connection {
  readonly socket: Socket;
  /** Aborts with why it is there no more. */
  readonly failed: AbortSignal;
  /** How long it took to be made: one round trip at least, with TLS two or more. */
  readonly connectMs: number;
  /** The receiver has done what was waited for, and gets the whole timeout for the next. */
  readonly goesOn: () => void;
}

/**
 * Connects and gives the connection to `converse`. Whatever happens, the socket is gone afterwards; a
 * peer that takes nothing and confirms nothing for the whole timeout is given up, whatever it says
 * meanwhile. Rejects with `sink_unavailable` or, when waiting cannot help, with `sink_refused`.
 */
export async function withConnection<T>(
  endpoint: Endpoint,
  context: ConnectionContext,
  converse: (connection: Connection) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const { clock, timeoutMs, tls } = context;
  const beganMs = clock.monotonicMs();
  const socket = await openSocket(endpoint, context);
  const failure = new AbortController();
  const fail = (error: Error) => failure.abort(error);
  const abort = () => socket.destroy();
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the receiver closed the connection')));
  // Not the socket's own, which any byte that the peer sends would start anew.
  const patience = setTimeout(() => socket.destroy(timedOut(timeoutMs)), timeoutMs);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    await once(socket, tls === undefined ? 'connect' : 'secureConnect', { signal: failure.signal });
    const connectMs = clock.monotonicMs() - beganMs;
    const goesOn = () => void patience.refresh();
    goesOn();
    socket.setNoDelay(true);
    if (tls?.clientCertificate) await untilCertificateTaken(socket, context, failure.signal);
    return await converse({ socket, failed: failure.signal, connectMs, goesOn });
  } catch (error) {
    signal.throwIfAborted();
    throw explained(failure.signal.aborted ? failure.signal.reason : error, endpoint, context);
  } finally {
    clearTimeout(patience);
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

const refusalMs = 250;

/**
 * Under TLS 1.3 the handshake is over for us before the receiver has looked at our certificate; one
 * that refuses it then closes, which must not be taken for the end of a batch. A session ticket says
 * that it took it; of a receiver that gives none, it is a quarter of a second without a refusal.
 */
async function untilCertificateTaken(
  socket: Socket,
  { clock }: ConnectionContext,
  failed: AbortSignal,
): Promise<void> {
  if (!(socket instanceof TLSSocket) || socket.getProtocol() !== 'TLSv1.3') return;
  const over = new AbortController();
  const signal = AbortSignal.any([failed, over.signal]);
  const ended = once(socket, 'end', { signal }).then(() => 'ended' as const);
  const taken = once(socket, 'session', { signal }).then(() => 'taken' as const);
  const waited = clock.sleep(refusalMs, signal).then(() => 'waited' as const);
  for (const outcome of [ended, taken]) outcome.catch(() => {});
  socket.resume(); // or its end would not be seen
  try {
    const outcome = await Promise.race([ended, taken, waited]);
    failed.throwIfAborted();
    if (outcome === 'ended') throw new CertificateRefused();
    // OpenSSL tells of a ticket while it reads, and must not be made to write before it has read.
    await setImmediate();
  } finally {
    over.abort();
  }
}

class CertificateRefused extends Error {
  constructor() {
    super('the receiver closed the connection after the handshake');
  }
}

/** Writes as fast as the receiver reads; resolves when the operating system has taken everything. */
export async function write(
  { socket, failed, goesOn }: Pick<Connection, 'socket' | 'failed' | 'goesOn'>,
  chunks: Iterable<string>,
): Promise<void> {
  for (const chunk of chunks) {
    failed.throwIfAborted();
    const { promise: taken, resolve } = Promise.withResolvers<void>();
    // Of what fails, `failed` says more.
    socket.write(chunk, (error) => void (error ?? resolve()));
    await unlessAborted(taken, failed);
    goesOn();
  }
}

function timedOut(timeoutMs: number): Error {
  const text = `the receiver did nothing for ${timeoutMs / 1000} s`;
  return Object.assign(new Error(text), { code: 'TIMEOUT' });
}

async function openSocket(endpoint: Endpoint, context: ConnectionContext): Promise<Socket> {
  const { host, port } = endpoint;
  if (context.tls === undefined) return connectTcp({ host, port, allowHalfOpen: true });
  // At every connect anew, so that a renewed certificate needs no restart.
  const certificates = await readCertificates(context.tls, context.readSecret);
  const { minVersion } = context.tls;
  try {
    const servername = withServerName(host, context.tls);
    return connectTls({ host, port, minVersion, ...servername, ...certificates });
  } catch (error) {
    throw new AppError('sink_refused', `${endpoint.name}: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

function withServerName(host: string, { serverName }: SyslogSinkOptions['tls']): ConnectionOptions {
  if (serverName !== undefined) return { servername: serverName };
  return isIP(host) === 0 ? { servername: host } : {};
}

/** With TLS 1.3 a refused client certificate looks like a connection that breaks after its start. */
function explained(error: unknown, { name }: Endpoint, { tls }: ConnectionContext): AppError {
  if (error instanceof AppError) return error;
  const { text, needsOperator } = explainNetworkError(error, name);
  const isBroken =
    error instanceof CertificateRefused ||
    (error instanceof Error && 'code' in error && error.code === 'ECONNRESET');
  const advice =
    tls !== undefined && isBroken ? '; a receiver that refuses the client certificate does so' : '';
  return new AppError(needsOperator ? 'sink_refused' : 'sink_unavailable', `${text}${advice}`, {
    cause: error,
  });
}
