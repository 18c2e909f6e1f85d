import type { z } from '@hono/zod-openapi';
import { parseBasic } from '../credentials.ts';
import type { BasicCredentials } from '../credentials.ts';
import type { HttpContext } from '../http-env.ts';
import { readBody } from '../request-body.ts';
import type { Service } from '../service.ts';
import type { tokenAnswer, tokenError } from './schemas.ts';

export const tokenPath = '/token';

const formBytesMax = 16 * 1024;

/** `POST /token`: OAuth 2.0 client credentials (RFC 6749, section 4.4), by Basic or in the form. */
export async function issueToken(c: HttpContext, service: Service): Promise<Response> {
  c.header('cache-control', 'no-store');
  const form = await readForm(c, service);
  const grantType = form.get('grant_type');
  if (grantType !== 'client_credentials') {
    const code = grantType === null ? 'invalid_request' : 'unsupported_grant_type';
    return refuse(c, code, 'grant_type must be client_credentials');
  }
  const client = parseBasic(c.req.header('authorization')) ?? formCredentials(form);
  if (client === undefined) {
    return refuse(c, 'invalid_request', 'client id and secret are required');
  }
  const principal = await service.gate.apiClient(c, client);
  // RFC 6749 would say invalid_client with 401; the vendor's service says this.
  if (principal === undefined) return refuse(c, 'invalid_grant', 'wrong client id or secret');
  const lifeMs = service.options.eventsApi.accessTokenLife;
  const accessToken = await service.directory.issueAccessToken(principal, lifeMs);
  const answer: z.infer<typeof tokenAnswer> = {
    access_token: accessToken.reveal(),
    token_type: 'Bearer',
    expires_in: Math.floor(lifeMs / 1000),
    scope: 'read',
  };
  return c.json(answer);
}

async function readForm(c: HttpContext, service: Service): Promise<URLSearchParams> {
  const limits = { bytesMax: formBytesMax, decompressedBytesMax: formBytesMax };
  using body = await readBody(c, limits, service.bodies);
  return new URLSearchParams(body.bytes.toString('utf8'));
}

function formCredentials(form: URLSearchParams): BasicCredentials | undefined {
  const username = form.get('client_id');
  const password = form.get('client_secret');
  if (username === null || username === '' || password === null) return undefined;
  return { username, password };
}

function refuse(
  c: HttpContext,
  error: z.infer<typeof tokenError>['error'],
  description: string,
): Response {
  const answer: z.infer<typeof tokenError> = { error, error_description: description };
  return c.json(answer, 400);
}
