import type { ConsoleEndpoint } from './api-types.ts';
import type { EndpointsOf } from './endpoint.ts';
import { oidcEndpoints } from './oidc/endpoints.ts';
import { peopleEndpoints } from './people.ts';
import { resourceEndpoints } from './resources/endpoints.ts';
import { sessionEndpoints } from './sessions.ts';
import { signInEndpoints } from './sign-in.ts';

/**
 * Every endpoint of the console: who may call it, what it takes, what answers. One that the contract
 * names and this table does not is a type error.
 */
export const consoleEndpoints: EndpointsOf<ConsoleEndpoint> = {
  ...signInEndpoints,
  ...oidcEndpoints,
  ...sessionEndpoints,
  ...peopleEndpoints,
  ...resourceEndpoints,
};
