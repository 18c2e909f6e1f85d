import { z } from 'zod';
import { emailKey } from '../../directory/input.ts';
import type { Session } from '../../directory/people.ts';
import { HttpError } from '../http-error.ts';
import { addressGroup } from '../networks.ts';
import type { Service } from '../service.ts';
import type { Done, OpenSession, SessionView } from './api-types.ts';
import { InvalidFields } from './console-failure.ts';
import type { Call, EndpointsOf } from './endpoint.ts';
import { publicUrlOf } from './same-origin.ts';
import { dropSessionCookie, sessionLife } from './session.ts';
import { tooManyAttempts } from './too-many-attempts.ts';

const done: Done = { ok: true };
const password = z.string().min(1).max(512);
const issuer = 'Tailrace';

/** Oneself. */
export const sessionEndpoints: EndpointsOf<
  | 'GET /session'
  | 'POST /sign-out'
  | 'POST /sign-out-everywhere'
  | 'GET /sessions'
  | 'DELETE /sessions/:sessionId'
  | 'POST /me/password'
  | 'POST /me/totp'
  | 'POST /me/totp/confirm'
  | 'POST /me/totp/remove'
  | 'POST /me/recovery-codes'
> = {
  'GET /session': { who: 'signed-in', handle: sessionView },

  'POST /sign-out': {
    who: 'signed-in',
    handle: async ({ c, service, session, actor }) => {
      await service.directory.endSession(session.person.email, session.sessionId, actor);
      dropSessionCookie(c);
      return done;
    },
  },

  'POST /sign-out-everywhere': {
    who: 'signed-in',
    handle: async ({ c, service, session, actor }) => {
      await service.directory.endAllSessions(session.person.email, actor);
      dropSessionCookie(c);
      return done;
    },
  },

  'GET /sessions': {
    who: 'signed-in',
    handle: async ({ service, session }) => {
      const open = await service.directory.sessions(session.person.email, sessionLife(service));
      return { sessions: open.map((one) => openSession(one, session)) };
    },
  },

  'DELETE /sessions/:sessionId': {
    who: 'signed-in',
    handle: async ({ params, service, session, actor }) => {
      await service.directory.endSession(session.person.email, params.sessionId, actor);
      return done;
    },
  },

  'POST /me/password': {
    who: 'signed-in',
    body: z.strictObject({
      current: password,
      next: z.string().min(12, 'must be at least 12 characters long').max(512),
    }),
    handle: async (call) => {
      const { body, service, session, actor } = call;
      await assertOwnPassword(call, 'current', body.current);
      await service.directory.setPassword(
        session.person.email,
        body.next,
        session.sessionId,
        actor,
      );
      return done;
    },
  },

  'POST /me/totp': {
    who: 'signed-in',
    body: z.strictObject({ password }),
    handle: async (call) => {
      const { body, service, session, actor } = call;
      await assertOwnPassword(call, 'password', body.password);
      const { email } = session.person;
      const secret = (await service.directory.startTotp(email, actor)).reveal();
      const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(email)}`;
      const query = new URLSearchParams({ secret, issuer });
      return { secret, uri: `otpauth://totp/${label}?${query.toString()}` };
    },
  },

  'POST /me/totp/confirm': {
    who: 'signed-in',
    body: z.strictObject({ code: z.string().min(1).max(40) }),
    handle: async ({ c, body, service, session, actor }) => {
      const { email } = session.person;
      const attempt = attemptOf(email, c.get('client').address);
      using _ = assertMayTry(service, attempt);
      const digits = body.code.replaceAll(/\s/g, '');
      const recoveryCodes = await service.directory.confirmTotp(email, digits, actor);
      service.signIn.note(attempt, recoveryCodes !== undefined);
      if (recoveryCodes === undefined) throw new InvalidFields({ code: 'is wrong or too old' });
      return { recoveryCodes };
    },
  },

  'POST /me/totp/remove': {
    who: 'signed-in',
    body: z.strictObject({ password }),
    handle: async (call) => {
      const { body, service, session, actor } = call;
      await assertOwnPassword(call, 'password', body.password);
      await service.directory.removeTotp(session.person.email, actor);
      return done;
    },
  },

  'POST /me/recovery-codes': {
    who: 'signed-in',
    body: z.strictObject({ password }),
    handle: async (call) => {
      const { body, service, session, actor } = call;
      await assertOwnPassword(call, 'password', body.password);
      const { email } = session.person;
      return { recoveryCodes: await service.directory.newRecoveryCodes(email, actor) };
    },
  },
};

async function sessionView({ c, service, session }: Call<'GET /session'>): Promise<SessionView> {
  const { person, expiresAtMs, method } = session;
  const tenant =
    person.tenant === undefined ? undefined : await service.directory.tenant(person.tenant);
  return {
    email: person.email,
    role: person.role,
    tenant:
      tenant === undefined ? null : { id: tenant.id, title: tenant.title, edition: tenant.edition },
    secondFactor: method === 'provider' ? 'provider' : person.hasTotp ? 'totp' : 'none',
    recoveryCodesLeft: person.recoveryCodesLeft,
    hasPassword: person.hasPassword,
    expiresAtMs,
    serverNowMs: service.clock.nowMs(),
    version: service.console?.version ?? '',
    publicUrl: publicUrlOf(c, service.options.publicUrl),
  };
}

function openSession(one: Session, current: Session): OpenSession {
  const { sessionId, address, userAgent, createdAtMs, lastSeenAtMs } = one;
  return {
    sessionId,
    current: sessionId === current.sessionId,
    address,
    userAgent,
    createdAtMs,
    lastSeenAtMs,
  };
}

/** A session that somebody left open is not enough to change what signs in. */
async function assertOwnPassword(
  { c, service, session }: Pick<Call<'POST /me/totp'>, 'c' | 'service' | 'session'>,
  field: string,
  typed: string,
): Promise<void> {
  const { email, hasPassword } = session.person;
  if (!hasPassword) {
    throw new HttpError('forbidden', 'you sign in through the provider and have no password here');
  }
  const { address } = c.get('client');
  const attempt = attemptOf(email, address);
  using _ = assertMayTry(service, attempt);
  const isRight = (await service.directory.checkPassword(email, typed)) !== undefined;
  service.signIn.note(attempt, isRight);
  if (isRight) return;
  await service.directory.recordFailedSignIn(email, 'wrong password in an open session', {
    address,
  });
  throw new InvalidFields({ [field]: 'is wrong' });
}

function attemptOf(email: string, address: string) {
  return { name: emailKey(email), address: addressGroup(address) };
}

/** Throws `rate_limited`. */
function assertMayTry(
  { signIn }: Service,
  attempt: ReturnType<typeof attemptOf>,
): Disposable | undefined {
  const place = signIn.begin(attempt);
  const waitMs = place === undefined ? 1000 : signIn.waitMs(attempt);
  if (waitMs === 0) return place;
  place?.[Symbol.dispose]();
  throw tooManyAttempts(waitMs);
}
