import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { Secret } from '../../core/secret.ts';
import type { Session, SessionLife } from '../../directory/people.ts';
import type { HttpContext } from '../http-env.ts';
import { HttpError } from '../http-error.ts';
import { Networks } from '../networks.ts';
import type { Service } from '../service.ts';
import { accessRules } from './endpoint.ts';
import type { AccessRule } from './endpoint.ts';

/** `Lax`, because who comes back from an OpenID provider comes from another site. */
const cookieOptions = {
  httpOnly: true,
  secure: true,
  sameSite: 'Lax',
  path: '/',
  prefix: 'host',
} as const;
const cookieName = 'tailrace-session';

const loopback = new Networks(['127.0.0.0/8', '::1']);

export function sessionLife({ options }: Service): SessionLife {
  const { idleLife, sessionLife: lifeMs } = options.console;
  return { idleMs: idleLife, lifeMs };
}

/** Whose session the request carries. Throws `unauthorized`. */
export async function requireSession(c: HttpContext, service: Service): Promise<Session> {
  const value = sessionValue(c);
  const session =
    value === undefined ? undefined : await service.directory.session(value, sessionLife(service));
  if (session !== undefined) return session;
  throw new HttpError('unauthorized', 'there is no session, or it has ended: sign in');
}

export function sessionValue(c: HttpContext): string | undefined {
  return getCookie(c, cookieName, 'host');
}

export function setSessionCookie(c: HttpContext, value: Secret, life: SessionLife): void {
  const maxAge = Math.floor(life.lifeMs / 1000);
  setCookie(c, cookieName, value.reveal(), { ...cookieOptions, maxAge });
}

export function dropSessionCookie(c: HttpContext): void {
  deleteCookie(c, cookieName, cookieOptions);
}

/** Passwords and cookies do not travel in clear text but within one machine. Throws `forbidden`. */
export function assertPrivateConnection(c: HttpContext): void {
  const { isSecure, address } = c.get('client');
  if (isSecure || loopback.has(address)) return;
  throw new HttpError(
    'forbidden',
    'signing in needs HTTPS: configure serve.tls, or a proxy with TLS and serve.trustProxy',
  );
}

/** Throws `forbidden` for a role or a tenant that may not. */
export function assertMay({ person }: Session, rule: AccessRule, tenant: string | undefined): void {
  const { ownTenant, anywhere }: (typeof accessRules)[AccessRule] = accessRules[rule];
  const isOwn = tenant !== undefined && tenant === person.tenant;
  if (includes(anywhere, person.role) || (isOwn && includes(ownTenant, person.role))) return;
  throw new HttpError('forbidden', `a ${person.role} may not do this here`);
}

/** The session of whoever may do this; to be asked again after a wait. Throws as its parts do. */
export async function requireRight(
  c: HttpContext,
  service: Service,
  rule: AccessRule,
  tenant: string | undefined,
): Promise<Session> {
  const session = await requireSession(c, service);
  assertMay(session, rule, tenant);
  return session;
}

function includes(roles: readonly string[], role: string): boolean {
  return roles.includes(role);
}
