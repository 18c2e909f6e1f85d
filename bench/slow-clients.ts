/** Clients that take, or send, a little at a time and so make a service hold things for them. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** How one client behaves. */
export interface SlowClient {
  /** Request line and headers, ended by an empty line. */
  readonly head: string;
  /** Sent slowly behind the head; nothing of it is kept for the client alone. */
  readonly body?: Buffer;
  /** The rest is never taken in. */
  readonly stopAfterBytes?: number;
  /** How long 64 KiB take; 1 s unless stated. */
  readonly pieceEveryMs?: number;
}

export interface SlowClients extends Disposable {
  /** How many answers have begun, by status; `cut`: connections that the service closed before that. */
  outcomes(): Readonly<Record<string, number>>;
  /** Bytes that all clients together have taken in. */
  bytesTaken(): number;
}

const pieceBytes = 64 * 1024;
const pieceEveryMsUsually = 1000;

/** Connects all of them. */
export function openSlowClients(
  { hostname, port }: URL,
  clients: readonly SlowClient[],
): SlowClients {
  const outcomes: Record<string, number> = {};
  let isOver = false;
  let bytesTaken = 0;
  const sockets = clients.map((client) => {
    const socket = connect(Number(port), hostname);
    const { pieceEveryMs = pieceEveryMsUsually } = client;
    let taken = 0;
    socket.once('connect', () => {
      socket.write(client.head);
      if (client.body !== undefined) sendSlowly(socket, client.body, pieceEveryMs);
    });
    socket.on('data', (chunk) => {
      if (taken === 0) count(outcomes, statusOf(chunk));
      taken += chunk.length;
      bytesTaken += chunk.length;
      socket.pause();
      if (taken >= (client.stopAfterBytes ?? Infinity)) return;
      setTimeout(() => socket.resume(), (chunk.length / pieceBytes) * pieceEveryMs).unref();
    });
    socket.on('error', () => {}); // 'close' follows
    socket.once('close', () => {
      if (taken === 0 && !isOver) count(outcomes, 'cut');
    });
    return socket;
  });
  return {
    outcomes: () => outcomes,
    bytesTaken: () => bytesTaken,
    [Symbol.dispose]: () => {
      isOver = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}

function sendSlowly(socket: Socket, body: Buffer, pieceEveryMs: number): void {
  let sent = 0;
  const timer = setInterval(() => {
    socket.write(body.subarray(sent, sent + pieceBytes));
    sent += pieceBytes;
    if (sent >= body.length) clearInterval(timer);
  }, pieceEveryMs);
  timer.unref();
  socket.once('close', () => clearInterval(timer));
}

function statusOf(chunk: Buffer): string {
  return /^HTTP\/1\.1 (\d{3})/.exec(chunk.toString('latin1', 0, 12))?.[1] ?? 'unknown';
}

function count(outcomes: Record<string, number>, outcome: string): void {
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
}
