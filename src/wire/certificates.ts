import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AppError, errorMessage } from '../core/errors.ts';
import { filePath } from '../core/file-path.ts';
import { type SecretReader, secretReferenceSchema } from '../core/secret.ts';
import type { TlsOptions } from '../lib/http-client.ts';

/** Whom to trust, and who to be, over TLS. */
export const certificateOptions = {
  ca: filePath
    .optional()
    .describe('path of a PEM file; its certification authorities are trusted instead of the usual'),
  clientCertificate: z
    .strictObject({
      certificate: filePath.describe('path of a PEM file with the certificate chain'),
      key: secretReferenceSchema.describe('the private key in PEM form'),
    })
    .optional()
    .describe('the certificate to show to the other side (mutual TLS)'),
};

export type CertificateOptions = z.output<z.ZodObject<typeof certificateOptions>>;

/** Reads files and secrets anew. Throws `config_unreadable` or `secret_unavailable`. */
export async function readCertificates(
  { ca, clientCertificate }: CertificateOptions,
  readSecret: SecretReader,
): Promise<TlsOptions> {
  return {
    ...(ca === undefined ? {} : { ca: await readPem(ca) }),
    ...(clientCertificate === undefined
      ? {}
      : {
          cert: await readPem(clientCertificate.certificate),
          key: (await readSecret(clientCertificate.key)).reveal(),
        }),
  };
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new AppError('config_unreadable', `${path} cannot be read: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
