import type { z } from '@hono/zod-openapi';
import { AppError } from '../../core/errors.ts';
import type { ConnectorPrincipal, ConnectorToken } from '../../directory/connector.ts';
import { parseBasic } from '../credentials.ts';
import type { BasicCredentials } from '../credentials.ts';
import { unauthorized } from '../gate.ts';
import type { HttpContext } from '../http-env.ts';
import { readBody } from '../request-body.ts';
import type { Service } from '../service.ts';
import type { authTokenAnswer } from './schemas.ts';

const formBytesMax = 16 * 1024;

/**
 * `POST …/getAuthToken`, in any of the three ways that are in use: API ID, key and authorization
 * code in the form; `grant_type=client_credentials` without a code; HTTP Basic with an empty body.
 */
export async function issueAuthToken(c: HttpContext, service: Service): Promise<Response> {
  c.header('cache-control', 'no-store');
  const form = await readForm(c, service);
  const basic = parseBasic(c.req.header('authorization'));
  const code = form.get('code');
  assertGrant(form, code, basic);
  const credentials = formCredentials(form) ?? basic;
  const principal = credentials && (await service.gate.connector(c, credentials));
  if (principal === undefined) throw unauthorized('Basic', 'wrong API ID or key');
  const { value, expiresAtMs } = await issue(service, principal, code);
  const answer: z.infer<typeof authTokenAnswer> = {
    access_token: value.reveal(),
    token_type: 'Bearer',
    expires_in: Math.floor((expiresAtMs - service.clock.nowMs()) / 1000),
  };
  return c.json(answer);
}

function issue(
  { directory, options }: Service,
  principal: ConnectorPrincipal,
  code: string | null,
): Promise<ConnectorToken> {
  const { accessTokenLife: lifeMs, codeLife: codeLifeMs } = options.siemApi;
  return code === null
    ? directory.issueConnectorToken(principal, lifeMs)
    : directory.redeemAuthorizationCode(principal, code, { codeLifeMs, lifeMs });
}

async function readForm(c: HttpContext, service: Service): Promise<URLSearchParams> {
  const limits = { bytesMax: formBytesMax, decompressedBytesMax: formBytesMax };
  using body = await readBody(c, limits, service.bodies);
  return new URLSearchParams(body.bytes.toString('utf8').trim());
}

/** A form that says neither how nor with what is a mistake of whoever wrote the client. */
function assertGrant(
  form: URLSearchParams,
  code: string | null,
  basic: BasicCredentials | undefined,
): void {
  const grantType = form.get('grant_type');
  const isByCode = code !== null && (grantType ?? 'authorization_code') === 'authorization_code';
  const isByKey =
    code === null && (grantType ?? (basic && 'client_credentials')) === 'client_credentials';
  if (isByCode || isByKey) return;
  throw new AppError(
    'input_invalid',
    grantType === null
      ? 'the form must hold client_id and client_secret with code, or with grant_type=client_credentials'
      : 'grant_type must be client_credentials, or authorization_code with code',
  );
}

function formCredentials(form: URLSearchParams): BasicCredentials | undefined {
  const username = form.get('client_id');
  const password = form.get('client_secret');
  if (username === null || username === '' || password === null) return undefined;
  return { username, password };
}
