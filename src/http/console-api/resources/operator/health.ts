import { memoryUsage } from 'node:process';
import type { StreamName } from '../../../../core/stream.ts';
import type { Service } from '../../../service.ts';
import type { HealthView } from '../../api-types.ts';
import type { EndpointsOf } from '../../endpoint.ts';
import { workerViews } from '../workers.ts';
import { nodeViews } from './node-views.ts';

export const healthEndpoints: EndpointsOf<'GET /operator/health'> = {
  'GET /operator/health': {
    who: 'operator',
    handle: async ({ service }) => healthView(service),
  },
};

async function healthView(service: Service): Promise<HealthView> {
  const { store, clock, closing, instance, resources, storeProbe } = service;
  const [storeCheck, streams, quarantines, nodes] = await Promise.all([
    storeProbe.check(),
    store.streams(),
    store.quarantines(),
    nodeViews(store.leases, clock.nowMs()),
  ]);
  const report = service.health();
  const heads = new Map(streams.map(({ stream, headPosition }) => [stream, headPosition]));
  const headOf = (stream: StreamName): number => heads.get(stream) ?? 0;
  const nowMs = clock.nowMs();
  const startedAtMs = instance?.startedAtMs ?? nowMs;
  const checks = Object.entries({ store: storeCheck, ...report.checks });
  return {
    version: service.console?.version ?? '',
    startedAtMs,
    nowMs,
    ready: report.ready && !closing.aborted && checks.every(([, { ok }]) => ok),
    checks: checks.map(([name, { ok, detail }]) => ({ name, ok, detail: detail ?? '' })),
    ...workerViews(instance?.workers(), () => true, { audience: 'operator', nowMs, headOf }),
    process: {
      residentBytes: memoryUsage.rss(),
      cpuShare: resources.gauge.cpuShare(),
      connections: (await service.connections?.()) ?? 0,
      uptimeMs: nowMs - startedAtMs,
    },
    quarantined: quarantinedBySink(quarantines),
    nodes,
  };
}

function quarantinedBySink(
  quarantines: readonly { readonly sink: string; readonly events: number }[],
): HealthView['quarantined'] {
  const events = new Map<string, number>();
  for (const { sink, events: count } of quarantines) {
    events.set(sink, (events.get(sink) ?? 0) + count);
  }
  return [...events].map(([sink, count]) => ({ sink, events: count }));
}
