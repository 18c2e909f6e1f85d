import { z } from 'zod';
import { AppError, errorMessage } from '../../../core/errors.ts';
import type { Person } from '../../../directory/people.ts';
import type { HttpContext } from '../../http-env.ts';
import { HttpError } from '../../http-error.ts';
import type { Service } from '../../service.ts';
import { isConsolePage } from '../../console-page/pages.ts';
import { beginSession } from '../begin-session.ts';
import { consoleApiPath } from '../console-path.ts';
import type { EndpointsOf } from '../endpoint.ts';
import { publicUrlOf } from '../same-origin.ts';
import { assertPrivateConnection } from '../session.ts';
import { rememberDeparture, takeDeparture } from './departure.ts';
import { identityOf } from './identity.ts';
import type { OidcOptions, OidcProvider } from './provider.ts';

const callbackPath = `${consoleApiPath}/oidc/callback`;

/** Why somebody is back on the sign-in page, as `?problem=` says it there. */
type Problem = 'unknown-person' | 'refused' | 'expired' | 'unavailable';

export const oidcEndpoints: EndpointsOf<'GET /oidc/start' | 'GET /oidc/callback'> = {
  'GET /oidc/start': {
    who: 'anyone',
    query: z.strictObject({ returnTo: z.string().max(500).optional() }),
    handle: async ({ c, service, query }) => {
      assertPrivateConnection(c);
      const { provider } = requireOidc(service);
      const returnTo = ownPage(query.returnTo);
      try {
        const { url, expectation } = await provider.authorizationUrl(callbackUrl(c, service));
        await rememberDeparture(c, service, { ...expectation, returnTo });
        return c.redirect(url.href);
      } catch (error) {
        service.log.warn({ reason: errorMessage(error) }, 'the OpenID provider does not answer');
        return backToSignIn(c, 'unavailable');
      }
    },
  },

  'GET /oidc/callback': {
    who: 'anyone',
    query: z.record(z.string(), z.string()),
    handle: async ({ c, service }) => {
      assertPrivateConnection(c);
      const { provider, options } = requireOidc(service);
      const left = await takeDeparture(c, service);
      if (left === undefined) return backToSignIn(c, 'expired');
      const returnedTo = new URL(callbackUrl(c, service) + new URL(c.req.url).search);
      const person = await arrive(c, service, options, () => provider.claims(returnedTo, left));
      if (typeof person === 'string') return backToSignIn(c, person);
      await beginSession(c, service, person, 'provider');
      return c.redirect(left.returnTo);
    },
  },
};

/** The person whom the provider vouches for, or why there is none. */
async function arrive(
  c: HttpContext,
  service: Service,
  options: OidcOptions,
  readClaims: () => ReturnType<OidcProvider['claims']>,
): Promise<Person | Problem> {
  const { address } = c.get('client');
  const { directory, log } = service;
  const refuse = async (email: string, why: string, problem: Problem): Promise<Problem> => {
    await directory.recordFailedSignIn(email, `through the OpenID provider: ${why}`, { address });
    return problem;
  };
  let claims: Awaited<ReturnType<typeof readClaims>>;
  try {
    claims = await readClaims();
  } catch (error) {
    log.warn({ reason: errorMessage(error) }, "the OpenID provider's answer is not good");
    return refuse('', errorMessage(error).slice(0, 200), 'refused');
  }
  const identity = identityOf(claims, options);
  if ('refusal' in identity) return refuse('', identity.refusal, 'refused');
  const person = await personOf(service, identity.email, options).catch((error: unknown) => {
    log.error({ err: error }, 'nobody could be added for the OpenID provider');
    return undefined;
  });
  if (person === undefined) return refuse(identity.email, 'nobody has added it', 'unknown-person');
  if (person.tenant === undefined || (await directory.tenant(person.tenant)).enabled) return person;
  return refuse(identity.email, 'the tenant is disabled', 'refused');
}

async function personOf(
  { directory }: Service,
  email: string,
  { createIn }: OidcOptions,
): Promise<Person | undefined> {
  const known = await directory.person(email);
  if (known !== undefined || createIn === undefined) return known;
  try {
    return await directory.addPerson({ ...createIn, email }, { name: 'system' });
  } catch (error) {
    // Somebody else's request was faster.
    if (error instanceof AppError && error.code === 'already_exists') {
      return directory.person(email);
    }
    throw error;
  }
}

function requireOidc({ oidc, options }: Service): {
  readonly provider: OidcProvider;
  readonly options: OidcOptions;
} {
  const configured = options.console.oidc;
  if (oidc !== undefined && configured !== undefined) {
    return { provider: oidc, options: configured };
  }
  throw new HttpError('not_found', 'no OpenID provider is configured');
}

function callbackUrl(c: HttpContext, service: Service): string {
  return publicUrlOf(c, service.options.publicUrl) + callbackPath;
}

/** A page of the console; nobody is sent elsewhere by a link that begins here. */
function ownPage(returnTo: string | undefined): string {
  const base = 'http://console.invalid';
  if (returnTo === undefined || !URL.canParse(returnTo, base)) return '/';
  const { origin, pathname, search } = new URL(returnTo, base);
  return origin === base && isConsolePage(pathname) ? pathname + search : '/';
}

function backToSignIn(c: HttpContext, problem: Problem): Response {
  return c.redirect(`/sign-in?problem=${problem}`);
}
