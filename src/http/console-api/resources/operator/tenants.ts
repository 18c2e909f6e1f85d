import { z } from 'zod';
import { streamName } from '../../../../core/stream.ts';
import { editions } from '../../../../directory/directory.ts';
import type { Directory, Tenant } from '../../../../directory/directory.ts';
import { feeds } from '../../../../feeds/feeds.ts';
import type { StreamInfo } from '../../../../store/event-store.ts';
import type { Service } from '../../../service.ts';
import type { TenantView } from '../../api-types.ts';
import { InvalidFields } from '../../console-failure.ts';
import type { EndpointsOf } from '../../endpoint.ts';
import { credentialName } from '../../schemas/credential-name.ts';

type TenantEndpoint =
  'GET /operator/tenants' | 'POST /operator/tenants' | 'PATCH /operator/tenants/:tenant';

const edition = z.enum(editions, `must be one of ${editions.join(', ')}`);
const idText = 'must be lower-case letters, digits and inner hyphens, at most 63';
const tenantId = z.string(idText).regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, idText);

export const tenantEndpoints: EndpointsOf<TenantEndpoint> = {
  'GET /operator/tenants': {
    who: 'operator',
    handle: async ({ service }) => {
      const [tenants, streams] = await Promise.all([
        service.directory.tenants(),
        service.store.streams(),
      ]);
      const infos = new Map(streams.map((info) => [info.stream, info]));
      const infoOf = (name: StreamInfo['stream']) => infos.get(name);
      return {
        tenants: await Promise.all(
          tenants.map((tenant) => view(service.directory, tenant, infoOf)),
        ),
      };
    },
  },
  'POST /operator/tenants': {
    who: 'operator',
    body: z.strictObject({ id: tenantId, title: credentialName, edition }),
    handle: async ({ body, actor, service }) => ({
      tenant: await viewNow(service, await service.directory.createTenant(body, actor)),
    }),
  },
  'PATCH /operator/tenants/:tenant': {
    who: 'operator',
    body: z
      .strictObject({ enabled: z.boolean('must be true or false'), title: credentialName, edition })
      .partial(),
    handle: async ({ params, body, actor, service }) => {
      const { directory } = service;
      const { enabled, title, edition: wanted } = body;
      const change = {
        ...(title !== undefined && { title }),
        ...(wanted !== undefined && { edition: wanted }),
      };
      if (Object.keys(change).length > 0) {
        await directory.changeTenant(params.tenant, change, actor);
      } else if (enabled === undefined) {
        throw new InvalidFields({ body: 'must change something' });
      }
      if (enabled !== undefined) await directory.setTenantEnabled(params.tenant, enabled, actor);
      return { tenant: await viewNow(service, await directory.tenant(params.tenant)) };
    },
  },
};

async function viewNow({ directory, store }: Service, tenant: Tenant): Promise<TenantView> {
  const names = feeds.map(({ name }) => streamName(tenant.id, name));
  const infos = await Promise.all(names.map((name) => store.streamInfo(name)));
  return view(directory, tenant, (name) => infos[names.indexOf(name)]);
}

async function view(
  directory: Directory,
  { id, title, edition: ownEdition, enabled, createdAtMs }: Tenant,
  infoOf: (stream: StreamInfo['stream']) => StreamInfo | undefined,
): Promise<TenantView> {
  const [settings, people, uses] = await Promise.all([
    directory.exportSettings(id),
    directory.people(id),
    directory.credentialUses(id),
  ]);
  const infos = feeds
    .map(({ name }) => infoOf(streamName(id, name)))
    .filter((info) => info !== undefined);
  const pulls = uses.filter(
    ({ feed, principal }) => feed !== '' && principal.kind !== 'ingest_key',
  );
  return {
    id,
    title,
    edition: ownEdition,
    enabled,
    createdAtMs,
    exportEnabled: settings.enabled,
    people: people.length,
    events: sum(infos.map(retainedEvents)),
    storedBytes: sum(infos.map(({ storedBytes }) => storedBytes)),
    newestEventMs: newest(infos.map(({ newestEventMs }) => newestEventMs)),
    lastPullMs: newest(pulls.map(({ atMs }) => atMs)),
  };
}

export function retainedEvents({ headPosition, firstRetainedPosition }: StreamInfo): number {
  return headPosition - firstRetainedPosition + 1;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function newest(times: readonly (number | undefined)[]): number | null {
  return times.reduce<number | null>(
    (latest, time) => (time === undefined ? latest : Math.max(latest ?? time, time)),
    null,
  );
}
