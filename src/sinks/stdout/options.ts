import { z } from 'zod';
import { batchOptions } from '../batch-options.ts';

/** How a stdout sink is configured. */
export const stdoutSinkOptions = z.strictObject({
  type: z.literal('stdout'),
  ...batchOptions,
});

export type StdoutSinkOptions = z.output<typeof stdoutSinkOptions>;
