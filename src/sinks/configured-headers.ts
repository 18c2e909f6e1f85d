import { z } from 'zod';
import { type SecretReader, secretReferenceSchema } from '../core/secret.ts';

/** Headers that say how a message is sent; they are the client's. */
const ownHeaders =
  /^(?:host|content-(?:length|type|encoding)|transfer-encoding|connection|tailrace-.*)$/i;

/** Further headers of every request; a credential by reference. */
export const configuredHeaders = z
  .record(
    z
      .string()
      .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'the name of a header')
      .refine((name) => !ownHeaders.test(name), 'a header that is not set by Tailrace itself'),
    z.union([z.string().regex(/^[ -~]*$/, 'printable ASCII'), secretReferenceSchema]),
  )
  .default({})
  .describe('Further headers; a credential as `{ env: NAME }` or `{ file: PATH }`.');

export async function readHeaders(
  headers: z.output<typeof configuredHeaders>,
  readSecret: SecretReader,
): Promise<Readonly<Record<string, string>>> {
  const entries = Object.entries(headers).map(
    async ([name, value]) =>
      [name, typeof value === 'string' ? value : (await readSecret(value)).reveal()] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
