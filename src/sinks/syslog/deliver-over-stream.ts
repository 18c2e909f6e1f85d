import { once } from 'node:events';
import type { Socket } from 'node:net';
import { write, withConnection, type ConnectionContext } from './connection.ts';
import type { Endpoint } from './endpoint.ts';
import { chunksOf } from './framing.ts';

/**
 * Sends frames over a connection of their own, ends its side, and resolves when the receiver has ended
 * its own: plain syslog has no confirmation, and that a receiver has read the connection to its end is
 * the nearest there is. One that ends before everything was sent has not taken the batch.
 */
export async function deliverOverStream(
  endpoint: Endpoint,
  frames: Iterable<string>,
  context: ConnectionContext,
  signal: AbortSignal,
): Promise<void> {
  await withConnection(
    endpoint,
    context,
    async (socket, failed) => {
      let hasSentAll = false;
      const ended = untilEnded(socket, failed, () => hasSentAll);
      ended.catch(() => {}); // awaited below, maybe after it has failed
      socket.resume(); // a syslog receiver says nothing; what it says all the same is of no concern
      await Promise.race([write(socket, chunksOf(frames), failed), ended]);
      hasSentAll = true;
      socket.end();
      await ended;
    },
    signal,
  );
}

async function untilEnded(
  socket: Socket,
  failed: AbortSignal,
  hasSentAll: () => boolean,
): Promise<void> {
  await once(socket, 'end', { signal: failed });
  if (!hasSentAll()) throw new Error('the receiver closed the connection before it had all');
}
