import { inspect } from 'node:util';
import { z } from 'zod';
import { filePath } from './file-path.ts';

/** A credential that does not print: not in a log, an error, a template string or a dump. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The credential itself; call it where it goes over the wire and nowhere else. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

/** How configuration names a secret: never by value. */
export const secretReferenceSchema = z.union([
  z.strictObject({ env: z.string().min(1).describe('name of an environment variable') }),
  z.strictObject({
    file: filePath.describe('path of a file; one trailing newline is dropped'),
  }),
]);
export type SecretReference = z.infer<typeof secretReferenceSchema>;

/** Reads the secret anew on every call, so that a rotated file needs no restart. */
export type SecretReader = (reference: SecretReference) => Promise<Secret>;
