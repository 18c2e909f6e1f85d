import { z } from 'zod';
import { AppError } from '../../../core/errors.ts';
import type { Directory, LastUse, Token } from '../../../directory/directory.ts';
import type { TokenView } from '../api-types.ts';
import type { EndpointsOf } from '../endpoint.ts';
import { lastUsedAtMs } from './last-use.ts';

type TokenEndpoint =
  | 'GET /tenants/:tenant/token'
  | 'GET /tenants/:tenant/token/value'
  | 'POST /tenants/:tenant/token'
  | 'DELETE /tenants/:tenant/token'
  | 'GET /tenants/:tenant/tokens';

const dayRange = 'must be 1 to 365';
const newToken = z.strictObject({ days: z.int(dayRange).min(1, dayRange).max(365, dayRange) });

export const tokenEndpoints: EndpointsOf<TokenEndpoint> = {
  'GET /tenants/:tenant/token': {
    who: 'member',
    handle: async ({ params, session, service: { directory, clock } }) => {
      const [token, uses] = await Promise.all([
        directory.token(params.tenant, session.person.email),
        directory.credentialUses(params.tenant),
      ]);
      return { token: token === undefined ? null : tokenView(token, uses, clock.nowMs()) };
    },
  },
  'GET /tenants/:tenant/token/value': {
    who: 'administrator',
    handle: async ({ params, session, actor, service: { directory } }) => {
      const { email } = session.person;
      const token = await directory.token(params.tenant, email);
      if (token?.value === undefined) {
        throw new AppError('not_found', `${email} has no valid token: create a new one`);
      }
      const reading = { action: 'copied a token', detail: email };
      await directory.recordReading(params.tenant, reading, actor);
      return { value: token.value.reveal() };
    },
  },
  'POST /tenants/:tenant/token': {
    who: 'administrator',
    body: newToken,
    handle: async ({ params, body, session, actor, service: { directory, clock } }) => {
      const { email } = session.person;
      const token = await directory.createToken(params.tenant, email, body.days, actor);
      return { token: tokenView(token, [], clock.nowMs()) };
    },
  },
  'DELETE /tenants/:tenant/token': {
    who: 'administrator',
    handle: async ({ params, session, actor, service: { directory } }) => {
      await directory.revokeToken(params.tenant, session.person.email, actor);
      return { ok: true };
    },
  },
  'GET /tenants/:tenant/tokens': {
    who: 'member',
    handle: async ({ params, service: { directory, clock } }) => {
      const [tokens, uses] = await Promise.all([
        tenantTokens(directory, params.tenant),
        directory.credentialUses(params.tenant),
      ]);
      return { tokens: tokens.map((token) => tokenView(token, uses, clock.nowMs())) };
    },
  },
};

/** Everybody's in the tenant, in the order of e-mail addresses. */
export async function tenantTokens(
  directory: Directory,
  tenant: string,
): Promise<readonly Token[]> {
  const people = await directory.administrators(tenant);
  const tokens = await Promise.all(people.map(({ email }) => directory.token(tenant, email)));
  return tokens.filter((token) => token !== undefined);
}

export function tokenView(token: Token, uses: readonly LastUse[], nowMs: number): TokenView {
  const { email, createdAtMs, expiresAtMs } = token;
  const lastUse = lastUsedAtMs(uses, 'token', email);
  return {
    email,
    createdAtMs,
    expiresAtMs,
    state: tokenState(token, nowMs),
    // What came before belongs to the token before.
    lastUsedAtMs: lastUse !== null && lastUse >= createdAtMs ? lastUse : null,
  };
}

export function tokenState({ value, expiresAtMs }: Token, nowMs: number): TokenView['state'] {
  if (expiresAtMs <= nowMs) return 'expired';
  return value === undefined ? 'revoked' : 'valid';
}
