import { z } from 'zod';
import { withoutKnownSecrets } from '../../lib/without-secrets.ts';
import { parseJson } from '../../wire/answers.ts';

/** A 64-bit integer, which JSON has as a string; numbers are seen too, and so is null. */
const count = z
  .union([z.int().nonnegative(), z.string().regex(/^\d+$/).transform(Number)])
  .nullish();
const words = z.string().nullish().catch(undefined);

/** Some write names as they stand in the protocol's source, against its JSON encoding. */
const partialSuccess = z
  .object({
    rejectedLogRecords: count,
    rejected_log_records: count,
    errorMessage: words,
    error_message: words,
  })
  .nullish();
const answerSchema = z.object({ partialSuccess, partial_success: partialSuccess });

/**
 * What the body of a success says of records that were refused all the same: a receiver need not say
 * anything, and some say what is no JSON. `unreadable` is a page, of a sign-in or a proxy, and a partial
 * success that does not say how much it is: the records may be taken or not.
 */
export function refusedRecords(body: Buffer): 'none' | 'unreadable' | { readonly words: string } {
  const text = body.toString().trim();
  if (text.startsWith('<')) return 'unreadable';
  const answer = answerSchema.safeParse(parseJson(body)).data;
  if (answer === undefined) return /partial_?success/i.test(text) ? 'unreadable' : 'none';
  const said = answer.partialSuccess ?? answer.partial_success;
  if ((said?.rejectedLogRecords ?? said?.rejected_log_records ?? 0) === 0) return 'none';
  const given = withoutKnownSecrets(said?.errorMessage ?? said?.error_message ?? '').slice(0, 300);
  return { words: given || 'no reason was given' };
}
