import { once } from 'node:events';
import { write, withConnection, type Connection, type ConnectionContext } from './connection.ts';
import type { Endpoint } from './endpoint.ts';
import { chunksOf } from './framing.ts';

/** How long a receiver is listened to that has everything; in between, two round trips. */
const listeningMs = { min: 25, max: 1000 } as const;

/**
 * Sends frames over a connection of their own, ends its side, and resolves when the receiver has ended
 * its own: plain syslog has no confirmation, and that a receiver has read the connection to its end is
 * the nearest there is. One that ends first has not taken the batch: it has too many connections, does
 * not want this sender, or is being stopped. As everything may be written before its end is here, that
 * is listened for a while before this side ends; behind that, the two could not be told apart.
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
    async (connection) => {
      const { socket, failed, goesOn } = connection;
      const ended = once(socket, 'end', { signal: failed });
      const endedFirst = ended.then(() => {
        throw new Error('the receiver closed the connection before it had all');
      });
      endedFirst.catch(() => {}); // raced below, and what comes behind that is no failure
      socket.resume(); // a syslog receiver says nothing; what it says all the same is of no concern
      await Promise.race([write(connection, chunksOf(frames)), endedFirst]);
      await Promise.race([listen(connection, context), endedFirst]);
      socket.end();
      goesOn();
      await ended;
    },
    signal,
  );
}

async function listen(
  { connectMs, failed }: Connection,
  { clock }: ConnectionContext,
): Promise<void> {
  const { min, max } = listeningMs;
  await clock.sleep(Math.min(Math.max(2 * connectMs, min), max), failed);
  failed.throwIfAborted();
}
