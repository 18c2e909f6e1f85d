import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie';
import { z } from 'zod';
import type { HttpContext } from '../../http-env.ts';
import type { Service } from '../../service.ts';

const cookieName = 'tailrace-oidc';
/** How long a person may take at the provider. */
const lifeMs = 600_000;
/** `Lax`: the way back is a navigation that begins at the provider. */
const cookieOptions = { httpOnly: true, secure: true, sameSite: 'Lax', path: '/' } as const;

const departure = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  returnTo: z.string(),
  untilMs: z.number(),
});
type Departure = z.output<typeof departure>;

/** Binds what will come back to this browser: nobody can finish what another one began. */
export async function rememberDeparture(
  c: HttpContext,
  { directory, clock }: Service,
  left: Omit<Departure, 'untilMs'>,
): Promise<void> {
  const value = JSON.stringify({ ...left, untilMs: clock.nowMs() + lifeMs });
  await setSignedCookie(c, cookieName, value, directory.consoleKey(), {
    ...cookieOptions,
    prefix: 'host',
    maxAge: lifeMs / 1000,
  });
}

/** What this browser left with, once; undefined when it did not, too long ago, or it was altered. */
export async function takeDeparture(
  c: HttpContext,
  { directory, clock }: Service,
): Promise<Departure | undefined> {
  const value = await getSignedCookie(c, directory.consoleKey(), cookieName, 'host');
  deleteCookie(c, cookieName, { ...cookieOptions, prefix: 'host' });
  if (value === undefined || value === false) return undefined;
  const left = departure.parse(JSON.parse(value));
  return left.untilMs > clock.nowMs() ? left : undefined;
}
