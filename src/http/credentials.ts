/** A user name and its password as HTTP Basic carries them. */
export interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

/** Undefined for a missing header, another scheme, or text that is not `base64(name:password)`. */
export function parseBasic(authorization: string | undefined): BasicCredentials | undefined {
  const encoded = /^basic +([A-Za-z0-9+/_-]+={0,2})$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Undefined for a missing header or another scheme. */
export function parseBearer(authorization: string | undefined): string | undefined {
  return /^bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(authorization ?? '')?.[1];
}
