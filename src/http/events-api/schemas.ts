import { z } from '@hono/zod-openapi';
import { formatParameter, integerParameter } from '../query.ts';

export const pageEventsMax = 10_000;
/** Events API v2 answers with no more than this. */
export const v2PageEventsMax = 500;

export const v1Query = z.object({
  format: formatParameter.optional().describe('JSON when left out; in whichever case.'),
  limit: integerParameter('limit', 1, pageEventsMax)
    .optional()
    .describe('Events in the answer at most; an addition to the documented API.'),
});

export const v2Query = z.object({
  format: formatParameter.optional().describe('JSON when left out; in whichever case.'),
  tracker: z
    .string()
    .optional()
    .describe('From the answer before; none starts at the oldest event.'),
  ignoreTrackerExpiry: z
    .string()
    .optional()
    .transform((text) => text?.toLowerCase() === 'true')
    .describe('`true` accepts a tracker that is older than its life.'),
});

const element = z.union([z.string(), z.record(z.string(), z.unknown())]);
const events = z.array(element).describe('Strings for CEF and Syslog, objects for JSON.');

export const v1Answer = z.object({ events });
export const v2Answer = z.object({
  tracker: z.string().describe('For the next request.'),
  nextPageExists: z.boolean().describe('True when there are more events already.'),
  events,
});

export const tokenAnswer = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().describe('Seconds.'),
  scope: z.literal('read'),
});

/** RFC 6749, section 5.2. */
export const tokenError = z.object({
  error: z.enum(['invalid_request', 'invalid_grant', 'unsupported_grant_type']),
  error_description: z.string(),
});
