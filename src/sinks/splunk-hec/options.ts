import { z } from 'zod';
import { durationMs } from '../../core/quantity.ts';
import { secretReferenceSchema } from '../../core/secret.ts';
import { baseUrlSchema, httpOptions } from '../../wire/http-options.ts';
import { batchOptions } from '../batch-options.ts';

const word = z.string().min(1).max(255);

/** How a Splunk HTTP Event Collector sink is configured. */
export const splunkHecSinkOptions = z.strictObject({
  type: z.literal('splunk-hec'),
  url: baseUrlSchema.describe(
    'Address of the collector without a path, such as `https://splunk.example.com:8088`.',
  ),
  token: secretReferenceSchema.describe('The HEC token.'),
  endpoint: z
    .enum(['event', 'raw'])
    .default('event')
    .describe(
      '`event`: each event with its time, and its id in the indexed field `tailrace_id`. `raw`: bare ' +
        'lines, cut and timed by the source type.',
    ),
  index: word.optional().describe("Left out: the token's default index."),
  host: word.optional().describe('Left out: the sink’s `hostname`.'),
  source: word.optional().describe('Left out: the name of the stream.'),
  sourcetype: word.optional().describe('Left out: `cef`, `syslog` or `_json`, by the format.'),
  acknowledgement: z
    .boolean()
    .default(false)
    .describe(
      'Waits until the indexer has written a batch to disk; the token must have indexer ' +
        'acknowledgement on. Without it a batch counts as delivered when Splunk has accepted it.',
    ),
  acknowledgementTimeout: durationMs
    .refine((ms) => ms >= 1000 && ms <= 3_600_000, 'must be 1s to 1h')
    .prefault('5m')
    .describe('A batch that is not acknowledged by then is sent again.'),
  compression: z.boolean().default(true).describe('Sends bodies with gzip.'),
  ...httpOptions,
  ...batchOptions,
});

export type SplunkHecSinkOptions = z.output<typeof splunkHecSinkOptions>;
