import { AppError } from '../../core/errors.ts';
import type { Position } from '../../core/stream.ts';
import type { ConnectorPrincipal } from '../../directory/connector.ts';
import type { Principal } from '../../directory/directory.ts';
import { feedNamed } from '../../feeds/feeds.ts';
import type { LostPositions } from '../../store/event-store.ts';
import { answerPage, wantedCoding } from '../answer.ts';
import { parseBasic, parseBearer } from '../credentials.ts';
import { unauthorized } from '../gate.ts';
import type { HttpContext } from '../http-env.ts';
import { waitForEvent } from '../long-poll.ts';
import { beginPull, gapHeader, incarnationOf, readPage, resumePull } from '../pull.ts';
import type { Pull } from '../pull.ts';
import { parseQuery } from '../query.ts';
import type { Service } from '../service.ts';
import { streamsQuery } from './schemas.ts';

const ndjson = 'application/x-ndjson';
const plainText = 'text/plain; charset=utf-8';

/**
 * `GET /streams/v1/{feed}`: the events of a stream by position. Without a format the body holds the
 * stored bytes, one event's JSON per line; positions stand in headers, and since they have no holes
 * line n of the body has the position `Tailrace-First-Position + n - 1`. With a format, a gap is the
 * first line of the body as well, in the feed's own words. A connector's stream begins with the first
 * attack since its SIEM service was enabled; what it asks for before is a gap in the headers only.
 */
export async function readStream(c: HttpContext, service: Service): Promise<Response> {
  const principal = await authenticate(c, service);
  const feed = feedNamed(c.req.param('feed') ?? '');
  const begun = await beginPull(c, service, 'streams', principal, feed);
  const query = parseQuery(streamsQuery, c.req.query());
  const { after, format, limit = service.options.eventsApi.pageEvents } = query;
  const contentType = format === 'cef' || format === 'syslog' ? plainText : ndjson;
  if (!begun.settings.enabled) return answerNothing(c, service, after ?? 0, contentType);

  if (query.mark !== undefined) await assertMark(service, begun, after ?? 0, query.mark);
  const waited = await beginningOf(service, begun, after);
  const pull = await waitForEvents(c, service, begun, waited.after ?? 0, query.wait ?? 0);
  if (!pull.settings.enabled) return answerNothing(c, service, after ?? 0, contentType);
  const beginning = pull === begun ? waited : await beginningOf(service, pull, after);
  const page = await readPage(service, pull, {
    after: beginning.after,
    limit,
    layout: format === undefined ? 'stored' : 'lines',
    encoding: { format: format ?? 'json', profile: query.profile ?? 'vendor', jsonNames: 'v2' },
    coding: wantedCoding(c),
  });
  const headers = {
    ...positionHeaders(page.firstPosition, page.lastPosition, page.headPosition),
    ...(await markHeader(service, pull, page.lastPosition)),
    ...gapHeader(page.lost ?? beginning.unserved),
  };
  return answerPage(c, service, { body: page.body, coding: page.coding, contentType, headers });
}

/** The administrator's token as in Events API v1, or an access token as in v2 or of a connector. */
async function authenticate(c: HttpContext, service: Service): Promise<Principal> {
  const authorization = c.req.header('authorization');
  if (parseBasic(authorization) !== undefined) return service.gate.administrator(c);
  const principal =
    (await service.gate.accessToken(c)) ??
    (await service.gate.connectorToken(c, parseBearer(authorization) ?? ''));
  if (principal === undefined) throw unauthorized('Bearer', 'wrong or expired access token');
  return principal;
}

interface Beginning {
  /** Undefined: from the oldest event there is. */
  readonly after: Position | undefined;
  /** Between the position that was asked for and this one. */
  readonly unserved?: LostPositions;
}

/** Where the answer begins: for a connector not before what it is served, wherever it asks. */
async function beginningOf(
  { connectorStarts }: Service,
  { principal, stream, tenant }: Pull,
  after: Position | undefined,
): Promise<Beginning> {
  if (!isConnector(principal)) return { after };
  const { siemEnabledAtMs } = principal.connector;
  const incarnation = incarnationOf(tenant);
  const start = await connectorStarts.behind({ stream, incarnation, siemEnabledAtMs });
  if (after === undefined) return { after: start === 0 ? undefined : start };
  if (after >= start) return { after };
  const unserved = { firstPosition: after + 1, lastPosition: start, untilMs: siemEnabledAtMs };
  return { after: start, unserved };
}

function isConnector(principal: Principal): principal is ConnectorPrincipal {
  return principal.kind === 'connector';
}

/** Waits only at the head: events are there already, or `after` is refused. */
async function waitForEvents(
  c: HttpContext,
  service: Service,
  pull: Pull,
  after: Position,
  waitMs: number,
): Promise<Pull> {
  if (waitMs === 0) return pull;
  const { stream } = pull;
  const head = (await service.store.streamInfo(stream))?.headPosition ?? 0;
  if (after !== head) return pull;
  await waitForEvent(service, { stream, after, waitMs }, c.req.raw.signal);
  return resumePull(c, service, pull);
}

/** Throws `input_invalid` for a client that has other events up to `after`. */
async function assertMark(
  { marks, log }: Service,
  { tenant, stream }: Pull,
  after: Position,
  mark: string,
): Promise<void> {
  const present = await marks.of(stream, incarnationOf(tenant), after);
  if (present === undefined || present === mark) return;
  log.warn({ stream, after }, 'a client goes on behind an event that is another one now');
  const message = `mark must be that of the event at position ${after}, which is another one now`;
  throw new AppError('input_invalid', message);
}

async function markHeader(
  { marks }: Service,
  { tenant, stream }: Pull,
  position: Position,
): Promise<Record<string, string>> {
  const mark = await marks.of(stream, incarnationOf(tenant), position);
  return mark === undefined ? {} : { 'tailrace-mark': mark };
}

function answerNothing(
  c: HttpContext,
  service: Service,
  after: Position,
  contentType: string,
): Promise<Response> {
  const headers = positionHeaders(after + 1, after, after);
  return answerPage(c, service, { body: Buffer.alloc(0), coding: undefined, contentType, headers });
}

function positionHeaders(first: Position, last: Position, head: Position): Record<string, string> {
  return {
    'tailrace-first-position': `${first}`,
    'tailrace-last-position': `${last}`,
    'tailrace-head-position': `${head}`,
  };
}
