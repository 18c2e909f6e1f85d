import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a port that can be blocked and torn down, as a network does it. */
export class Passage {
  readonly #port: number;
  readonly #targetPort: number;
  readonly #sockets = new Set<Socket>();
  /** Those of `#sockets` that answers come from. */
  readonly #targets = new Set<Socket>();
  #server: Server | undefined;
  #isBlocked = false;

  constructor(port: number, targetPort: number) {
    this.#port = port;
    this.#targetPort = targetPort;
  }

  async open(): Promise<void> {
    this.unblock();
    if (this.#server !== undefined) return;
    this.#server = createServer((socket) => this.#join(socket)).listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Breaks every connection off; nothing listens any more. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.breakOff();
    if (server === undefined) return;
    server.close();
    await once(server, 'close');
  }

  /** Whatever arrives stays where it is, in both directions. */
  block(): void {
    this.#isBlocked = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** What is asked arrives, what is answered does not. */
  blockAnswers(): void {
    for (const socket of this.#targets) socket.pause();
  }

  /** Breaks every connection off; new ones are taken. */
  breakOff(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  unblock(): void {
    this.#isBlocked = false;
    for (const socket of this.#sockets) socket.resume();
  }

  #join(socket: Socket): void {
    const target = connect(this.#targetPort, '127.0.0.1');
    this.#targets.add(target);
    for (const [one, other] of [
      [socket, target],
      [target, socket],
    ] as const) {
      this.#sockets.add(one);
      one.on('data', (bytes) => other.write(bytes));
      one.on('error', () => {});
      one.on('close', () => {
        this.#sockets.delete(one);
        this.#targets.delete(one);
        other.destroy();
      });
      if (this.#isBlocked) one.pause();
    }
  }
}
