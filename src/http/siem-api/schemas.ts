import { z } from '@hono/zod-openapi';
import { attackEventTypes } from '../../feeds/apptrana-catalogue.ts';
import { shown } from '../query.ts';

/** The last millisecond that a date can have. */
const timeMsMax = 8_640_000_000_000_000;
const timePattern = /^\d{1,17}(\.\d{1,9})?$/;
const isTime = (value: number): boolean => value >= 0 && value <= timeMsMax;

/** A time in the body: a number, or a string of one; a fraction of a millisecond is dropped. */
function epochMs(name: string) {
  const error = ({ input }: { readonly input?: unknown }): string => {
    const what = `${name} must be epoch milliseconds (UTC), as a number or a string`;
    return input === undefined ? `${what}, is missing` : `${what}, got ${shown(input)}`;
  };
  return z
    .union([z.number(), z.string().trim().regex(timePattern, { error })], { error })
    .transform(Number)
    .refine(isTime, { error })
    .transform(Math.floor)
    .openapi({ type: 'string', description: 'Epoch milliseconds UTC, as a string or a number.' });
}

/** `null` and an empty text mean the same as leaving it out. */
const presentOrNot = (value: unknown): unknown =>
  value === null || value === '' ? undefined : value;

const eventType = z
  .string({ error: ({ input }) => eventTypeProblem(input) })
  .transform((text, context) => {
    const wanted = text.trim().toLowerCase();
    const found = attackEventTypes.find((candidate) => candidate.toLowerCase() === wanted);
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: eventTypeProblem(text) });
    return z.NEVER;
  });

const websiteName = z
  .string({ error: ({ input }) => `websiteName must be a string, got ${shown(input)}` })
  .max(1000, 'websiteName must be at most 1000 characters')
  .transform((text) => text.trim());

/** The body of `getAttackInfo`. What it does not know, it does not mind. */
export const attackInfoRequest = z.object(
  {
    startTime: epochMs('startTime'),
    endTime: epochMs('endTime'),
    eventType: z.preprocess(presentOrNot, eventType.optional()),
    websiteName: z.preprocess(presentOrNot, websiteName.optional()),
  },
  { error: ({ input }) => `the body must be a JSON object, got ${shown(input)}` },
);
export type AttackInfoRequest = z.output<typeof attackInfoRequest>;

export const attackInfoAnswer = z.object({
  successMessage: z.literal('Success'),
  data: z.array(
    z.object({
      websiteName: z.string(),
      attacks: z.array(z.record(z.string(), z.unknown())).describe('In the order of their time.'),
    }),
  ),
});

export const authTokenAnswer = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int().describe('Seconds; what is left when the token was issued before.'),
});

export const errorMessages = z.object({ errorMessages: z.array(z.string()) });

function eventTypeProblem(input: unknown): string {
  return `eventType must be ${attackEventTypes.join(' or ')}, got ${shown(input)}`;
}
