import { z } from '@hono/zod-openapi';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { errorCodes } from '../core/errors.ts';
import {
  tokenAnswer,
  tokenError,
  v1Answer,
  v1Query,
  v2Answer,
  v2Query,
} from './events-api/schemas.ts';
import { idempotencyKey, ingestAnswer } from './ingest/schemas.ts';
import { describeSiemApi } from './siem-api/openapi.ts';
import { streamsHeaders, streamsQuery } from './streams-api/schemas.ts';

type ApiRegistry = OpenAPIHono['openAPIRegistry'];

const errorBody = z.object({
  code: z.string().describe(Object.keys(errorCodes).join(', ')),
  message: z.string(),
  retryable: z.boolean().describe('True when the same request may succeed later.'),
  data: z.record(z.string(), z.string()),
});

const errorTexts = {
  400: 'Something in the request is not acceptable, or `Cookie expired`, `Cookie Invalid`.',
  401: 'The credential is missing, wrong, expired or revoked.',
  403: 'The credential is good but does not allow this: edition, disabled export, other tenant.',
  404: 'Requested API not found.',
  413: 'A body or an event is too large.',
  415: 'Another content type or coding is needed.',
  429: 'Too many requests; wait as long as Retry-After says.',
  500: 'Internal server error.',
  503: 'Nothing was taken; send it again after Retry-After.',
} as const;
type DescribedStatus = keyof typeof errorTexts;

function errors(...statuses: readonly DescribedStatus[]) {
  const content = { 'application/json': { schema: errorBody } };
  return Object.fromEntries(
    statuses.map((status) => [status, { description: errorTexts[status], content }]),
  );
}

const text = { schema: z.string() };

/** Describes every endpoint in `registry`, from the schemas that the handlers check with. */
export function describeApi(registry: ApiRegistry): void {
  const schemes = {
    administratorToken: { type: 'http', scheme: 'basic' },
    accessToken: { type: 'http', scheme: 'bearer' },
    ingestKey: { type: 'http', scheme: 'bearer' },
  } as const;
  for (const [name, scheme] of Object.entries(schemes)) {
    registry.registerComponent('securitySchemes', name, scheme);
  }
  describeIngest(registry);
  describeEventsApi(registry);
  describeStreams(registry);
  describeSiemApi(registry);
  describeMonitoring(registry);
}

function describeIngest(registry: ApiRegistry): void {
  registry.registerPath({
    method: 'post',
    path: '/ingest/v1/{tenant}/{feed}',
    summary: 'Append events, all or none; durable when answered.',
    security: [{ ingestKey: [] }],
    request: {
      params: z.object({ tenant: z.string(), feed: z.string() }),
      headers: z.object({ 'idempotency-key': idempotencyKey.optional() }),
      body: {
        description: 'One JSON object per line, or a JSON array; also gzip or zstd.',
        content: {
          'application/x-ndjson': text,
          'application/json': { schema: z.array(z.unknown()) },
        },
      },
    },
    responses: {
      200: { description: 'Stored.', content: { 'application/json': { schema: ingestAnswer } } },
      ...errors(400, 401, 403, 404, 413, 415, 429, 500, 503),
    },
  });
}

function describeEventsApi(registry: ApiRegistry): void {
  registry.registerPath({
    method: 'get',
    path: '/api/events/v1',
    summary: 'Events API v1: the events behind a progress cookie.',
    security: [{ administratorToken: [] }],
    request: { query: v1Query, cookies: z.object({ progress: z.string().optional() }) },
    responses: {
      200: {
        description: 'The next events; the cookie `progress` continues behind them.',
        content: { 'application/json': { schema: v1Answer }, 'text/plain': text },
      },
      ...errors(400, 401, 403, 429, 500, 503),
    },
  });
  registry.registerPath({
    method: 'post',
    path: '/token',
    summary: 'An access token for client credentials.',
    responses: {
      200: { description: 'Issued.', content: { 'application/json': { schema: tokenAnswer } } },
      400: { description: 'Refused.', content: { 'application/json': { schema: tokenError } } },
      ...errors(413, 429, 500),
    },
  });
  registry.registerPath({
    method: 'get',
    path: '/insync/eventmanagement/v2/events',
    summary: 'Events API v2: the events behind a tracker.',
    security: [{ accessToken: [] }],
    request: { query: v2Query },
    responses: {
      200: {
        description: 'The next events.',
        content: { 'application/json': { schema: v2Answer } },
      },
      ...errors(400, 401, 403, 429, 500, 503),
    },
  });
}

function describeStreams(registry: ApiRegistry): void {
  registry.registerPath({
    method: 'get',
    path: '/streams/v1/{feed}',
    summary: 'The events of a stream by position, one per line.',
    security: [{ administratorToken: [] }, { accessToken: [] }, { connectorToken: [] }],
    request: { params: z.object({ feed: z.string() }), query: streamsQuery },
    responses: {
      200: {
        description: 'The next events.',
        headers: streamsHeaders,
        content: { 'application/x-ndjson': text, 'text/plain': text },
      },
      ...errors(400, 401, 403, 404, 429, 500, 503),
    },
  });
}

function describeMonitoring(registry: ApiRegistry): void {
  const report = { 'application/json': { schema: z.record(z.string(), z.unknown()) } };
  registry.registerPath({
    method: 'get',
    path: '/healthz',
    summary: 'The process runs.',
    responses: { 200: { description: 'It does.', content: report } },
  });
  registry.registerPath({
    method: 'get',
    path: '/readyz',
    summary: 'Requests can be served.',
    responses: {
      200: { description: 'They can.', content: report },
      503: { description: 'They cannot; the body says why.', content: report },
    },
  });
  registry.registerPath({
    method: 'get',
    path: '/metrics',
    summary: 'Prometheus metrics.',
    responses: {
      200: { description: 'Text format.', content: { 'text/plain': text } },
      ...errors(403),
    },
  });
}
