import { z } from 'zod';
import type { ApiClient, LastUse } from '../../../directory/directory.ts';
import type { ApiClientView } from '../api-types.ts';
import type { EndpointsOf } from '../endpoint.ts';
import { credentialName } from '../schemas/credential-name.ts';
import { lastUsedAtMs } from './last-use.ts';

type ApiClientEndpoint =
  | 'GET /tenants/:tenant/api-clients'
  | 'POST /tenants/:tenant/api-clients'
  | 'DELETE /tenants/:tenant/api-clients/:clientId';

export const apiClientEndpoints: EndpointsOf<ApiClientEndpoint> = {
  'GET /tenants/:tenant/api-clients': {
    who: 'member',
    handle: async ({ params, service: { directory } }) => {
      const [clients, uses] = await Promise.all([
        directory.apiClients(params.tenant),
        directory.credentialUses(params.tenant),
      ]);
      return { apiClients: clients.map((client) => apiClientView(client, uses)) };
    },
  },
  'POST /tenants/:tenant/api-clients': {
    who: 'administrator',
    body: z.strictObject({ name: credentialName }),
    handle: async ({ params, body, actor, service: { directory } }) => {
      const created = await directory.createApiClient(params.tenant, body.name, actor);
      return { apiClient: apiClientView(created, []), secret: created.secret.reveal() };
    },
  },
  'DELETE /tenants/:tenant/api-clients/:clientId': {
    who: 'administrator',
    handle: async ({ params, actor, service: { directory } }) => {
      await directory.revokeApiClient(params.tenant, params.clientId, actor);
      return { ok: true };
    },
  },
};

function apiClientView(
  { clientId, name, createdAtMs }: ApiClient,
  uses: readonly LastUse[],
): ApiClientView {
  return { clientId, name, createdAtMs, lastUsedAtMs: lastUsedAtMs(uses, 'api_client', clientId) };
}
