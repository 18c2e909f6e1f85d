import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { explainNetworkError } from '../../lib/explain-network-error.ts';
import { unlessAborted } from '../../lib/unless-aborted.ts';
import type { Endpoint } from './endpoint.ts';

export interface DatagramContext {
  readonly clock: Clock;
  readonly perSecond: number;
  readonly timeoutMs: number;
}

const burstMs = 10;

/**
 * Sends each message as a datagram (RFC 5426), no faster than the pace. Resolves when the network has
 * taken them, which is all that can be known.
 */
export async function deliverOverUdp(
  endpoint: Endpoint,
  messages: readonly string[],
  { clock, perSecond, timeoutMs }: DatagramContext,
  signal: AbortSignal,
): Promise<void> {
  const burst = Math.max(1, Math.floor((perSecond * burstMs) / 1000));
  const pauseMs = (burst * 1000) / perSecond;
  try {
    await using socket = await openSocket(
      endpoint,
      AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    );
    for (let at = 0; at < messages.length; at += burst) {
      signal.throwIfAborted();
      if (at > 0) await clock.sleep(pauseMs, signal);
      await socket.send(messages.slice(at, at + burst));
    }
  } catch (error) {
    signal.throwIfAborted();
    const { text } = explainNetworkError(error, endpoint.name);
    throw new AppError('sink_unavailable', text, { cause: error });
  }
}

async function openSocket({ host, port }: Endpoint, signal: AbortSignal) {
  const { address, family } = await unlessAborted(lookup(host), signal);
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  // A datagram that nobody took is reported with one of the next.
  let failure: Error | undefined;
  socket.on('error', (error) => (failure ??= error));
  try {
    socket.connect(port, address);
    await once(socket, 'connect', { signal });
  } catch (error) {
    await close(socket);
    throw error;
  }
  return {
    async send(messages: readonly string[]): Promise<void> {
      await Promise.all(messages.map((message) => sendOne(socket, message)));
      if (failure !== undefined) throw failure;
    },
    [Symbol.asyncDispose]: () => close(socket),
  };
}

/** Until then it keeps the process alive. */
async function close(socket: Socket): Promise<void> {
  const closed = Promise.withResolvers<void>();
  socket.close(() => closed.resolve());
  await closed.promise;
}

async function sendOne(socket: Socket, message: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.send(message, (error) => {
    if (error === null) resolve();
    else reject(error);
  });
  await promise;
}
