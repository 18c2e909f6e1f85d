import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { AppError, errorMessage } from '../../../src/core/errors.ts';
import { Secret } from '../../../src/core/secret.ts';
import { identityOf } from '../../../src/http/console-api/oidc/identity.ts';
import { OidcProvider } from '../../../src/http/console-api/oidc/provider.ts';
import { serveOptions } from '../../../src/http/options.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { portOf } from '../../../src/testing/port-of.ts';
import { type FuzzTarget, texts } from '../fuzz-target.ts';

const discovery = {
  issuer: '@issuer@',
  authorization_endpoint: '@issuer@/auth',
  token_endpoint: '@issuer@/token',
  userinfo_endpoint: '@issuer@/userinfo',
  jwks_uri: '@issuer@/jwks',
};
const expectation = { state: 'a-state', nonce: 'a-nonce', codeVerifier: 'v'.repeat(43) };
const returnedTo = new URL('http://localhost/callback?code=a-code&state=a-state');
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** Its issuer and times are put in when it is sent: what is fuzzed is the rest. */
const claims = { sub: 'ada', aud: 'tailrace', nonce: 'a-nonce' };

/** An input is the discovery document, the answer with the token and the one about the person. */
const separator = '\n\n';
const userInfo = { sub: 'ada', email: 'ada@example.com', email_verified: true };
const tokens = { access_token: 'a', token_type: 'bearer', id_token: '@token@' };

let server: Server | undefined;
let parts: readonly string[] = [];
let issuer = '';

function filled(text: string): string {
  return text.replaceAll('@issuer@', issuer).replaceAll('@token@', () => idToken());
}

function idToken(): string {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const payload = { iss: issuer, ...claims, iat: nowSeconds, exp: nowSeconds + 300 };
  const encoded = [{ alg: 'RS256' }, payload].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const text = encoded.join('.');
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
}

async function open(): Promise<void> {
  server ??= createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', issuer);
    const place = ['/.well-known/openid-configuration', '/token', '/userinfo'].indexOf(pathname);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(filled(parts[place] ?? '{}'));
  }).listen(0, '127.0.0.1');
  if (!server.listening) await once(server, 'listening');
  issuer = `http://127.0.0.1:${portOf(server)}`;
}

/** Answers of an OpenID provider: somebody is who it says, or nobody is. */
export const openIdTarget: FuzzTarget = {
  name: 'answers-openid',
  seeds: texts(
    [discovery, tokens, userInfo].map((part) => JSON.stringify(part)).join(separator),
    [discovery, { error: 'invalid_grant', error_description: 'no' }, {}]
      .map((part) => JSON.stringify(part))
      .join(separator),
  ),
  tokens: [
    '@issuer@',
    '@token@',
    '"id_token":',
    '"sub":',
    '"email":',
    separator,
    'eyJhbGciOiJub25lIn0.',
  ],
  read: async (input) => {
    parts = input.toString().split(separator);
    await open();
    const { console } = serveOptions.parse({
      console: { oidc: { issuer, clientId: 'tailrace', clientSecret: { env: 'S' } } },
    });
    assert.ok(console.oidc);
    const provider = new OidcProvider(console.oidc, async () => new Secret('s'), new ManualClock());
    try {
      await provider.authorizationUrl('http://localhost/callback');
    } catch (error) {
      throw refusal(error);
    }
    const found = await provider.claims(returnedTo, expectation).catch((error: unknown) => {
      throw refusal(error);
    });
    const identity = identityOf(found, console.oidc);
    if ('email' in identity) assert.equal(typeof identity.email, 'string');
    return identity;
  },
  close: async () => {
    server?.closeAllConnections();
    await server?.[Symbol.asyncDispose]();
    server = undefined;
  },
};

/** Whatever it is, the service says that the provider's answer is no good. */
function refusal(error: unknown): AppError {
  const message = errorMessage(error).replaceAll(issuer, 'ISSUER').slice(0, 500);
  return new AppError('input_invalid', message, { cause: error });
}
