import { readFile, stat } from 'node:fs/promises';
import { AppError, errorMessage } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import type { SecretReader, SecretReference } from '../core/secret.ts';
import { rememberSecret } from '../lib/known-secrets.ts';

/** A secret is a line or a key, not a file that was named by mistake. */
const secretBytesMax = 64 * 1024;

/**
 * Reads secrets from this environment and from files; anew on every call. What it has given out is
 * left out of what messages quote.
 */
export function secretReader(environment: NodeJS.ProcessEnv): SecretReader {
  return async (reference) => {
    const text = await readReference(reference, environment);
    if (text === '') throw unavailable(reference, 'is empty');
    rememberSecret(text);
    return new Secret(text);
  };
}

async function readReference(
  reference: SecretReference,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  if ('env' in reference) {
    const value = environment[reference.env];
    if (value === undefined) throw unavailable(reference, 'is not set');
    return value;
  }
  try {
    const { size } = await stat(reference.file);
    if (size > secretBytesMax) throw new Error(`is larger than ${secretBytesMax} bytes`);
    const text = await readFile(reference.file, 'utf8');
    return text.replace(/\r?\n$/, '');
  } catch (error) {
    throw unavailable(reference, `cannot be read: ${errorMessage(error)}`, error);
  }
}

function unavailable(reference: SecretReference, why: string, cause?: unknown): AppError {
  const what =
    'env' in reference ? `environment variable ${reference.env}` : `secret file ${reference.file}`;
  return new AppError('secret_unavailable', `${what} ${why}`, { cause });
}
