import type { Person, SignInMethod } from '../../directory/people.ts';
import type { HttpContext } from '../http-env.ts';
import type { Service } from '../service.ts';
import { sessionLife, sessionValue, setSessionCookie } from './session.ts';
import { describeUserAgent } from './user-agent.ts';

/**
 * A new session in a new cookie. What the browser came with is never taken over, and its session
 * ends: two people at one machine do not share one.
 */
export async function beginSession(
  c: HttpContext,
  service: Service,
  { email }: Person,
  method: SignInMethod,
): Promise<void> {
  const { directory } = service;
  const { address } = c.get('client');
  const life = sessionLife(service);
  const value = sessionValue(c);
  const before = value === undefined ? undefined : await directory.session(value, life);
  if (before !== undefined) {
    const actor = { name: before.person.email, address };
    await directory.endSession(before.person.email, before.sessionId, actor);
  }
  const userAgent = describeUserAgent(c.req.header('user-agent'));
  const started = await directory.startSession({ email, method, address, userAgent });
  setSessionCookie(c, started.value, life);
}
