import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { Secret, type SecretReader } from '../core/secret.ts';
import { isJsonObject } from '../sources/exact-json.ts';

/** What one answer does instead of, or beside, what the document says. */
export type ApptranaFault =
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
  /** The body ends in the middle, as if that were all. */
  | { readonly fault: 'brokenOff' };

/** Which bounds of a window belong to it: `[from, until)`, `[from, until]`, `(from, until]`, `(from, until)`. */
export type WindowBounds = '[)' | '[]' | '(]' | '()';

export interface ScriptedApptranaOptions {
  /** The service's time, also in `Date`. */
  readonly nowMs: () => number;
  /** Whether answers have a `Date`. */
  readonly dated?: boolean;
  readonly bounds?: WindowBounds;
  /** Since when there are attacks to be had; windows that begin earlier are answered with 400. */
  readonly enabledAtMs?: number;
  readonly retentionMs?: number;
  /** A window with more attacks is answered with 413. */
  readonly attacksMax?: number;
  readonly windowMsMax?: number;
  readonly tokenLifeSeconds?: number;
  readonly redirectUrl?: string;
}

/** Something that stands among the attacks, and when it does so. */
export interface ScriptedAttack {
  readonly websiteName: string;
  readonly timeMs: number;
  /** From when on the service knows of it; always when left out. */
  readonly addedAtMs?: number;
  readonly attack: JsonValue;
}

/** One request for attacks, as it came. */
export interface AttackRequest {
  readonly startTime: JsonValue | undefined;
  readonly endTime: JsonValue | undefined;
  readonly eventType: JsonValue | undefined;
  readonly websiteName: JsonValue | undefined;
  readonly authorization: string | undefined;
  readonly authorisation: string | undefined;
}

export const apptranaCredentials = {
  apiId: 'APIKEYexample01',
  apiKey: 'key+of/the=connector',
} as const;

/** Reads every reference as the connector's key. */
export const apptranaSecrets: SecretReader = () =>
  Promise.resolve(new Secret(apptranaCredentials.apiKey));

const path = '/wafportal/rest/siem/v1/';

/** Plays the AppTrana SIEM API on loopback, mistakes included when told to. */
export class ScriptedApptrana implements AsyncDisposable {
  readonly #options: Required<ScriptedApptranaOptions>;
  readonly #server: Server;
  readonly #faults: ApptranaFault[] = [];
  readonly #tokenFaults: ApptranaFault[] = [];
  readonly #authorizeFaults: ApptranaFault[] = [];
  readonly #codes = new Set<string>();
  #attacks: ScriptedAttack[] = [];
  #tokenNumber = 0;
  #tokenEndsAtMs = -Infinity;
  /** Every request for attacks, oldest first. */
  readonly requests: AttackRequest[] = [];
  /** Every body with which a token was asked for, and the header. */
  readonly tokenRequests: { readonly body: string; readonly authorization: string | undefined }[] =
    [];
  /** Looked at for every request for attacks that meets no other fault. */
  fault: (request: AttackRequest) => ApptranaFault | undefined = () => undefined;
  /** Overrides the whole body of a good answer. */
  body: ((rows: readonly JsonObject[]) => JsonValue) | undefined;

  private constructor(options: ScriptedApptranaOptions) {
    this.#options = {
      bounds: '[)',
      enabledAtMs: -Infinity,
      dated: true,
      retentionMs: 30 * 86_400_000,
      attacksMax: Infinity,
      windowMsMax: 300_000,
      tokenLifeSeconds: 86_400,
      redirectUrl: 'https://siem.example.com/callback?tenant=acme',
      ...options,
    };
    this.#server = createServer((request, response) => {
      // A client that leaves in the middle of its request is none of our business.
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(options: ScriptedApptranaOptions): Promise<ScriptedApptrana> {
    const service = new ScriptedApptrana(options);
    service.#server.listen(0, '127.0.0.1');
    await once(service.#server, 'listening');
    return service;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('it does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  add(attacks: readonly ScriptedAttack[]): void {
    this.#attacks = [...this.#attacks, ...attacks].toSorted((a, b) => a.timeMs - b.timeMs);
  }

  /** The next requests for attacks meet these, one each. */
  next(...faults: readonly ApptranaFault[]): void {
    this.#faults.push(...faults);
  }

  /** The next requests for an access token meet these, one each. */
  nextToken(...faults: readonly ApptranaFault[]): void {
    this.#tokenFaults.push(...faults);
  }

  /** The next requests for an authorization code meet these, one each. */
  nextAuthorize(...faults: readonly ApptranaFault[]): void {
    this.#authorizeFaults.push(...faults);
  }

  /** Every access token given out so far is refused from now on. */
  revokeTokens(): void {
    this.#tokenEndsAtMs = -Infinity;
  }

  /** Resolves when the next request for attacks has arrived. */
  async requested(): Promise<void> {
    await once(this.#server, 'attackRequest');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    if (this.#options.dated) {
      response.setHeader('date', new Date(this.#options.nowMs()).toUTCString());
    } else {
      response.sendDate = false;
    }
    const url = new URL(request.url ?? '/', this.url);
    switch (`${request.method} ${url.pathname}`) {
      case `GET ${path}authorize`:
        return this.#serveCode(url, response);
      case `POST ${path}getAuthToken`:
        return this.#serveToken(request, body, response);
      case `POST ${path}getAttackInfo`:
        return this.#serveAttacks(request, body, response);
      default:
        return sendErrors(response, 404, 'Not found');
    }
  }

  #serveCode({ searchParams }: URL, response: ServerResponse): void {
    const fault = this.#authorizeFaults.shift();
    if (fault?.fault === 'answer') return sendAnswer(response, fault);
    if (searchParams.get('client_id') !== apptranaCredentials.apiId)
      return sendUnauthorised(response);
    const code = `c0de+/=${this.#codes.size}`;
    this.#codes.add(code);
    const location = `${this.#options.redirectUrl}&code=${encodeURIComponent(code)}`;
    response.writeHead(302, { location }).end();
  }

  #serveToken(request: IncomingMessage, body: string, response: ServerResponse): void {
    const { authorization } = request.headers;
    this.tokenRequests.push({ body, authorization });
    const fault = this.#tokenFaults.shift();
    if (fault?.fault === 'answer') return sendAnswer(response, fault);
    if (fault?.fault === 'silence') return;
    if (!this.#isGood(new URLSearchParams(body), authorization)) return sendUnauthorised(response);
    const nowMs = this.#options.nowMs();
    if (this.#tokenEndsAtMs <= nowMs) {
      this.#tokenNumber += 1;
      this.#tokenEndsAtMs = nowMs + this.#options.tokenLifeSeconds * 1000;
    }
    sendJson(response, {
      access_token: `access-token-${this.#tokenNumber}`,
      token_type: 'Bearer',
      expires_in: Math.floor((this.#tokenEndsAtMs - nowMs) / 1000),
    });
  }

  #isGood(form: URLSearchParams, authorization: string | undefined): boolean {
    const { apiId, apiKey } = apptranaCredentials;
    const basic = `Basic ${Buffer.from(`${apiId}:${apiKey}`).toString('base64')}`;
    if (form.size === 0) return authorization === basic;
    const isKnown = form.get('client_id') === apiId && form.get('client_secret') === apiKey;
    return (
      isKnown &&
      (form.has('code')
        ? this.#codes.delete(form.get('code') ?? '')
        : form.get('grant_type') === 'client_credentials')
    );
  }

  #serveAttacks(request: IncomingMessage, body: string, response: ServerResponse): void {
    const asked: JsonObject = JSON.parse(body);
    const { authorization, authorisation } = request.headers;
    const attackRequest = {
      startTime: asked['startTime'],
      endTime: asked['endTime'],
      eventType: asked['eventType'],
      websiteName: asked['websiteName'],
      authorization,
      authorisation: typeof authorisation === 'string' ? authorisation : undefined,
    };
    this.requests.push(attackRequest);
    this.#server.emit('attackRequest');
    const fault = this.#faults.shift() ?? this.fault(attackRequest);
    if (fault?.fault === 'silence') return;
    if (fault?.fault === 'answer') return sendAnswer(response, fault);
    const lives = this.#tokenEndsAtMs > this.#options.nowMs();
    if (!lives || authorization !== `Bearer access-token-${this.#tokenNumber}`) {
      return sendUnauthorised(response);
    }
    const refusal = this.#refusal(attackRequest);
    if (refusal !== undefined) return sendErrors(response, 400, refusal);
    const found = this.#attacks.filter((attack) => this.#isAskedFor(attack, attackRequest));
    if (found.length > this.#options.attacksMax)
      return sendErrors(response, 413, 'Too many attacks');
    this.#send(rowsOf(found), fault, response);
  }

  #refusal({ startTime, endTime, eventType }: AttackRequest): string | undefined {
    const { enabledAtMs, retentionMs, windowMsMax, nowMs } = this.#options;
    const [startMs, endMs] = [Number(startTime), Number(endTime)];
    if (!(startMs < endMs)) return 'startTime must be before endTime';
    if (endMs - startMs > windowMsMax) return 'at most 5 minutes';
    if (startMs < enabledAtMs) return 'before SIEM was enabled';
    if (startMs < nowMs() - retentionMs) return 'more than 30 days ago';
    const isType = eventType === undefined || eventType === 'Log' || eventType === 'Block';
    return isType ? undefined : 'eventType must be Log or Block';
  }

  #isAskedFor(
    { websiteName, timeMs, addedAtMs = -Infinity, attack }: ScriptedAttack,
    request: AttackRequest,
  ): boolean {
    const { bounds, nowMs } = this.#options;
    const [startMs, endMs] = [Number(request.startTime), Number(request.endTime)];
    const isAfterStart = bounds.startsWith('[') ? timeMs >= startMs : timeMs > startMs;
    const isBeforeEnd = bounds.endsWith(']') ? timeMs <= endMs : timeMs < endMs;
    const { websiteName: website, eventType } = request;
    return (
      isAfterStart &&
      isBeforeEnd &&
      addedAtMs <= nowMs() &&
      (website === undefined || website === websiteName) &&
      (eventType === undefined || eventTypeOf(attack) === eventType)
    );
  }

  #send(
    rows: readonly JsonObject[],
    fault: ApptranaFault | undefined,
    response: ServerResponse,
  ): void {
    const data =
      this.body === undefined ? { successMessage: 'Success', data: rows } : this.body(rows);
    const body = Buffer.from(JSON.stringify(data));
    const whole = fault?.fault === 'brokenOff' ? body.subarray(0, body.length / 2) : body;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length });
    if (fault?.fault === 'lost') return void response.destroy();
    if (fault?.fault !== 'truncated') return void response.end(whole);
    response.write(whole.subarray(0, whole.length / 2), () => response.destroy());
  }
}

/** Grouped by website, with the blanks that the document shows around host names. */
function rowsOf(found: readonly ScriptedAttack[]): readonly JsonObject[] {
  const byWebsite = Map.groupBy(found, ({ websiteName }) => websiteName);
  return [...byWebsite].map(([websiteName, attacks]) => ({
    websiteName: ` ${websiteName} `,
    attacks: attacks.map(({ attack }) => attack),
  }));
}

function eventTypeOf(attack: JsonValue): JsonValue | undefined {
  return isJsonObject(attack) ? attack['eventType'] : undefined;
}

function sendJson(response: ServerResponse, body: JsonObject): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function sendUnauthorised(response: ServerResponse): void {
  sendErrors(response, 401, 'Unauthorised');
}

function sendErrors(response: ServerResponse, status: number, message: string): void {
  const body = JSON.stringify({ errorMessages: [message] });
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

function sendAnswer(
  response: ServerResponse,
  { status, headers = {}, body = '' }: Extract<ApptranaFault, { fault: 'answer' }>,
): void {
  response.writeHead(status, headers).end(body);
}
