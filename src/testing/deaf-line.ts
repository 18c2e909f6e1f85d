import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { portOf } from './port-of.ts';

export interface DeafLine extends AsyncDisposable {
  readonly port: number;
  /** Notices that were held back. */
  readonly withheld: number;
}

/** Type and length in front of every message of the server. */
const headBytes = 5;
/** NotificationResponse, in PostgreSQL's protocol. */
const notice = 'A'.charCodeAt(0);

/** A loopback port that leads to PostgreSQL on `targetPort` and, like some poolers, passes no notices on. */
export async function openDeafLine(targetPort: number): Promise<DeafLine> {
  const sockets = new Set<Socket>();
  const line = { withheld: 0 };
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    let pending = Buffer.alloc(0);
    upstream.on('data', (bytes) => {
      pending = Buffer.concat([pending, bytes]);
      while (pending.length >= headBytes) {
        const length = 1 + pending.readUInt32BE(1);
        if (pending.length < length) return;
        if (pending[0] === notice) line.withheld += 1;
        else client.write(pending.subarray(0, length));
        pending = pending.subarray(length);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    get withheld() {
      return line.withheld;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
