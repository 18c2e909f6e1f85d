import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonValue } from '../core/json.ts';
import { Secret, type SecretReader } from '../core/secret.ts';
import { VendorLog } from './vendor-log.ts';

/** What one answer does instead of, or beside, what the protocol says. */
export type VendorFault =
  /** Any answer at all: an error, an HTML page, a malformed body. */
  | {
      readonly fault: 'answer';
      readonly status: number;
      readonly headers?: OutgoingHttpHeaders;
      readonly body?: string;
    }
  /** Never answers. */
  | { readonly fault: 'silence' }
  /** The request is served and the answer lost on its way. */
  | { readonly fault: 'lost' }
  /** The connection ends in the middle of the body. */
  | { readonly fault: 'truncated' }
  /** The events come with the cursor they were asked by. */
  | { readonly fault: 'stuckCursor' }
  /** The events come without any cursor. */
  | { readonly fault: 'noCursor' }
  /** Events of the pages before come again, with a cursor that reads differently and leads on. */
  | { readonly fault: 'repeatedPage' }
  /** Objects come with their keys in another order. */
  | { readonly fault: 'reorderedKeys' };

export interface VendorOptions {
  /** Largest page; v2 of the real one has 500. */
  readonly pageEvents?: number;
  /** Around the events: an object as documented for v2, a bare array, or one per line. */
  readonly envelope?: 'object' | 'array' | 'text';
  /** Of the answer to an expired cursor in v2; the real one is said to answer 400 or 403. */
  readonly expiredTrackerStatus?: 400 | 403;
  /** Of an access token. */
  readonly tokenLifeSeconds?: number;
}

/** One request for events, as it came. */
export interface VendorRequest {
  readonly api: 'v1' | 'v2';
  readonly cursor: string | undefined;
  readonly format: string | null;
  readonly limit: string | null;
  readonly ignoreTrackerExpiry: string | null;
}

/** Accepted by every vendor; `secrets` reads them as `{ env: 'TOKEN' }`, `{ env: 'SECRET' }`. */
export const vendorCredentials = {
  username: 'admin@example.com',
  token: 'token-of-the-administrator',
  clientId: 'client',
  clientSecret: 'secret-of-the-client',
} as const;

export const vendorSecrets: SecretReader = (reference) => {
  const isToken = 'env' in reference && reference.env === 'TOKEN';
  const value = isToken ? vendorCredentials.token : vendorCredentials.clientSecret;
  return Promise.resolve(new Secret(value));
};

/**
 * Plays Druva's Events API v1 and v2 on loopback. Serves whatever elements it is given, objects or
 * lines, in order; keeps no place for anyone: the cursor says it all. Misbehaves when told to.
 */
export class ScriptedVendor implements AsyncDisposable {
  readonly #options: Required<VendorOptions>;
  readonly #server: Server;
  readonly #log: VendorLog;
  readonly #faults: VendorFault[] = [];
  readonly #tokenFaults: VendorFault[] = [];
  #tokenGeneration = 0;
  /** Every request for events, oldest first. */
  readonly requests: VendorRequest[] = [];
  tokensIssued = 0;

  private constructor(options: VendorOptions) {
    this.#options = {
      pageEvents: 500,
      envelope: 'object',
      expiredTrackerStatus: 400,
      tokenLifeSeconds: 1800,
      ...options,
    };
    this.#log = new VendorLog(this.#options.pageEvents);
    this.#server = createServer((request, response) => {
      void this.#serve(request, response);
    });
  }

  static async start(options: VendorOptions = {}): Promise<ScriptedVendor> {
    const vendor = new ScriptedVendor(options);
    vendor.#server.listen(0, '127.0.0.1');
    await once(vendor.#server, 'listening');
    return vendor;
  }

  get url(): string {
    const { port }: Pick<AddressInfo, 'port'> = addressOf(this.#server);
    return `http://127.0.0.1:${port}`;
  }

  /** Events happen. */
  add(elements: readonly JsonValue[]): void {
    this.#log.add(elements);
  }

  /** Retention drops the oldest events. */
  forget(count: number): void {
    this.#log.forget(count);
  }

  /** Every cursor given out so far is refused from now on. */
  expireCursors(): void {
    this.#log.expireCursors();
  }

  /** Every access token given out so far is refused from now on. */
  revokeTokens(): void {
    this.#tokenGeneration += 1;
  }

  /** The next requests for events meet these, one each. */
  next(...faults: readonly VendorFault[]): void {
    this.#faults.push(...faults);
  }

  /** The next requests for an access token meet these, one each. */
  nextToken(...faults: readonly VendorFault[]): void {
    this.#tokenFaults.push(...faults);
  }

  /** Resolves when the next request for events has arrived. */
  async requested(): Promise<void> {
    await once(this.#server, 'eventsRequest');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    if (url.pathname === '/token') return this.#serveToken(request, response);
    if (url.pathname === '/api/events/v1') return this.#serveEvents('v1', url, request, response);
    if (url.pathname === '/insync/eventmanagement/v2/events') {
      return this.#serveEvents('v2', url, request, response);
    }
    sendError(response, 404, 'Requested API not found');
  }

  async #serveToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.#tokenFaults.shift();
    if (fault?.fault === 'answer') return sendAnswer(response, fault);
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { clientId, clientSecret } = vendorCredentials;
    const good =
      request.headers.authorization === basic(clientId, clientSecret) &&
      new URLSearchParams(body).get('grant_type') === 'client_credentials';
    if (!good) return sendError(response, 400, 'invalid_grant');
    this.tokensIssued += 1;
    sendJson(response, {
      access_token: this.#accessToken(),
      token_type: 'Bearer',
      expires_in: this.#options.tokenLifeSeconds,
    });
  }

  #accessToken(): string {
    return `access-token-${this.#tokenGeneration}`;
  }

  #serveEvents(
    api: 'v1' | 'v2',
    { searchParams }: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const cursor = api === 'v1' ? cookieOf(request) : (searchParams.get('tracker') ?? undefined);
    this.requests.push({
      api,
      cursor,
      format: searchParams.get('format'),
      limit: searchParams.get('limit'),
      ignoreTrackerExpiry: searchParams.get('ignoreTrackerExpiry'),
    });
    this.#server.emit('eventsRequest');
    const fault = this.#faults.shift();
    if (fault?.fault === 'silence') return;
    if (fault?.fault === 'answer') return sendAnswer(response, fault);
    const { username, token } = vendorCredentials;
    const expected = api === 'v1' ? basic(username, token) : `Bearer ${this.#accessToken()}`;
    if (request.headers.authorization !== expected) return sendUnauthorized(api, response);
    const from = this.#log.locate(cursor);
    if (typeof from === 'string') return this.#sendCursorRefused(api, from, response);
    this.#sendPage(
      api,
      from,
      cursor,
      Number(searchParams.get('limit') ?? Infinity),
      fault,
      response,
    );
  }

  #sendCursorRefused(
    api: 'v1' | 'v2',
    reason: 'expired' | 'invalid',
    response: ServerResponse,
  ): void {
    if (api === 'v1') {
      return sendError(response, 400, reason === 'expired' ? 'Cookie expired' : 'Cookie Invalid');
    }
    const status = reason === 'expired' ? this.#options.expiredTrackerStatus : 400;
    sendError(response, status, status === 403 ? explicitDeny : 'Invalid tracker');
  }

  #sendPage(
    api: 'v1' | 'v2',
    from: number,
    asked: string | undefined,
    limit: number,
    fault: VendorFault | undefined,
    response: ServerResponse,
  ): void {
    const page =
      fault?.fault === 'repeatedPage' ? this.#log.pageBefore(from) : this.#log.page(from, limit);
    const events = fault?.fault === 'reorderedKeys' ? page.events.map(reversedKeys) : page.events;
    const cursor = cursorUnder(fault, page.cursor, asked);
    const type = this.#options.envelope === 'text' ? 'text/plain' : 'application/json';
    const cookie =
      api === 'v1' && cursor !== undefined
        ? { 'set-cookie': ['session=other; Path=/', `progress=${cursor}; Path=/api; HttpOnly`] }
        : {};
    const tracker = api === 'v2' ? { tracker: cursor, nextPageExists: page.nextPageExists } : {};
    const body = Buffer.from(this.#body(events, tracker));
    response.writeHead(200, { 'content-type': type, 'content-length': body.length, ...cookie });
    if (fault?.fault === 'lost') return void response.destroy();
    if (fault?.fault !== 'truncated') return void response.end(body);
    response.write(body.subarray(0, body.length / 2), () => response.destroy());
  }

  #body(events: readonly JsonValue[], rest: Readonly<Record<string, unknown>>): string {
    const { envelope } = this.#options;
    if (envelope === 'text') return events.map(textLine).join('');
    return JSON.stringify(envelope === 'array' ? events : { events, ...rest });
  }
}

const explicitDeny = 'User is not authorized to access this resource with an explicit deny';

function cursorUnder(
  fault: VendorFault | undefined,
  cursor: string,
  asked: string | undefined,
): string | undefined {
  if (fault?.fault === 'stuckCursor') return asked;
  return fault?.fault === 'noCursor' ? undefined : cursor;
}

function textLine(element: JsonValue): string {
  return `${typeof element === 'string' ? element : JSON.stringify(element)}\n`;
}

function reversedKeys(element: JsonValue): JsonValue {
  return typeof element === 'object' && element !== null && !Array.isArray(element)
    ? Object.fromEntries(Object.entries(element).toReversed())
    : element;
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function cookieOf(request: IncomingMessage): string | undefined {
  return /(?:^|;\s*)progress=([^;]*)/.exec(request.headers.cookie ?? '')?.[1];
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('the vendor does not listen');
  return address;
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function sendUnauthorized(api: 'v1' | 'v2', response: ServerResponse): void {
  if (api === 'v1') sendError(response, 401, 'Unauthorized access request');
  else sendError(response, 403, explicitDeny);
}

function sendError(response: ServerResponse, status: number, message: string): void {
  const body = { code: 'InsyncAdmanagement-1221', message, retryable: false, data: {} };
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function sendAnswer(
  response: ServerResponse,
  { status, headers = {}, body = '' }: Extract<VendorFault, { fault: 'answer' }>,
): void {
  response.writeHead(status, headers).end(body);
}
