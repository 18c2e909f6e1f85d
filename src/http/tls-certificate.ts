import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Server } from 'node:http';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { AppError, errorMessage } from '../core/errors.ts';
import type { ServeOptions } from './options.ts';

type CertificateFiles = NonNullable<ServeOptions['tls']>;

/** PEM texts that fit each other. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** How often the files are looked at: by content, since mounted secrets change by a switched link. */
export const certificatePollMs = 10_000;

/** Throws `secret_unavailable` for unreadable files, `config_invalid` for a pair that does not fit. */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  const [cert, key] = await Promise.all([readPem(files.certificateFile), readPem(files.keyFile)]);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const pair = `${files.certificateFile} and ${files.keyFile}`;
    const message = `${pair} are no certificate with its key: ${errorMessage(error)}`;
    throw new AppError('config_invalid', message, { cause: error });
  }
  return { cert, key };
}

export interface FreshCertificate {
  readonly files: CertificateFiles;
  readonly current: Certificate;
  readonly server: Server;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Gives the server the files' certificate whenever it changes, until `signal` aborts. Files that
 * cannot be used leave the old certificate in place, and are complained about once.
 */
export async function keepCertificateFresh(
  { files, current, server, clock, log }: FreshCertificate,
  signal: AbortSignal,
): Promise<void> {
  let inUse = current;
  let complaint = '';
  for (;;) {
    // eslint-disable-next-line no-await-in-loop -- polling
    await clock.sleep(certificatePollMs, signal);
    if (signal.aborted) return;
    try {
      // eslint-disable-next-line no-await-in-loop -- polling
      const found = await readCertificate(files);
      complaint = '';
      if (found.cert.equals(inUse.cert) && found.key.equals(inUse.key)) continue;
      if ('setSecureContext' in server && typeof server.setSecureContext === 'function') {
        server.setSecureContext({ ...found, minVersion: 'TLSv1.2' });
      }
      inUse = found;
      log.info({ certificateFile: files.certificateFile }, 'new certificate in use');
    } catch (error) {
      const message = errorMessage(error);
      if (message !== complaint)
        log.error({ err: error }, 'new certificate not usable, the old one stays');
      complaint = message;
    }
  }
}

async function readPem(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new AppError('secret_unavailable', `cannot read ${file}: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
