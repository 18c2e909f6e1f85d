import { z } from 'zod';
import type { Actor } from '../../directory/directory.ts';
import { emailKey } from '../../directory/input.ts';
import type { NewInvitation, Person } from '../../directory/people.ts';
import type { HttpContext } from '../http-env.ts';
import { HttpError } from '../http-error.ts';
import type { Service } from '../service.ts';
import type { Done, InvitedPerson, PersonView } from './api-types.ts';
import type { Call, EndpointsOf } from './endpoint.ts';
import { publicUrlOf } from './same-origin.ts';

const done: Done = { ok: true };
const email = z.email('must be an e-mail address').max(254);

/** People of a tenant, and the operators. */
export const peopleEndpoints: EndpointsOf<
  | 'GET /tenants/:tenant/people'
  | 'POST /tenants/:tenant/people'
  | 'POST /tenants/:tenant/people/:email/invite'
  | 'DELETE /tenants/:tenant/people/:email'
  | 'GET /operator/people'
  | 'POST /operator/people'
  | 'POST /operator/people/:email/invite'
  | 'DELETE /operator/people/:email'
> = {
  'GET /tenants/:tenant/people': {
    who: 'people-keeper',
    handle: ({ params, service }) => listed(service, params.tenant),
  },

  'POST /tenants/:tenant/people': {
    who: 'people-keeper',
    body: z.strictObject({
      email,
      role: z.enum(['viewer', 'administrator'], 'must be viewer or administrator'),
    }),
    handle: async ({ c, params, body, service, actor }) => {
      await service.directory.addPerson({ ...body, tenant: params.tenant }, actor);
      return invited(c, service, params.tenant, body.email, actor);
    },
  },

  'POST /tenants/:tenant/people/:email/invite': {
    who: 'people-keeper',
    handle: ({ c, params, service, actor }) =>
      invited(c, service, params.tenant, params.email, actor),
  },

  'DELETE /tenants/:tenant/people/:email': {
    who: 'people-keeper',
    handle: (call) => removed(call, call.params.tenant, call.params.email),
  },

  'GET /operator/people': {
    who: 'operator',
    handle: ({ service }) => listed(service, undefined),
  },

  'POST /operator/people': {
    who: 'operator',
    body: z.strictObject({ email }),
    handle: async ({ c, body, service, actor }) => {
      await service.directory.addPerson({ ...body, tenant: undefined, role: 'operator' }, actor);
      return invited(c, service, undefined, body.email, actor);
    },
  },

  'POST /operator/people/:email/invite': {
    who: 'operator',
    handle: ({ c, params, service, actor }) => invited(c, service, undefined, params.email, actor),
  },

  'DELETE /operator/people/:email': {
    who: 'operator',
    handle: (call) => removed(call, undefined, call.params.email),
  },
};

async function listed(
  { directory }: Service,
  tenant: string | undefined,
): Promise<{ readonly people: readonly PersonView[] }> {
  return { people: (await directory.people(tenant)).map(personView) };
}

async function invited(
  c: HttpContext,
  service: Service,
  tenant: string | undefined,
  address: string,
  actor: Actor,
): Promise<InvitedPerson> {
  const invitation = await service.directory.invite(tenant, address, actor);
  const person = await service.directory.person(address);
  if (person === undefined) {
    throw new HttpError('not_found', 'the person was removed while being invited');
  }
  const base = publicUrlOf(c, service.options.publicUrl);
  return { person: personView(person), invitation: invitationView(base, invitation) };
}

function invitationView(base: string, { code, expiresAtMs }: NewInvitation) {
  // In the fragment, which no server and no proxy gets to see.
  return { url: `${base}/setup#${code.reveal()}`, expiresAtMs };
}

async function removed(
  { service, session, actor }: Pick<Call<'GET /operator/people'>, 'service' | 'session' | 'actor'>,
  tenant: string | undefined,
  address: string,
): Promise<Done> {
  if (emailKey(address) === emailKey(session.person.email)) {
    throw new HttpError('forbidden', 'nobody removes oneself; another one can');
  }
  await service.directory.removePerson(tenant, address, actor);
  return done;
}

function personView(person: Person): PersonView {
  const { tenant, createdAtMs, hasPassword, isInvited, hasTotp, lastSignInMs, role } = person;
  const canSignIn = hasPassword || lastSignInMs !== undefined;
  return {
    email: person.email,
    role,
    tenant: tenant ?? null,
    createdAtMs,
    state: isInvited ? 'invited' : canSignIn ? 'active' : 'no-sign-in',
    secondFactor: hasTotp,
    lastSignInMs: lastSignInMs ?? null,
  };
}
