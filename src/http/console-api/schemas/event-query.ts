import { z } from 'zod';
import { positionMax, textParameter, timeParameter, wholeNumber } from './parameters.ts';

const nameLengthMax = 512;
const textLengthMax = 200;

const filter = {
  fromMs: timeParameter.optional(),
  untilMs: timeParameter.optional(),
  category: textParameter(nameLengthMax),
  type: textParameter(nameLengthMax),
  state: textParameter(nameLengthMax),
  minimumSeverity: wholeNumber(0, 10).optional(),
  text: textParameter(textLengthMax),
};

export const eventQuery = z
  .strictObject({
    ...filter,
    before: wholeNumber(0, positionMax).optional(),
    after: wholeNumber(0, positionMax).optional(),
    limit: wholeNumber(1, 500).optional(),
  })
  .refine(({ before, after }) => before === undefined || after === undefined, {
    path: ['after'],
    message: 'must not be given together with before',
  });

export const downloadQuery = z.strictObject({
  ...filter,
  as: z.enum(['csv', 'json', 'cef', 'syslog'], 'must be csv, json, cef or syslog'),
});
