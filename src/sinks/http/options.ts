import { z } from 'zod';
import { secretReferenceSchema } from '../../core/secret.ts';
import { httpOptions } from '../../wire/http-options.ts';
import { batchOptions } from '../batch-options.ts';
import { configuredHeaders } from '../configured-headers.ts';

/** How a webhook is configured. */
export const httpSinkOptions = z.strictObject({
  type: z.literal('http'),
  url: z
    .url({ protocol: /^https?$/, error: 'an address such as https://siem.example.com/events' })
    .refine((url) => !/#|\/\/[^/]*@/.test(url), 'without user name or fragment')
    .describe('Where events are posted.'),
  body: z
    .enum(['lines', 'json-array', 'single'])
    .default('lines')
    .describe(
      '`lines`: a batch, one line each. `json-array`: a batch as one JSON array, of strings unless the ' +
        'format is JSON. `single`: one request for each event, in order.',
    ),
  signingKey: secretReferenceSchema
    .optional()
    .describe(
      'Signs each request: `Tailrace-Signature: t=SECONDS,v1=HEX`, the HMAC-SHA256 of `SECONDS.BODY` ' +
        '(before compression) under this key.',
    ),
  headers: configuredHeaders,
  compression: z.boolean().default(false).describe('Sends bodies with gzip.'),
  ...httpOptions,
  ...batchOptions,
});

export type HttpSinkOptions = z.output<typeof httpSinkOptions>;
