import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { attackInfoPath, authTokenPath, authorizePath } from './error-messages.ts';
import { attackInfoAnswer, attackInfoRequest, authTokenAnswer, errorMessages } from './schemas.ts';

type ApiRegistry = OpenAPIHono['openAPIRegistry'];

const errorTexts = {
  400: 'Something in the request is not acceptable; the texts say what.',
  401: 'Unauthorised.',
  413: 'The body, or what the window holds, is too large.',
  415: 'Another content coding is needed.',
  429: 'Too many requests; wait as long as Retry-After says.',
  500: 'Internal server error.',
  503: 'Not at the moment; ask again after Retry-After.',
} as const;

function errors(...statuses: readonly (keyof typeof errorTexts)[]) {
  const content = { 'application/json': { schema: errorMessages } };
  return Object.fromEntries(
    statuses.map((status) => [status, { description: errorTexts[status], content }]),
  );
}

/** Describes AppTrana's SIEM API. */
export function describeSiemApi(registry: ApiRegistry): void {
  registry.registerComponent('securitySchemes', 'connectorToken', {
    type: 'http',
    scheme: 'bearer',
  });
  registry.registerPath({
    method: 'get',
    path: authorizePath,
    summary: 'Send an authorization code to the URL that the connector is registered with.',
    request: { query: z.object({ client_id: z.string().describe('The API ID.') }) },
    responses: {
      302: { description: 'To the registered URL, with `code` in its query.' },
      ...errors(401, 429, 500),
    },
  });
  registry.registerPath({
    method: 'post',
    path: authTokenPath,
    summary: 'An access token for a connector.',
    description:
      'With `client_id`, `client_secret` and `code` in the form; or with ' +
      '`grant_type=client_credentials` instead of a code; or with HTTP Basic and an empty body.',
    responses: {
      200: {
        description: 'Issued, or the same one as before.',
        content: { 'application/json': { schema: authTokenAnswer } },
      },
      ...errors(400, 401, 413, 415, 429, 500, 503),
    },
  });
  registry.registerPath({
    method: 'post',
    path: attackInfoPath,
    summary: 'The attacks of at most 5 minutes.',
    security: [{ connectorToken: [] }],
    request: { body: { content: { 'application/json': { schema: attackInfoRequest } } } },
    responses: {
      200: {
        description: 'By website and time.',
        headers: z.object({
          'tailrace-head-position': z
            .string()
            .describe('Up to where in the stream the attacks were looked for.'),
          'tailrace-gap': z
            .string()
            .optional()
            .describe('Retention has dropped positions that may have been in the window.'),
        }),
        content: { 'application/json': { schema: attackInfoAnswer } },
      },
      ...errors(400, 401, 413, 415, 429, 500, 503),
    },
  });
}
