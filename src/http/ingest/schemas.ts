import { z } from '@hono/zod-openapi';

export const idempotencyKey = z
  .string()
  .regex(/^[ -~]{1,255}$/)
  .describe('A batch with a key that was used within 24 h is not stored again.');

export const ingestAnswer = z.object({
  appended: z.int().describe('Events stored.'),
  skipped: z.int().describe('Events left out because their category is not exported.'),
  firstPosition: z.int().describe('Position of the first event; `lastPosition + 1` for none.'),
  lastPosition: z.int().describe('Position of the last event.'),
  repeated: z.boolean().describe('True when the key was known: the answer is the first one’s.'),
});
export type IngestAnswer = z.infer<typeof ingestAnswer>;
