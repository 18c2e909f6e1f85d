import { streamName } from '../../../../core/stream.ts';
import type { Position, StreamName } from '../../../../core/stream.ts';
import { HttpError } from '../../../http-error.ts';
import { waitForEvent } from '../../../long-poll.ts';
import type { Service } from '../../../service.ts';
import type { EventPage } from '../../api-types.ts';
import type { EndpointsOf } from '../../endpoint.ts';
import { downloadQuery, eventQuery } from '../../schemas/event-query.ts';
import { requireRight } from '../../session.ts';
import { positionMax } from '../../schemas/parameters.ts';
import { answerFile, fileNameOf } from '../file-answer.ts';
import { downloadEvents, downloadTypes } from './download-events.ts';
import { eventDetail, storedEventAt } from './event-detail.ts';
import type { LineSettings } from './event-detail.ts';
import { EventSieve } from './event-sieve.ts';
import { eventView } from './event-view.ts';
import type { EventView } from './event-view.ts';
import { feedView } from './feed-view.ts';
import { scanShare } from './scan-share.ts';
import { searchEvents } from './search-events.ts';
import type { SearchResult } from './search-events.ts';
import { tailEvents } from './tail-events.ts';
import type { TailParts } from './tail-events.ts';
import { wantedEvents } from './wanted-events.ts';
import type { WantedEvents } from './wanted-events.ts';

const defaultLimit = 100;
/** Of a tail without a place among those that wait. */
const unplacedPauseMs = 1000;
const tailWaitMs = 25_000;
const budget = { scanMs: 800, scanBytes: 512 * 1024 * 1024 };

type EventEndpoint =
  | 'GET /tenants/:tenant/feeds'
  | 'GET /tenants/:tenant/events/:feed'
  | 'GET /tenants/:tenant/events/:feed/:position'
  | 'GET /tenants/:tenant/events/:feed/download';

export const eventEndpoints: EndpointsOf<EventEndpoint> = {
  'GET /tenants/:tenant/feeds': {
    who: 'member',
    handle: ({ service }) => ({ feeds: service.feeds.map(feedView) }),
  },
  'GET /tenants/:tenant/events/:feed': {
    who: 'member',
    query: eventQuery,
    handle: async ({ params, query, c, service, signal }) => {
      const { before, after, limit = defaultLimit, ...filter } = query;
      const asked = { ...placeOf(service, params), wanted: wantedEvents(filter), limit };
      if (after === undefined) return search(service, { ...asked, before }, signal);
      const page = await tail(service, { ...asked, after }, signal);
      await requireRight(c, service, 'member', params.tenant); // it has waited
      return page;
    },
  },
  'GET /tenants/:tenant/events/:feed/:position': {
    who: 'member',
    handle: async ({ params, service }) => {
      const { stream, view } = placeOf(service, params);
      const position = positionIn(params.position);
      const [json, settings] = await Promise.all([
        storedEventAt(service.store, stream, position),
        lineSettings(service, params.tenant),
      ]);
      return eventDetail(view, json, position, settings);
    },
  },
  'GET /tenants/:tenant/events/:feed/download': {
    who: 'member',
    query: downloadQuery,
    handle: async ({ params, query, c, service, actor, signal }) => {
      const { as, ...filter } = query;
      const settings = await lineSettings(service, params.tenant);
      const place = placeOf(service, params);
      const isWhole = Object.values(filter).every((value) => value === undefined);
      const detail = `${params.feed} as ${as}${isWhole ? '' : ', a part'}`;
      const reading = { action: 'downloaded events', detail };
      const asked = { ...place, wanted: wantedEvents(filter), as, settings };
      return answerFile(c, service, {
        ...downloadTypes[as],
        tenant: params.tenant,
        name: fileNameOf(place.stream),
        texts: downloadEvents(service, asked, signal),
        record: () => service.directory.recordReading(params.tenant, reading, actor),
      });
    },
  },
};

/** Which events, in which view. */
interface Place {
  readonly stream: StreamName;
  readonly view: EventView;
}

interface Asked extends Place {
  readonly wanted: WantedEvents;
  readonly limit: number;
}

/** The tenant is that of the path, which was checked. Throws `not_found` for an unknown feed. */
function placeOf(
  service: Service,
  params: { readonly tenant: string; readonly feed: string },
): Place {
  const feed = service.feedNamed(params.feed);
  return { stream: streamName(params.tenant, feed.name), view: eventView(feed) };
}

async function search(
  service: Service,
  { stream, view, wanted, limit, before }: Asked & { readonly before: Position | undefined },
  signal: AbortSignal,
): Promise<EventPage> {
  const sieve = new EventSieve(view, wanted);
  const [result, info] = await Promise.all([
    service.resources.searches.run(stream, () =>
      searchEvents(service, { stream, wanted, sieve, before, limit, budget }, signal),
    ),
    service.store.streamInfo(stream),
  ]);
  const share = scanShare(wanted, info, result.next, result.reachedMs);
  return eventPage(view, result, share);
}

async function tail(
  service: Service,
  { stream, view, wanted, limit, after }: Asked & { readonly after: Position },
  signal: AbortSignal,
): Promise<EventPage> {
  const { store, clock, resources } = service;
  const turn: TailParts['turn'] = (look) => resources.tails.run(stream, look);
  const wait = async (at: Position, waitMs: number): Promise<void> => {
    const hasWaited = await waitForEvent(service, { stream, after: at, waitMs }, signal);
    if (!hasWaited) await clock.sleep(Math.min(waitMs, unplacedPauseMs), signal);
  };
  const sieve = new EventSieve(view, wanted);
  const asked = { stream, sieve, after, limit, waitMs: tailWaitMs, budget };
  const result = await tailEvents({ store, clock, turn, wait }, asked, signal);
  const { next, headPosition } = result;
  const behind = headPosition - after;
  return eventPage(view, result, behind <= 0 ? 1 : Math.min(1, (next - after) / behind));
}

function eventPage(view: EventView, result: SearchResult, share: number): EventPage {
  const { found, next, headPosition, scannedEvents, reachedMs } = result;
  return {
    events: found.map(({ event, position }) => view.row(event, position)),
    next: next ?? null,
    headPosition,
    scan: { scannedEvents, share, reachedMs: reachedMs ?? null },
  };
}

async function lineSettings(
  { directory, options }: Service,
  tenant: string,
): Promise<LineSettings> {
  const { facility } = await directory.exportSettings(tenant);
  return { hostname: options.eventsApi.hostname, facility };
}

/** Throws `not_found`: a path that holds no position names nothing. */
function positionIn(text: string): Position {
  const position = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (position >= 1 && position <= positionMax) return position;
  throw new HttpError('not_found', 'there is no such event');
}
