import type { HttpContext } from '../http-env.ts';
import { HttpError } from '../http-error.ts';

/**
 * Whatever changes something must come from a page of this service: browsers say so in
 * `Sec-Fetch-Site`, older ones in `Origin`. Throws `forbidden`.
 */
export function assertSameOrigin(c: HttpContext, publicUrl: string | undefined): void {
  const site = c.req.header('sec-fetch-site');
  if (site === 'same-origin') return;
  const origin = c.req.header('origin');
  if (site === undefined && origin !== undefined && ownOrigins(c, publicUrl).includes(origin)) {
    return;
  }
  throw new HttpError('forbidden', "the request did not come from the console's own page");
}

/** Where clients reach this service: as configured, else as this client did. */
export function publicUrlOf(c: HttpContext, publicUrl: string | undefined): string {
  return publicUrl ?? requestOrigin(c);
}

function ownOrigins(c: HttpContext, publicUrl: string | undefined): readonly string[] {
  const requested = requestOrigin(c);
  return publicUrl === undefined ? [requested] : [requested, new URL(publicUrl).origin];
}

function requestOrigin(c: HttpContext): string {
  const { host, origin } = new URL(c.req.url);
  if (c.env?.incoming === undefined) return origin; // a test without a socket
  return `${c.get('client').isSecure ? 'https' : 'http'}://${host}`;
}
