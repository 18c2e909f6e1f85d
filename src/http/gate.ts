import type { Clock } from '../core/clock.ts';
import type { ConnectorPrincipal, EnabledConnector } from '../directory/connector.ts';
import type { Directory, Principal } from '../directory/directory.ts';
import { parseBasic, parseBearer } from './credentials.ts';
import type { BasicCredentials } from './credentials.ts';
import type { HttpContext } from './http-env.ts';
import { HttpError } from './http-error.ts';
import type { HttpMetrics } from './http-metrics.ts';
import { CredentialGuard } from './limits/credential-guard.ts';
import { TokenBuckets } from './limits/token-buckets.ts';
import { Networks, addressGroup } from './networks.ts';
import type { ServeOptions } from './options.ts';

export interface GateParts {
  readonly directory: Directory;
  readonly clock: Clock;
  readonly metrics: HttpMetrics;
}

/** Lets requests in: whose they are, and how often they may come. */
export class Gate {
  readonly #directory: Directory;
  readonly #metrics: HttpMetrics;
  readonly #retryAfterSeconds: number;
  readonly #perAddress: TokenBuckets;
  readonly #perCredential: TokenBuckets;
  readonly #guard: CredentialGuard;
  /** By a connector's list, which lives as long as nobody changes the directory. */
  readonly #allowed = new WeakMap<readonly string[], Networks>();

  constructor({ directory, clock, metrics }: GateParts, limits: ServeOptions['rateLimits']) {
    this.#directory = directory;
    this.#metrics = metrics;
    this.#retryAfterSeconds = Math.ceil(limits.retryAfter / 1000);
    this.#perAddress = new TokenBuckets(limits.perAddress, clock);
    this.#perCredential = new TokenBuckets(limits.perCredential, clock);
    const rules = { failuresAllowed: limits.failuresBeforeLockout, waitMsMax: limits.lockoutMax };
    this.#guard = new CredentialGuard(rules, clock);
  }

  /** Throws `rate_limited` when this address sends too many requests. */
  admitAddress(c: HttpContext): void {
    if (!this.#perAddress.take(addressGroup(c.get('client').address))) {
      throw this.#limited('address', this.#retryAfterSeconds);
    }
  }

  /** Basic authentication of the Events API: an administrator's e-mail address and token. */
  async administrator(c: HttpContext): Promise<Principal> {
    const credentials = parseBasic(c.req.header('authorization'));
    if (credentials === undefined) {
      throw unauthorized('Basic', "an administrator's e-mail address and token are required");
    }
    const { username, password } = credentials;
    const principal = await this.#guarded(c, username.toLowerCase(), () =>
      this.#directory.authenticateToken(username, password),
    );
    if (principal === undefined) {
      await this.#noteFailedAdministrator(c, username);
      throw unauthorized('Basic', 'wrong user name or token, or the token has expired');
    }
    return this.#admit(c, principal);
  }

  /** Client credentials of `POST /token`; undefined when they are wrong. */
  async apiClient(c: HttpContext, client: BasicCredentials): Promise<Principal | undefined> {
    const principal = await this.#guarded(c, client.username, () =>
      this.#directory.authenticateApiClient(client.username, client.password),
    );
    return principal === undefined ? undefined : this.#admit(c, principal);
  }

  /** The access token in `Authorization: Bearer`; undefined when it is wrong or has expired. */
  async accessToken(c: HttpContext): Promise<Principal | undefined> {
    const token = parseBearer(c.req.header('authorization'));
    if (token === undefined) throw unauthorized('Bearer', 'an access token is required');
    const principal = await this.#directory.authenticateAccessToken(token);
    return principal === undefined ? undefined : this.#admit(c, principal);
  }

  /** The ingest key in `Authorization: Bearer`. */
  async ingestKey(c: HttpContext): Promise<Principal> {
    const key = parseBearer(c.req.header('authorization'));
    if (key === undefined) throw unauthorized('Bearer', 'an ingest key is required');
    const principal = await this.#directory.authenticateIngestKey(key);
    if (principal === undefined) throw unauthorized('Bearer', 'wrong or revoked ingest key');
    return this.#limitRate(principal);
  }

  /** Undefined when there is none with this API ID that may be asked for from here. */
  async enabledConnector(c: HttpContext, apiId: string): Promise<EnabledConnector | undefined> {
    const connector = await this.#directory.enabledConnector(apiId);
    return connector !== undefined && this.#mayCome(c, connector) ? connector : undefined;
  }

  /** API ID and key of `getAuthToken`; undefined when they are wrong or may not come from here. */
  async connector(
    c: HttpContext,
    client: BasicCredentials,
  ): Promise<ConnectorPrincipal | undefined> {
    const principal = await this.#guarded(c, client.username, () =>
      this.#directory.authenticateConnector(client.username, client.password),
    );
    const isWelcome = principal !== undefined && this.#mayCome(c, principal.connector);
    return isWelcome ? this.#limitRate(principal) : undefined;
  }

  /**
   * A connector's access token; undefined when it is wrong or has ended. Throws `unauthorized` when
   * the connector may not come from this address.
   */
  async connectorToken(c: HttpContext, token: string): Promise<ConnectorPrincipal | undefined> {
    const principal = await this.#directory.authenticateConnectorToken(token);
    if (principal === undefined) return undefined;
    if (this.#mayCome(c, principal.connector)) {
      c.set('connectorToken', token);
      return this.#limitRate(principal);
    }
    const { address } = c.get('client');
    throw unauthorized('Bearer', `requests from ${address} are not allowed for this connector`);
  }

  /**
   * The principal of a request that was let in, as it is now: to be asked again by whoever has waited
   * since. Counts nothing. A credential goes with its tenant, so none of another tenant that got the
   * same name is let in by it. Throws `unauthorized`.
   */
  async stillIn(c: HttpContext, admitted: Principal): Promise<Principal> {
    const principal = await this.#again(c, admitted.kind);
    if (principal?.credentialId === admitted.credentialId) return principal;
    const scheme = admitted.kind === 'token' ? 'Basic' : 'Bearer';
    throw unauthorized(scheme, 'the credential has ended while the request was under way');
  }

  async #again(c: HttpContext, kind: Principal['kind']): Promise<Principal | undefined> {
    const authorization = c.req.header('authorization');
    if (kind === 'token') {
      const { username = '', password = '' } = parseBasic(authorization) ?? {};
      return this.#directory.authenticateToken(username, password);
    }
    const bearer = parseBearer(authorization) ?? '';
    if (kind === 'ingest_key') return this.#directory.authenticateIngestKey(bearer);
    if (kind === 'api_client') return this.#directory.authenticateAccessToken(bearer);
    const token = c.get('connectorToken');
    const principal = token && (await this.#directory.authenticateConnectorToken(token));
    return principal && this.#mayCome(c, principal.connector) ? principal : undefined;
  }

  #mayCome(c: HttpContext, { allowedNetworks }: EnabledConnector): boolean {
    if (allowedNetworks.length === 0) return true;
    let allowed = this.#allowed.get(allowedNetworks);
    if (allowed === undefined) {
      allowed = new Networks(allowedNetworks);
      this.#allowed.set(allowedNetworks, allowed);
    }
    return allowed.has(c.get('client').address);
  }

  /**
   * Runs a check of a credential that is found by a name. Such secrets are long and random, so the
   * right one is let in whoever has failed under its name or from its address; only wrong ones wait.
   */
  async #guarded<Found extends Principal>(
    c: HttpContext,
    name: string,
    check: () => Promise<Found | undefined>,
  ): Promise<Found | undefined> {
    const attempt = { name, address: addressGroup(c.get('client').address) };
    const principal = await check();
    const waitMs = principal === undefined ? this.#guard.waitMs(attempt) : 0;
    if (waitMs > 0) throw this.#limited('lockout', Math.ceil(waitMs / 1000));
    this.#guard.note(attempt, principal !== undefined);
    return principal;
  }

  #admit(c: HttpContext, principal: Principal): Principal {
    c.set('login', { tenant: principal.tenant, name: principal.name, outcome: 'Success' });
    return this.#limitRate(principal);
  }

  #limitRate<Admitted extends Principal>(principal: Admitted): Admitted {
    if (!this.#perCredential.take(`${principal.kind}:${principal.credentialId}`)) {
      throw this.#limited('credential', this.#retryAfterSeconds);
    }
    return principal;
  }

  async #noteFailedAdministrator(c: HttpContext, email: string): Promise<void> {
    const known = await this.#directory.administratorByEmail(email);
    if (known === undefined) return;
    c.set('login', { tenant: known.tenant, name: known.email, outcome: 'Failed' });
  }

  #limited(by: 'address' | 'credential' | 'lockout', seconds: number): HttpError {
    this.#metrics.rateLimited.inc({ by });
    const message =
      by === 'lockout'
        ? 'Too many wrong credentials. Try again after some time.'
        : 'Too many API requests in a given amount of time. Try again after some time.';
    return new HttpError('rate_limited', message, { headers: { 'retry-after': `${seconds}` } });
  }
}

/** 401 with the challenge that tells a client how to authenticate. */
export function unauthorized(scheme: 'Basic' | 'Bearer', message: string): HttpError {
  const challenge =
    scheme === 'Basic' ? 'Basic realm="Tailrace", charset="UTF-8"' : 'Bearer realm="Tailrace"';
  return new HttpError('unauthorized', message, { headers: { 'www-authenticate': challenge } });
}
