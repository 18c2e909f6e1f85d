import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { portOf } from './port-of.ts';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** How a receiver tells messages apart; returns what is not a whole message yet. */
export type Unframe = (bytes: Buffer, take: (message: string) => void, socket: Socket) => Buffer;

/** RFC 6587's two framings. */
export const unframeOctets: Unframe = (bytes, take) => {
  for (let at = bytes.indexOf(' '); at > 0; at = bytes.indexOf(' ')) {
    const end = at + 1 + Number(bytes.toString('latin1', 0, at));
    if (!(end <= bytes.length)) return bytes;
    take(bytes.toString('utf8', at + 1, end));
    bytes = bytes.subarray(end);
  }
  return bytes;
};

export const unframeLines: Unframe = (bytes, take) => {
  for (let at = bytes.indexOf('\n'); at >= 0; at = bytes.indexOf('\n')) {
    take(bytes.toString('utf8', 0, at));
    bytes = bytes.subarray(at + 1);
  }
  return bytes;
};

/** RELP: every frame is answered; a message that holds `refused` is answered with an error. */
export function unframeRelp(refused: string): Unframe {
  return (bytes, take, socket) => {
    for (;;) {
      const head = /^(\d+) ([a-z]+) (\d+)[ \n]/.exec(bytes.toString('latin1', 0, 64));
      if (head === null) return bytes;
      const [lead, transaction, command, length] = head;
      const end = lead.length + (lead.endsWith('\n') ? 0 : Number(length) + 1);
      if (bytes.length < end) return bytes;
      const data = bytes.toString('utf8', lead.length, end - 1);
      bytes = bytes.subarray(end);
      const isRefused = data.includes(refused);
      if (command === 'syslog' && !isRefused) take(data);
      const answer = isRefused ? '500 this is refused' : '200 OK';
      if (command === 'close') socket.end(`${transaction} rsp 0\n`);
      else socket.write(`${transaction} rsp ${answer.length} ${answer}\n`);
    }
  };
}

/** A syslog receiver over connections, in this process, under a test's command. */
export class SyslogReceiver {
  readonly #unframe: Unframe;
  readonly #tls: TlsOptions | undefined;
  readonly #messages: string[] = [];
  readonly #sockets = new Set<Socket>();
  /** Under TLS these are others than the sockets that are read. */
  readonly #rawSockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #isPaused = false;
  #turnsAway = false;

  private constructor(unframe: Unframe, tls: TlsOptions | undefined) {
    this.#unframe = unframe;
    this.#tls = tls;
  }

  static async start(unframe: Unframe, tls?: TlsOptions): Promise<SyslogReceiver> {
    const receiver = new SyslogReceiver(unframe, tls);
    await receiver.restart();
    return receiver;
  }

  get endpoint(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** That are open. */
  get connections(): number {
    return this.#rawSockets.size;
  }

  lines(): readonly string[] {
    return this.#messages;
  }

  async pause(): Promise<void> {
    this.#isPaused = true;
    for (const socket of this.#sockets) socket.pause();
  }

  async resume(): Promise<void> {
    this.#isPaused = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** From now on closes every connection as soon as it is there, and reads nothing of it. */
  async turnAway(): Promise<void> {
    this.#turnsAway = true;
  }

  async kill(): Promise<void> {
    const closed = this.#server && once(this.#server, 'close');
    this.#server?.close();
    for (const socket of this.#rawSockets) socket.resetAndDestroy();
    await closed;
    this.#server = undefined;
  }

  async restart(): Promise<void> {
    this.#isPaused = false;
    const take = (socket: Socket) => this.#receive(socket);
    // Reading begins when it is asked for, so that what a paused receiver has not read stays unread.
    this.#server =
      this.#tls === undefined
        ? createTcpServer({ pauseOnConnect: true }, take)
        : createTlsServer(this.#tls, take);
    this.#server.on('tlsClientError', () => {});
    this.#server.on('connection', (socket: Socket) => {
      this.#rawSockets.add(socket);
      socket.on('close', () => this.#rawSockets.delete(socket));
    });
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = portOf(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #receive(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
    if (this.#turnsAway) {
      socket.end();
      return;
    }
    let unread: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      const take = (message: string) => void this.#messages.push(message);
      unread = this.#unframe(Buffer.concat([unread, bytes]), take, socket);
    });
    if (this.#isPaused) socket.pause();
    else socket.resume();
  }
}

/** A syslog receiver over UDP; what is sent while it is paused waits, and while it is gone is lost. */
export class DatagramReceiver {
  readonly #messages: string[] = [];
  #held: string[] = [];
  #isPaused = false;
  #socket: DatagramSocket | undefined;
  #port = 0;

  static async start(): Promise<DatagramReceiver> {
    const receiver = new DatagramReceiver();
    await receiver.restart();
    return receiver;
  }

  get endpoint(): string {
    return `127.0.0.1:${this.#port}`;
  }

  lines(): readonly string[] {
    return this.#messages;
  }

  /** Resolves when so many have come. */
  async untilLines(count: number): Promise<void> {
    while (this.#messages.length < count && this.#socket) await once(this.#socket, 'message');
  }

  async pause(): Promise<void> {
    this.#isPaused = true;
  }

  async resume(): Promise<void> {
    this.#isPaused = false;
    this.#messages.push(...this.#held.splice(0));
  }

  async kill(): Promise<void> {
    if (this.#socket === undefined) return;
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    this.#socket = undefined;
    await closed;
  }

  async restart(): Promise<void> {
    this.#isPaused = false;
    this.#socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 ** 2 });
    this.#socket.on('message', (bytes) =>
      (this.#isPaused ? this.#held : this.#messages).push(bytes.toString('utf8')),
    );
    this.#socket.bind(this.#port, '127.0.0.1');
    await once(this.#socket, 'listening');
    this.#port = this.#socket.address().port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
