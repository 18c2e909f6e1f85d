import { z } from 'zod';
import { secretReferenceSchema } from '../../core/secret.ts';
import { baseUrlSchema, httpOptions } from '../../wire/http-options.ts';
import { batchOptions } from '../batch-options.ts';

/** How an Elasticsearch or OpenSearch sink is configured. */
export const elasticsearchSinkOptions = z
  .strictObject({
    type: z.literal('elasticsearch'),
    urls: z
      .union([baseUrlSchema, z.array(baseUrlSchema).min(1).max(16)])
      .transform((value) => (typeof value === 'string' ? [value] : value))
      .describe('Address of a node, or of several; one that fails is left for the next.'),
    index: z
      .string()
      .regex(/^[^A-Z\\/*?"<>| ,#]{1,200}$/, 'a name that Elasticsearch allows, in lower case')
      .default('logs-tailrace.{feed}-{tenant}')
      .describe(
        'Data stream, index or alias; `{tenant}` and `{feed}` stand for the parts of the stream’s name.',
      ),
    pipeline: z.string().min(1).max(200).optional().describe('Ingest pipeline.'),
    apiKey: secretReferenceSchema
      .optional()
      .describe('API key, encoded as Elasticsearch gives it out.'),
    username: z.string().min(1).optional().describe('User name, where there is no API key.'),
    password: secretReferenceSchema.optional().describe('Password of the user.'),
    compression: z.boolean().default(true).describe('Sends bodies with gzip.'),
    ...httpOptions,
    ...batchOptions,
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    message: 'username and password go together',
    path: ['password'],
  })
  .refine(({ apiKey, username }) => apiKey === undefined || username === undefined, {
    message: 'either apiKey or username and password',
    path: ['apiKey'],
  });

export type ElasticsearchSinkOptions = z.output<typeof elasticsearchSinkOptions>;
