import type * as client from 'openid-client';
import type { Clock } from '../../../core/clock.ts';
import type { SecretReader } from '../../../core/secret.ts';
import type { ServeOptions } from '../../options.ts';
import { boundedFetch } from './bounded-fetch.ts';

export type OidcOptions = NonNullable<ServeOptions['console']['oidc']>;
type OpenIdClient = typeof client;

/** What the provider says about itself, and the client's secret, may change; so often it is asked. */
const freshMs = 3_600_000;
const timeoutSeconds = 10;

/** What a browser is sent away with and must come back with. */
export interface Expectation {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** Claims of the ID token, with those of the user info endpoint beside them. */
export type Claims = Readonly<Record<string, unknown>>;

/** The configured OpenID provider: authorization code flow with PKCE, state and nonce. */
export class OidcProvider {
  readonly #options: OidcOptions;
  readonly #readSecret: SecretReader;
  readonly #clock: Clock;
  #configuration: Promise<client.Configuration> | undefined;
  #configuredAtMs = 0;

  constructor(options: OidcOptions, readSecret: SecretReader, clock: Clock) {
    this.#options = options;
    this.#readSecret = readSecret;
    this.#clock = clock;
  }

  /** Where to send the browser. Throws what the network throws. */
  async authorizationUrl(
    redirectUri: string,
  ): Promise<{ readonly url: URL; readonly expectation: Expectation }> {
    const openId = await loadClient();
    const configuration = await this.#configured(openId);
    const expectation = {
      state: openId.randomState(),
      nonce: openId.randomNonce(),
      codeVerifier: openId.randomPKCECodeVerifier(),
    };
    const url = openId.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: this.#options.scopes.join(' '),
      state: expectation.state,
      nonce: expectation.nonce,
      code_challenge: await openId.calculatePKCECodeChallenge(expectation.codeVerifier),
      code_challenge_method: 'S256',
    });
    return { url, expectation };
  }

  /** Redeems the code in `returnedTo`. Throws when anything about the answer is not as expected. */
  async claims(returnedTo: URL, expectation: Expectation): Promise<Claims> {
    const openId = await loadClient();
    const configuration = await this.#configured(openId);
    const tokens = await openId.authorizationCodeGrant(configuration, returnedTo, {
      expectedState: expectation.state,
      expectedNonce: expectation.nonce,
      pkceCodeVerifier: expectation.codeVerifier,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims === undefined) throw new Error('the provider gave no ID token');
    const { userinfo_endpoint: userInfoEndpoint } = configuration.serverMetadata();
    if (claims['email'] !== undefined || userInfoEndpoint === undefined) return claims;
    const userInfo = await openId.fetchUserInfo(configuration, tokens.access_token, claims.sub);
    return { ...userInfo, ...claims };
  }

  #configured(openId: OpenIdClient): Promise<client.Configuration> {
    const nowMs = this.#clock.monotonicMs();
    const isFresh = nowMs - this.#configuredAtMs < freshMs;
    if (this.#configuration !== undefined && isFresh) return this.#configuration;
    this.#configuredAtMs = nowMs;
    const configuration = this.#discover(openId);
    this.#configuration = configuration;
    configuration.catch(() => {
      if (this.#configuration === configuration) this.#configuration = undefined;
    });
    return configuration;
  }

  async #discover(openId: OpenIdClient): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.#options;
    const secret = await this.#readSecret(clientSecret);
    const url = new URL(issuer);
    // The configuration allows plain HTTP on the loopback only.
    const execute = url.protocol === 'http:' ? [openId.allowInsecureRequests] : [];
    const options = { execute, timeout: timeoutSeconds, [openId.customFetch]: boundedFetch };
    return openId.discovery(url, clientId, secret.reveal(), undefined, options);
  }
}

/** Loaded when somebody wants it: a start is to be short. */
function loadClient(): Promise<OpenIdClient> {
  return import('openid-client');
}
