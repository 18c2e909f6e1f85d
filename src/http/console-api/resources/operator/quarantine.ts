import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import { parseStreamName, streamName, type StreamName } from '../../../../core/stream.ts';
import type { QuarantinedEvent } from '../../../../store/event-store.ts';
import type { QuarantinedEventView } from '../../api-types.ts';
import type { EndpointsOf } from '../../endpoint.ts';
import { positionMax } from '../../schemas/parameters.ts';

const shownEvents = 100;
const sinkName = z.string().min(1).max(200);

type QuarantineEndpoint = 'GET /operator/quarantine' | 'POST /operator/quarantine/drop';

export const quarantineEndpoints: EndpointsOf<QuarantineEndpoint> = {
  'GET /operator/quarantine': {
    who: 'operator',
    query: z.strictObject({ sink: sinkName }),
    handle: async ({ query: { sink }, service: { store } }) => {
      const [events, quarantines] = await Promise.all([
        store.quarantined(sink, undefined, shownEvents),
        store.quarantines(),
      ]);
      const held = quarantines
        .filter((quarantine) => quarantine.sink === sink)
        .reduce((sum, quarantine) => sum + quarantine.events, 0);
      return { events: events.map(view), more: Math.max(0, held - events.length) };
    },
  },
  'POST /operator/quarantine/drop': {
    who: 'operator',
    body: z.strictObject({
      sink: sinkName,
      stream: z.string().max(200),
      position: z.int().min(1).max(positionMax),
    }),
    handle: async ({ body, actor, service: { store, directory } }) => {
      const { sink, position } = body;
      const stream = streamOf(body.stream);
      const detail = `${sink} ${stream} ${position}`;
      const dropped = await store.removeQuarantined(sink, stream, [position]);
      if (dropped === 0) throw new AppError('not_found', `the quarantine does not hold ${detail}`);
      const act = { action: 'dropped an event from the quarantine', detail };
      await directory.recordReading(parseStreamName(stream).tenant, act, actor);
      return { ok: true };
    },
  },
};

/** Throws `name_invalid` for what is none. */
function streamOf(text: string): StreamName {
  const { tenant, feed } = parseStreamName(text);
  return streamName(tenant, feed);
}

function view(event: QuarantinedEvent): QuarantinedEventView {
  const { stream, position, id, occurredAtMs, refusedAtMs, type, severity, reason, line } = event;
  return { stream, position, id, occurredAtMs, refusedAtMs, type, severity, reason, line };
}
