import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import type { ConnectorRequestView } from '../../api-types.ts';
import type { EndpointsOf } from '../../endpoint.ts';
import { connectorViews, namedConnectorView } from '../connectors.ts';

type RequestEndpoint =
  | 'GET /operator/connector-requests'
  | 'POST /operator/tenants/:tenant/connectors/:name/approve'
  | 'POST /operator/tenants/:tenant/connectors/:name/decline';

export const connectorRequestEndpoints: EndpointsOf<RequestEndpoint> = {
  'GET /operator/connector-requests': {
    who: 'operator',
    handle: async ({ service: { directory } }) => {
      const tenants = await directory.tenants();
      const requests = await Promise.all(
        tenants.map(async ({ id, title }): Promise<readonly ConnectorRequestView[]> => {
          const connectors = await connectorViews(directory, id);
          return connectors
            .filter(({ state }) => state === 'requested')
            .map((connector) => ({ tenant: id, tenantTitle: title, connector }));
        }),
      );
      return { requests: requests.flat().toSorted(oldestFirst) };
    },
  },
  'POST /operator/tenants/:tenant/connectors/:name/approve': {
    who: 'operator',
    body: z.strictObject({
      siemEnabledAtMs: z
        .int('must be epoch milliseconds')
        .min(0, 'must not be negative')
        .optional(),
    }),
    handle: async ({ params, body, actor, service: { directory } }) => {
      await directory.approveConnector(params.tenant, params.name, body, actor);
      return { connector: await namedConnectorView(directory, params.tenant, params.name) };
    },
  },
  'POST /operator/tenants/:tenant/connectors/:name/decline': {
    who: 'operator',
    handle: async ({ params, actor, service: { directory } }) => {
      const { state } = await directory.connector(params.tenant, params.name);
      if (state !== 'requested') {
        throw new AppError(
          'already_exists',
          'the connector is approved already: it can be disabled',
        );
      }
      await directory.deleteConnector(params.tenant, params.name, actor);
      return { ok: true };
    },
  },
};

function oldestFirst(one: ConnectorRequestView, other: ConnectorRequestView): number {
  return one.connector.requestedAtMs - other.connector.requestedAtMs;
}
