import { z } from 'zod';
import { durationMs, pauseMs } from '../../core/quantity.ts';
import { secretReferenceSchema } from '../../core/secret.ts';
import { baseUrlSchema, httpOptions } from '../../wire/http-options.ts';

/** A source of the events of another Tailrace. */
export const tailraceOptions = z
  .strictObject({
    type: z.literal('tailrace').describe('pulls a stream of another Tailrace by position'),
    url: baseUrlSchema.describe('where it is; /streams/v1/FEED is added'),
    username: z.string().min(1).optional().describe('e-mail address of an administrator'),
    token: secretReferenceSchema.optional().describe("the administrator's API token"),
    clientId: z.string().min(1).optional().describe('the client ID, instead of username'),
    clientSecret: secretReferenceSchema.optional().describe('the client secret, instead of token'),
    tokenUrl: baseUrlSchema
      .optional()
      .describe('where access tokens are issued; without it /token is added to url'),
    wait: durationMs
      .prefault('25s')
      .refine((waitMs) => waitMs <= 300_000, 'at most 5m')
      .describe('how long the service may hold a request until there is an event'),
    pollEvery: pauseMs
      .prefault('1s')
      .describe('how long to wait after an answer that brought all there was'),
    pageEvents: z.int().min(1).max(10_000).optional().describe('events per page'),
    ...httpOptions,
  })
  .refine(({ username, token, clientId, clientSecret }) => {
    const basic = username !== undefined && token !== undefined;
    const oauth = clientId !== undefined && clientSecret !== undefined;
    const given = [username, token, clientId, clientSecret].filter((key) => key !== undefined);
    return given.length === 2 && (basic || oauth);
  }, 'needs username and token, or clientId and clientSecret')
  .refine(({ wait, requestTimeout }) => wait < requestTimeout, {
    path: ['wait'],
    error: 'must be shorter than requestTimeout',
  });
export type TailraceOptions = z.infer<typeof tailraceOptions>;
