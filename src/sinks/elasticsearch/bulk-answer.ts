import { z } from 'zod';
import { withoutKnownSecrets } from '../../lib/without-secrets.ts';

/** What became of one event. */
export type ItemOutcome = 'taken' | 'retry' | { readonly poisoned: string };

const itemSchema = z.object({
  status: z.int(),
  error: z.object({ type: z.string().optional(), reason: z.string().optional() }).optional(),
});
const answerSchema = z.object({
  items: z.array(z.object({ create: itemSchema })),
});

/** An item that an operator has to do something about: the reason in words. */
export class ItemsRefused extends Error {}

/**
 * The outcome of each item, in the order of the request. Undefined for an answer that is none of
 * `_bulk`'s, or of another request. Throws `ItemsRefused` when the index or its rights are wrong.
 *
 * | status      | means                                                                   |
 * | ----------- | ----------------------------------------------------------------------- |
 * | 2xx         | stored                                                                  |
 * | 409         | stored before, under the same id                                        |
 * | 429, 5xx    | not now                                                                 |
 * | 401 403 404 | for an operator: rights, blocked index, missing index                   |
 * | other 4xx   | the document will never be taken, such as for a field's type            |
 */
export function itemOutcomes(body: unknown, count: number): readonly ItemOutcome[] | undefined {
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success || parsed.data.items.length !== count) return undefined;
  return parsed.data.items.map(({ create: { status, error } }) => {
    if ((status >= 200 && status < 300) || status === 409) return 'taken';
    if (status === 429 || status >= 500) return 'retry';
    const said = withoutKnownSecrets([error?.type, error?.reason].filter(Boolean).join(': '));
    const words = said.slice(0, 500) || 'no reason was given';
    const reason = `Elasticsearch refuses it with ${status}: ${words}`;
    if (status === 401 || status === 403 || status === 404) throw new ItemsRefused(reason);
    return { poisoned: reason };
  });
}
