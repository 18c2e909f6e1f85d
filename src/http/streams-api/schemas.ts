import { z } from '@hono/zod-openapi';
import { durationMs } from '../../core/quantity.ts';
import { profiles } from '../../encode/encoder.ts';
import { pageEventsMax } from '../events-api/schemas.ts';
import { markPattern } from '../position-marks.ts';
import { anyFormatParameter, integerParameter, shown } from '../query.ts';

/** Positions fit into six bytes of a cursor. */
const positionMax = 2 ** 48 - 1;

export const streamsQuery = z.object({
  after: integerParameter('after', 0, positionMax)
    .optional()
    .describe('Answer the events behind this position. Left out: from the oldest there is.'),
  mark: z
    .string()
    .regex(markPattern, {
      error: (issue) => `mark must be one that came, got ${shown(issue.input)}`,
    })
    .optional()
    .describe('`Tailrace-Mark` of the answer that `after` is from: refused if that is not so now.'),
  limit: integerParameter('limit', 1, pageEventsMax)
    .optional()
    .describe('Events in the answer at most.'),
  format: anyFormatParameter
    .optional()
    .describe(
      'CEF or Syslog lines, JSON by the names of Events API v2, or JSON as the Elastic Common ' +
        'Schema or OCSF has it. Left out: as stored.',
    ),
  profile: z
    .enum(profiles, {
      error: (issue) => `profile must be ${profiles.join(' or ')}, got ${shown(issue.input)}`,
    })
    .optional()
    .describe('`vendor` (default) or `strict`; only with a format.'),
  wait: z
    .string()
    .refine((text) => durationMs.safeParse(text).success, {
      error: (issue) => `wait must be a duration such as 30s, got ${shown(issue.input)}`,
    })
    .transform((text) => durationMs.parse(text))
    .optional()
    .describe('How long to wait for an event when there is none; the server has a limit.'),
});

/** Headers of every answer with a page; positions are whole numbers. */
export const streamsHeaders = z.object({
  'tailrace-first-position': z.string().describe('Of the first line; `last + 1` for no line.'),
  'tailrace-last-position': z.string().describe('Of the last line: `after` of the next request.'),
  'tailrace-head-position': z.string().describe('Of the newest event in the stream.'),
  'tailrace-mark': z
    .string()
    .optional()
    .describe(
      'Of the last line’s event: `mark` of the next request. It tells whether the stream was set ' +
        'back meanwhile, so that other events have the positions that were given out.',
    ),
  'tailrace-gap': z
    .string()
    .optional()
    .describe(
      'Positions behind `after` that retention has dropped: `first=1; last=400; until=TIME`, ' +
        'where TIME is that of the oldest event that is still there, if there is one.',
    ),
});
