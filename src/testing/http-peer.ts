import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { portOf } from './port-of.ts';

/** A request as it was sent, decompressed. */
export interface PeerRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface PeerAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * An HTTP receiver in this process, under a test's command: it can pause, be killed and come back at
 * the same address. What it says to a request is the caller's affair.
 */
export class HttpPeer implements AsyncDisposable {
  /** Answered to the next requests, whose events are not taken. */
  readonly nextAnswers: PeerAnswer[] = [];
  /** So many of the next requests are taken, and the connection is broken off before the answer. */
  answersLost = 0;
  /** Every answer takes so long. */
  answerDelayMs = 0;
  readonly #answer: (request: PeerRequest) => PeerAnswer;
  readonly #sockets = new Set<Socket>();
  readonly #held: (() => void)[] = [];
  #server: Server | undefined;
  #port = 0;
  #isPaused = false;

  readonly #tls: TlsOptions | undefined;

  private constructor(answer: (request: PeerRequest) => PeerAnswer, tls: TlsOptions | undefined) {
    this.#answer = answer;
    this.#tls = tls;
  }

  static async start(
    answer: (request: PeerRequest) => PeerAnswer,
    tls?: TlsOptions,
  ): Promise<HttpPeer> {
    const peer = new HttpPeer(answer, tls);
    await peer.restart();
    return peer;
  }

  get url(): string {
    return `${this.#tls ? 'https' : 'http'}://127.0.0.1:${this.#port}`;
  }

  async pause(): Promise<void> {
    this.#isPaused = true;
  }

  async resume(): Promise<void> {
    this.#isPaused = false;
    for (const go of this.#held.splice(0)) go();
  }

  async kill(): Promise<void> {
    this.#held.length = 0;
    const closed = this.#server && once(this.#server, 'close');
    this.#server?.close();
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#server = undefined;
    await closed;
  }

  async restart(): Promise<void> {
    this.#isPaused = false;
    const take = (request: IncomingMessage, response: ServerResponse) =>
      void this.#take(request, response);
    this.#server = this.#tls ? createTlsServer(this.#tls, take) : createServer(take);
    this.#server.on('tlsClientError', () => {});
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = portOf(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
    } catch {
      return; // the connection broke in the middle of the request
    }
    if (this.answerDelayMs > 0) await delay(this.answerDelayMs);
    const respond = () => this.#respond(request, Buffer.concat(chunks), response);
    if (this.#isPaused) this.#held.push(respond);
    else respond();
  }

  #respond(request: IncomingMessage, bytes: Buffer, response: ServerResponse): void {
    const isGzip = request.headers['content-encoding'] === 'gzip';
    const take = (taken: PeerRequest) => this.nextAnswers.shift() ?? this.#answer(taken);
    const { status, headers, body } = take({
      method: request.method ?? '',
      url: new URL(request.url ?? '', this.url),
      headers: request.headers,
      body: (isGzip ? gunzipSync(bytes) : bytes).toString(),
    });
    if (this.answersLost > 0) {
      this.answersLost -= 1;
      request.socket.resetAndDestroy();
      return;
    }
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  }
}
