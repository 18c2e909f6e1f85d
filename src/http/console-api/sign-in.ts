import { z } from 'zod';
import { emailKey } from '../../directory/input.ts';
import type { Person } from '../../directory/people.ts';
import type { HttpContext } from '../http-env.ts';
import { HttpError } from '../http-error.ts';
import type { Attempt } from '../limits/credential-guard.ts';
import { addressGroup } from '../networks.ts';
import type { Service } from '../service.ts';
import type { SignIn, SignInOutcome } from './api-types.ts';
import { beginSession } from './begin-session.ts';
import type { BodyOf, EndpointsOf } from './endpoint.ts';
import { assertPrivateConnection } from './session.ts';
import { tooManyAttempts } from './too-many-attempts.ts';

const signIn = z.strictObject({
  email: z.string().min(1).max(254),
  password: z.string().min(1).max(512),
  code: z.string().max(40).optional(),
});
const invitationCode = z.string().min(1).max(100);

/** The same words whatever was wrong. */
const refusal = 'the e-mail address, the password or the code is wrong';

export const signInEndpoints: EndpointsOf<
  'GET /sign-in-methods' | 'POST /sign-in' | 'POST /invitations/look' | 'POST /invitations/accept'
> = {
  'GET /sign-in-methods': {
    who: 'anyone',
    handle: async ({ service }) => {
      const { passwords, oidc } = service.options.console;
      const demoAccounts = service.console?.demoAccounts?.();
      return {
        password: passwords,
        oidc: oidc === undefined ? null : { title: oidc.title },
        setUpNeeded: await service.directory.isSetUpNeeded(),
        ...(demoAccounts === undefined ? {} : { demoAccounts }),
      };
    },
  },

  'POST /sign-in': {
    who: 'anyone',
    body: signIn,
    handle: async ({ c, service, body }) => {
      assertPrivateConnection(c);
      assertPasswordsAreOn(service);
      return guarded(c, service, body.email, (attempt) => signInWith(c, service, body, attempt));
    },
  },

  'POST /invitations/look': {
    who: 'anyone',
    body: z.strictObject({ code: invitationCode }),
    handle: async ({ c, service, body }) => {
      assertPrivateConnection(c);
      const invitation = await service.directory.invitation(body.code);
      if (invitation === undefined) throw notInvited();
      const { person, expiresAtMs } = invitation;
      const tenant =
        person?.tenant === undefined ? undefined : await service.directory.tenant(person.tenant);
      return {
        email: person?.email ?? '',
        role: person?.role ?? 'operator',
        tenantTitle: tenant?.title ?? null,
        expiresAtMs,
        emailWanted: person === undefined,
      };
    },
  },

  'POST /invitations/accept': {
    who: 'anyone',
    body: z.strictObject({
      code: invitationCode,
      password: z.string().min(12, 'must be at least 12 characters long').max(512),
      email: z.email('must be an e-mail address').max(254).optional(),
    }),
    handle: async ({ c, service, body }) => {
      assertPrivateConnection(c);
      assertPasswordsAreOn(service);
      const { address } = c.get('client');
      const person = await service.directory.acceptInvitation(body.code, body, { address });
      await beginSession(c, service, person, 'password');
      return { state: 'signed-in' };
    },
  },
};

/** A few at a time per name, and none while it is locked out. */
async function guarded(
  c: HttpContext,
  service: Service,
  email: string,
  check: (attempt: Attempt) => Promise<SignInOutcome>,
): Promise<SignInOutcome> {
  const { address } = c.get('client');
  const attempt = { name: emailKey(email.trim()), address: addressGroup(address) };
  using place = service.signIn.begin(attempt);
  if (place === undefined) throw tooManyAttempts(1000);
  const waitMs = service.signIn.waitMs(attempt);
  if (waitMs > 0) throw tooManyAttempts(waitMs);
  return await check(attempt); // awaited, so that the place is held until then
}

async function signInWith(
  c: HttpContext,
  service: Service,
  { email, password, code }: BodyOf<'POST /sign-in'>,
  attempt: Attempt,
): Promise<SignInOutcome> {
  const { directory } = service;
  const person = await directory.checkPassword(email.trim(), password);
  if (person === undefined) throw await refused(c, service, attempt, email, 'wrong password');
  if (person.hasTotp && (code === undefined || code === '')) return { state: 'code-needed' };
  const method = await secondFactorOf(c, service, person, code);
  if (method === undefined) throw await refused(c, service, attempt, email, 'wrong code');
  service.signIn.note(attempt, true);
  await beginSession(c, service, person, method);
  return { state: 'signed-in' };
}

async function secondFactorOf(c: HttpContext, { directory }: Service, person: Person, code = '') {
  if (!person.hasTotp) return 'password';
  const actor = { name: person.email, address: c.get('client').address };
  return directory.redeemSecondFactor(person.email, code, actor);
}

async function refused(
  c: HttpContext,
  service: Service,
  attempt: Attempt,
  email: SignIn['email'],
  why: string,
): Promise<HttpError> {
  service.signIn.note(attempt, false);
  const { address } = c.get('client');
  await service.directory.recordFailedSignIn(email.trim(), why, { address });
  return new HttpError('unauthorized', refusal);
}

function assertPasswordsAreOn({ options }: Service): void {
  if (options.console.passwords) return;
  throw new HttpError('forbidden', 'passwords are switched off: sign in through the provider');
}

function notInvited(): HttpError {
  return new HttpError(
    'not_found',
    'the invitation is wrong, was used, was replaced or is too old; ask for a new one',
  );
}
