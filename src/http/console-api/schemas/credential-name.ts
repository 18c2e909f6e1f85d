import { z } from 'zod';

const text = 'must be 1 to 200 printable characters without spaces around them';

/** What a person calls a credential; the directory looks closer. */
export const credentialName = z
  .string(text)
  .min(1, text)
  .max(200, text)
  .refine((name) => name === name.trim(), text);
