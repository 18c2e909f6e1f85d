import { z } from 'zod';
import { auditKinds } from '../../../directory/directory.ts';
import { positionMax, textParameter, timeParameter, wholeNumber } from './parameters.ts';

const textLengthMax = 200;

const filter = {
  kind: z.enum(auditKinds, `must be ${auditKinds.join(', ')}`).optional(),
  fromMs: timeParameter.optional(),
  untilMs: timeParameter.optional(),
  actor: textParameter(textLengthMax),
  outcome: z.enum(['success', 'failure'], 'must be success or failure').optional(),
  text: textParameter(textLengthMax),
};
const page = {
  before: wholeNumber(0, positionMax).optional(),
  limit: wholeNumber(1, 500).optional(),
  folded: z
    .enum(['true', 'false'], 'must be true or false')
    .transform((text) => text === 'true')
    .optional(),
};

export const activityFilter = z.strictObject(filter);
export const activityQuery = z.strictObject({ ...filter, ...page });

const operatorFilter = { ...filter, tenant: textParameter(textLengthMax) };
export const operatorActivityFilter = z.strictObject(operatorFilter);
export const operatorActivityQuery = z.strictObject({ ...operatorFilter, ...page });
