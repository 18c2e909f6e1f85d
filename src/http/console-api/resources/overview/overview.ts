import { streamName } from '../../../../core/stream.ts';
import { editionsWithEventsApi } from '../../../../directory/directory.ts';
import type { ConnectorWithKeys } from '../../../../directory/connector.ts';
import type { Token } from '../../../../directory/directory.ts';
import { incarnationOf } from '../../../pull.ts';
import type { Service } from '../../../service.ts';
import type { Expiry, Overview, StreamView } from '../../api-types.ts';
import type { EndpointsOf } from '../../endpoint.ts';
import { eventView } from '../events/event-view.ts';
import { tenantTokens, tokenState } from '../tokens.ts';
import { workerViews } from '../workers.ts';
import { hourOf } from './hour-counts.ts';
import { hourlyCounts } from './hourly-counts.ts';
import { pullers } from './pullers.ts';
import { verdict } from './verdict.ts';

const expiryAheadMs = 14 * 86_400_000;
const gapsMax = 20;

export const overviewEndpoints: EndpointsOf<'GET /tenants/:tenant/overview'> = {
  'GET /tenants/:tenant/overview': {
    who: 'member',
    handle: ({ params, service }) => overview(service, params.tenant),
  },
};

async function overview(service: Service, tenant: string): Promise<Overview> {
  const { directory, store, clock, instance } = service;
  const nowMs = clock.nowMs();
  const [own, settings, tokens, apiClients, connectors, uses, streams] = await Promise.all([
    directory.tenant(tenant),
    directory.exportSettings(tenant),
    tenantTokens(directory, tenant),
    directory.apiClients(tenant),
    connectorsWithKeys(service, tenant),
    directory.credentialUses(tenant),
    streamsOf(service, tenant),
  ]);
  const infoOf = (feed: string) => streams.find((stream) => stream.feed.name === feed)?.info;
  const credentials = { tokens, apiClients, connectors, uses };
  const pulling = await pullers(credentials, { tenant, nowMs, store, infoOf });
  const counted = tallies(service, streams, incarnationOf(own));
  const expiries = expiriesOf(tokens, connectors, nowMs);
  const names = new Set<string>(streams.map(({ info }) => info.stream));
  const isOwn = (stream: string): boolean => names.has(stream) || stream.startsWith(`${tenant}/`);
  const headOf = (stream: string): number =>
    streams.find(({ info }) => info.stream === stream)?.info.headPosition ?? 0;
  const workers = workerViews(instance?.workers(), isOwn, { audience: 'tenant', nowMs, headOf });
  const views = streams.map(streamView);
  return {
    verdict: verdict({
      nowMs,
      tenantEnabled: own.enabled,
      exportAllowed: editionsWithEventsApi.has(own.edition),
      exportEnabled: settings.enabled,
      events: views.reduce((sum, { headPosition }) => sum + headPosition, 0),
      newestEventMs: newestOf(views),
      pullers: pulling,
      expiries,
      gaps: counted.gaps,
      ...workers,
    }),
    hours: hourlyCounts(counted.counts, hourOf(nowMs), counted.share),
    streams: views,
    pullers: pulling,
    expiries,
    gaps: counted.gaps,
    ...workers,
  };
}

type TenantStream = Awaited<ReturnType<typeof streamsOf>>[number];

/** Streams that have had an event. */
async function streamsOf({ store, feeds }: Service, tenant: string) {
  const found = await Promise.all(
    feeds.map(async (feed) => {
      const info = await store.streamInfo(streamName(tenant, feed.name));
      return info === undefined ? [] : [{ feed, info }];
    }),
  );
  return found.flat();
}

function streamView({ feed, info }: TenantStream): StreamView {
  return {
    feed: feed.name,
    title: feed.title,
    headPosition: info.headPosition,
    firstRetainedPosition: info.firstRetainedPosition,
    oldestEventMs: info.oldestEventMs ?? null,
    newestEventMs: info.newestEventMs ?? null,
  };
}

function newestOf(views: readonly StreamView[]): number | null {
  const times = views.flatMap(({ newestEventMs }) => (newestEventMs === null ? [] : newestEventMs));
  return times.length === 0 ? null : Math.max(...times);
}

/** What is counted so far of all the tenant's streams; the rest is counted from now on. */
function tallies({ resources }: Service, streams: readonly TenantStream[], incarnation: string) {
  const counted = streams.map(({ feed, info }) => {
    const stream = resources.tallies.tallyOf(eventView(feed), info, incarnation);
    return { tally: stream.tally, share: stream.countedShare(info) };
  });
  const gaps = counted.flatMap(({ tally }) => tally.gaps);
  return {
    counts: counted.map(({ tally }) => tally.counts),
    gaps: gaps.toSorted((one, other) => other.noticedAtMs - one.noticedAtMs).slice(0, gapsMax),
    share: Math.min(1, ...counted.map(({ share }) => share)),
  };
}

async function connectorsWithKeys(
  { directory }: Service,
  tenant: string,
): Promise<readonly ConnectorWithKeys[]> {
  const connectors = await directory.connectors(tenant);
  return Promise.all(
    connectors.map(async (connector) =>
      connector.approval === undefined
        ? { ...connector, keys: [] }
        : directory.connector(tenant, connector.name),
    ),
  );
}

/** Of what is good now and ends within two weeks, the first to end first. */
function expiriesOf(
  tokens: readonly Token[],
  connectors: readonly ConnectorWithKeys[],
  nowMs: number,
): readonly Expiry[] {
  const untilMs = nowMs + expiryAheadMs;
  const ofTokens = tokens
    .filter((token) => tokenState(token, nowMs) === 'valid' && token.expiresAtMs <= untilMs)
    .map(({ email, expiresAtMs }): Expiry => ({ what: 'token', name: email, expiresAtMs }));
  const ofKeys = connectors.flatMap(({ name, keys }) =>
    keys.flatMap(({ endsAtMs }): readonly Expiry[] =>
      endsAtMs === undefined || endsAtMs > untilMs
        ? []
        : [{ what: 'connector-key', name, expiresAtMs: endsAtMs }],
    ),
  );
  return [...ofTokens, ...ofKeys].toSorted((one, other) => one.expiresAtMs - other.expiresAtMs);
}
