import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { Provider } from 'oidc-provider';
import { fetch } from 'undici';

/** What the provider tells about whoever signs in there. */
export interface ProvidedClaims {
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly groups?: readonly string[];
}

export const testClient = { clientId: 'tailrace', clientSecret: 'the client secret' };

/** A real OpenID provider on the loopback, whose people are whoever the test says. */
export class TestOpenIdProvider implements AsyncDisposable {
  readonly issuer: string;
  readonly #server: Server;
  readonly #claims = new Map<string, ProvidedClaims>();
  #listener: RequestListener = answerDown;
  /** Answers 503 to everything. */
  isDown = false;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.issuer = `http://127.0.0.1:${port}`;
    server.on('request', (request, response) => {
      (this.isDown ? answerDown : this.#listener)(request, response);
    });
  }

  /** `redirectUri` is where its one client takes answers; without one it is down until `serve`. */
  static async start(redirectUri?: string): Promise<TestOpenIdProvider> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const started = new TestOpenIdProvider(server, address.port);
    if (redirectUri !== undefined) started.serve(redirectUri);
    return started;
  }

  /** From now on its one client takes answers at `redirectUri`. */
  serve(redirectUri: string): void {
    const answer = this.#newProvider(redirectUri).callback();
    this.#listener = (request, response) => void answer(request, response);
  }

  /** What it tells about whoever signs in as `login`. */
  introduce(login: string, claims: ProvidedClaims): void {
    this.#claims.set(login, claims);
  }

  /** Signs `login` in as a person would in a browser, and gives the URL that the browser is sent to. */
  async visit(authorizationUrl: string, login: string, claims: ProvidedClaims): Promise<string> {
    this.introduce(login, claims);
    const browser = new ProviderBrowser(this.issuer);
    let at = await browser.redirectedFrom(authorizationUrl);
    for (const prompt of ['login', 'consent']) {
      if (!at.startsWith(this.issuer)) return at;
      const resumed = await browser.redirectedFrom(at, { prompt, login, password: 'any' });
      at = await browser.redirectedFrom(resumed);
    }
    return at;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #newProvider(redirectUri: string): Provider {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' };
    return new Provider(this.issuer, {
      clients: [
        {
          client_id: testClient.clientId,
          client_secret: testClient.clientSecret,
          redirect_uris: [redirectUri],
        },
      ],
      // eslint-disable-next-line typescript/no-unsafe-assignment -- a private key as JWK
      jwks: { keys: [JSON.parse(JSON.stringify(key))] },
      cookies: { keys: ['a key of the test'] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
      scopes: ['openid', 'email', 'groups'],
      pkce: { required: () => true },
      findAccount: (_context, id) => ({
        accountId: id,
        claims: () => ({ sub: id, ...this.#claims.get(id) }),
      }),
    });
  }
}

const answerDown: RequestListener = (_request, response) => response.writeHead(503).end();

/** Keeps the provider's cookies and follows its redirects one by one. */
class ProviderBrowser {
  readonly #issuer: string;
  readonly #cookies = new Map<string, string>();

  constructor(issuer: string) {
    this.#issuer = issuer;
  }

  async redirectedFrom(url: string, form?: Readonly<Record<string, string>>): Promise<string> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const equals = pair.indexOf('=');
      this.#cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
    const text = await response.text();
    const location = response.headers.get('location');
    if (location === null) throw new Error(`${response.status} ${url}: ${text.slice(0, 500)}`);
    return new URL(location, this.#issuer).href;
  }
}
