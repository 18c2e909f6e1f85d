import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { HttpContext } from '../http-env.ts';

export const assetsPath = '/console/assets';
/** An icon, and what else stands beside `index.html`. */
export const publicFilesPath = '/console';

/** What a browser is to take each file for; anything else is not served. */
const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** One name without a folder: nothing that could lead anywhere else. */
const namePattern = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,200}$/;

/** In the order of preference. */
const codings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/** The file, compressed as it lies there if the client takes that; undefined when there is none. */
export async function answerFile(
  c: HttpContext,
  directory: string,
  name: string,
  caching: string,
): Promise<Response | undefined> {
  const contentType = contentTypes[extname(name)];
  if (contentType === undefined || !namePattern.test(name)) return undefined;
  const accepted = acceptedCodings(c.req.header('accept-encoding'));
  const headers: Record<string, string> = {
    'cache-control': caching,
    'content-type': contentType,
    'cross-origin-resource-policy': 'same-origin',
    vary: 'accept-encoding',
  };
  for (const [coding, suffix] of codings) {
    // eslint-disable-next-line no-await-in-loop -- the second only when there is no first
    const bytes = accepted.has(coding) ? await read(join(directory, name + suffix)) : undefined;
    if (bytes !== undefined) return c.body(bytes, 200, { ...headers, 'content-encoding': coding });
  }
  const bytes = await read(join(directory, name));
  return bytes && c.body(bytes, 200, headers);
}

async function read(file: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await readFile(file);
  } catch {
    return undefined; // no such file: the next coding, or not found
  }
}

/** Those that are not refused with `q=0`. */
function acceptedCodings(header: string | undefined): ReadonlySet<string> {
  const entries = (header ?? '').toLowerCase().split(',');
  return new Set(
    entries
      .map((entry) => entry.split(';').map((part) => part.trim()))
      .filter(([, quality]) => quality === undefined || !/^q=0(?:\.0*)?$/.test(quality))
      .map(([coding = '']) => coding),
  );
}
