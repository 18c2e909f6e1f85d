import { unauthorized } from '../gate.ts';
import type { HttpContext } from '../http-env.ts';
import type { Service } from '../service.ts';

/**
 * `GET …/authorize?client_id=`: sends an authorization code to the URL that the connector was
 * registered with, and to no other. 401 for whoever is not an enabled connector.
 */
export async function authorize(c: HttpContext, service: Service): Promise<Response> {
  c.header('cache-control', 'no-store');
  const connector = await service.gate.enabledConnector(c, c.req.query('client_id') ?? '');
  if (connector === undefined) throw unauthorized('Basic', 'there is no such connector');
  const code = await service.directory.authorizationCode(connector);
  return c.body(null, 302, { location: withCode(connector.redirectUrl, code.reveal()) });
}

/** The URL as it was registered, its query included; a code needs no escaping. */
export function withCode(redirectUrl: string, code: string): string {
  const joint = !redirectUrl.includes('?') ? '?' : /[?&]$/.test(redirectUrl) ? '' : '&';
  return `${redirectUrl}${joint}code=${code}`;
}
