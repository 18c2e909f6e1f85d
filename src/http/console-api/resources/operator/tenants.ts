import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import { streamName } from '../../../../core/stream.ts';
import { editions } from '../../../../directory/directory.ts';
import type { Tenant, TenantSummary } from '../../../../directory/directory.ts';
import { feeds } from '../../../../feeds/feeds.ts';
import type { StreamInfo } from '../../../../store/event-store.ts';
import type { Service } from '../../../service.ts';
import { assertNoStreams } from '../../../tenant-streams.ts';
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
      const [summaries, streams] = await Promise.all([
        service.directory.tenantSummaries(),
        service.store.streams(),
      ]);
      const infos = new Map(streams.map((info) => [info.stream, info]));
      return { tenants: summaries.map((summary) => view(summary, (name) => infos.get(name))) };
    },
  },
  'POST /operator/tenants': {
    who: 'operator',
    body: z.strictObject({ id: tenantId, title: credentialName, edition }),
    handle: async ({ body, actor, service }) => {
      await assertNoStreams(body.id, service.store);
      return { tenant: await viewNow(service, await service.directory.createTenant(body, actor)) };
    },
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

async function viewNow({ directory, store }: Service, { id }: Tenant): Promise<TenantView> {
  const names = feeds.map(({ name }) => streamName(id, name));
  const [summaries, infos] = await Promise.all([
    directory.tenantSummaries(),
    Promise.all(names.map((name) => store.streamInfo(name))),
  ]);
  const summary = summaries.find(({ tenant }) => tenant.id === id);
  if (summary === undefined) throw new AppError('not_found', `tenant ${id} was deleted meanwhile`);
  return view(summary, (name) => infos[names.indexOf(name)]);
}

function view(
  { tenant, exportEnabled, people, lastPullMs }: TenantSummary,
  infoOf: (stream: StreamInfo['stream']) => StreamInfo | undefined,
): TenantView {
  const infos = feeds
    .map(({ name }) => infoOf(streamName(tenant.id, name)))
    .filter((info) => info !== undefined);
  return {
    ...tenant,
    exportEnabled,
    people,
    events: sum(infos.map(retainedEvents)),
    storedBytes: sum(infos.map(({ storedBytes }) => storedBytes)),
    newestEventMs: newest(infos.map(({ newestEventMs }) => newestEventMs)) ?? null,
    lastPullMs: lastPullMs ?? null,
  };
}

export function retainedEvents({ headPosition, firstRetainedPosition }: StreamInfo): number {
  return headPosition - firstRetainedPosition + 1;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function newest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
