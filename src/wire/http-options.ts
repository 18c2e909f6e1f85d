import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import { durationIn, sizeBytes } from '../core/quantity.ts';
import { type SecretReader, secretReferenceSchema } from '../core/secret.ts';
import { type Fetch, HttpClient, type ProxyOptions } from '../lib/http-client.ts';
import { certificateOptions, readCertificates } from './certificates.ts';

/** An http or https address without user name, query or fragment. */
export const baseUrlSchema = z
  .url({ protocol: /^https?$/, error: 'an address such as https://siem.example.com' })
  .refine((url) => !/[?#]|\/\/[^/]*@/.test(url), 'without user name, query or fragment');

/** What everything that speaks HTTP with another machine is configured with. */
export const httpOptions = {
  requestTimeout: durationIn('10ms', '1h')
    .prefault('60s')
    .describe('how long one request may take, from connecting to the last byte'),
  responseBytesMax: sizeBytes
    .prefault('12MiB')
    .describe('the largest answer that is read, counted after decompression; a page has to fit'),
  ...certificateOptions,
  proxy: z
    .strictObject({
      url: baseUrlSchema.describe('address of the HTTP proxy'),
      username: z.string().min(1).optional().describe('user name at the proxy'),
      password: secretReferenceSchema.optional().describe('password at the proxy'),
    })
    .refine(({ username, password }) => (username === undefined) === (password === undefined), {
      message: 'username and password go together',
      path: ['password'],
    })
    .optional()
    .describe('the HTTP proxy that requests go through'),
  allowInsecure: z
    .boolean()
    .default(false)
    .describe('permits http beyond this machine, which shows the credentials to the network'),
};

const httpOptionsSchema = z.strictObject(httpOptions);
export type HttpOptions = z.infer<typeof httpOptionsSchema>;

/** Throws `config_invalid` when credentials would travel in clear to another machine. */
export function refuseInsecure(url: string, allowInsecure: boolean): void {
  const { protocol, hostname, origin } = new URL(url);
  if (protocol === 'https:' || allowInsecure || isLoopback(hostname)) return;
  throw new AppError(
    'config_invalid',
    `${origin} would receive credentials unencrypted; use https, or set allowInsecure: true`,
  );
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** The client that `options` describe. Reads files and secrets, and rejects if one is missing. */
export async function openHttpClient(
  options: HttpOptions,
  readSecret: SecretReader,
  fetch?: Fetch,
): Promise<HttpClient> {
  const proxy = await proxyOptions(options, readSecret);
  return new HttpClient({
    timeoutMs: options.requestTimeout,
    responseBytesMax: options.responseBytesMax,
    tls: await readCertificates(options, readSecret),
    ...(proxy === undefined ? {} : { proxy }),
    ...(fetch === undefined ? {} : { fetch }),
  });
}

async function proxyOptions(
  { proxy }: HttpOptions,
  readSecret: SecretReader,
): Promise<ProxyOptions | undefined> {
  if (proxy === undefined) return undefined;
  const { url, username, password } = proxy;
  if (username === undefined || password === undefined) return { url };
  const credential = `${username}:${(await readSecret(password)).reveal()}`;
  return { url, authorization: `Basic ${Buffer.from(credential).toString('base64')}` };
}
