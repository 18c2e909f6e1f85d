import type { EndpointsOf } from '../../endpoint.ts';
import { retainedEvents } from './tenants.ts';

/** What a process whose configuration says nothing keeps: everything. */
const forEver = { eventsMs: 0, auditMs: 0 };

export const storageEndpoints: EndpointsOf<'GET /operator/storage'> = {
  'GET /operator/storage': {
    who: 'operator',
    handle: async ({ service: { store, instance } }) => {
      const [infos, freeBytes] = await Promise.all([store.streams(), instance?.freeBytes()]);
      return {
        streams: infos.map((info) => ({
          stream: info.stream,
          events: retainedEvents(info),
          headPosition: info.headPosition,
          storedBytes: info.storedBytes,
          oldestEventMs: info.oldestEventMs ?? null,
          newestEventMs: info.newestEventMs ?? null,
        })),
        totalBytes: infos.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
        freeBytes: freeBytes ?? null,
        retention: instance?.retention() ?? forEver,
      };
    },
  },
};
