import { z } from 'zod';
import { baseUrlSchema, httpOptions } from '../../wire/http-options.ts';
import { batchOptions } from '../batch-options.ts';
import { configuredHeaders } from '../configured-headers.ts';

/** How an OpenTelemetry sink is configured. */
export const otlpSinkOptions = z.strictObject({
  type: z.literal('otlp'),
  url: baseUrlSchema.describe(
    'Address of the OTLP/HTTP receiver without `/v1/logs`, such as `https://otel.example.com:4318`.',
  ),
  headers: configuredHeaders,
  serviceName: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('`service.name` of the resource. Left out: the feed’s product.'),
  compression: z.boolean().default(true).describe('Sends bodies with gzip.'),
  ...httpOptions,
  ...batchOptions,
});

export type OtlpSinkOptions = z.output<typeof otlpSinkOptions>;
