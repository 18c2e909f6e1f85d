import { z } from 'zod';
import { pauseMs } from '../../core/quantity.ts';
import { secretReferenceSchema } from '../../core/secret.ts';
import { baseUrlSchema, httpOptions } from '../../wire/http-options.ts';

const common = {
  type: z.literal('druva').describe('pulls from an inSync Events API'),
  format: z
    .enum(['json', 'cef', 'syslog'])
    .default('json')
    .describe('how events are asked for; only json carries the identity of an event'),
  pollEvery: pauseMs
    .prefault('60s')
    .describe('how long to wait when there was nothing more to pull'),
  ...httpOptions,
};

const v1Schema = z.strictObject({
  ...common,
  api: z.literal('v1').describe('Events API v1: administrator and token, progress cookie'),
  url: baseUrlSchema
    .default('https://insyncapi-cloud.druva.com')
    .describe('where the API is; /api/events/v1 is added'),
  username: z.string().min(1).describe('e-mail address of the administrator who created the token'),
  token: secretReferenceSchema.describe('the API token'),
  pageEvents: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe('events per page; sent as `limit` only when set, since not every service knows it'),
});

const v2Schema = z.strictObject({
  ...common,
  api: z.literal('v2').describe('Events API v2: OAuth client credentials, tracker'),
  url: baseUrlSchema
    .default('https://apis.druva.com')
    .describe('where the API is; /insync/eventmanagement/v2/events is added'),
  tokenUrl: baseUrlSchema
    .optional()
    .describe('where access tokens are issued; without it /token is added to url'),
  clientId: z.string().min(1).describe('the client ID'),
  clientSecret: secretReferenceSchema.describe('the client secret'),
  ignoreTrackerExpiry: z
    .boolean()
    .default(false)
    .describe('asks the service to go on from an expired tracker instead of refusing it'),
});

/** A source of inSync events. */
export const druvaOptions = z.discriminatedUnion('api', [v1Schema, v2Schema]);
export type DruvaOptions = z.infer<typeof druvaOptions>;
export type DruvaV1Options = z.infer<typeof v1Schema>;
export type DruvaV2Options = z.infer<typeof v2Schema>;
