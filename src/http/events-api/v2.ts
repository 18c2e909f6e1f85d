import { AppError } from '../../core/errors.ts';
import { inSync } from '../../feeds/insync.ts';
import { answerPage } from '../answer.ts';
import type { HttpContext } from '../http-env.ts';
import { beginPull, gapHeader, readPage } from '../pull.ts';
import { parseQuery } from '../query.ts';
import type { Service } from '../service.ts';
import { Cursors, inTrackerWords } from './cursors.ts';
import { v2PageEventsMax, v2Query } from './schemas.ts';

export const v2Path = '/insync/eventmanagement/v2/events';

/** What the vendor's gateway says to an access token that is wrong or has expired. */
const explicitDeny =
  'User is not authorized to access this resource with an explicit deny in an identity-based policy';

/**
 * `GET /insync/eventmanagement/v2/events` as in the vendor's OpenAPI document: access token of
 * `POST /token`, where to go on in `tracker`, which stands in every answer.
 */
export async function eventsV2(c: HttpContext, service: Service): Promise<Response> {
  const principal = await service.gate.accessToken(c);
  if (principal === undefined) throw new AppError('forbidden', explicitDeny);
  const pull = await beginPull(c, service, 'events-api/v2', principal, inSync);
  const query = parseQuery(v2Query, c.req.query());
  const cursors = await Cursors.of(service, pull, 'events-api/v2');
  const after = await inTrackerWords(
    cursors.read(query.tracker, { ignoreExpiry: query.ignoreTrackerExpiry }),
  );
  if (!pull.settings.enabled) {
    const tracker = await cursors.write(after ?? 0);
    return answer(c, service, { tracker, nextPageExists: false });
  }
  const page = await readPage(service, pull, {
    after,
    limit: Math.min(v2PageEventsMax, service.options.eventsApi.pageEvents),
    layout: 'envelope',
    encoding: { format: query.format ?? 'json', profile: 'vendor', jsonNames: 'v2' },
  });
  const tracker = await cursors.write(page.lastPosition);
  const nextPageExists = page.lastPosition < page.headPosition;
  return answer(c, service, { tracker, nextPageExists }, page.body, gapHeader(page.lost));
}

/** `envelope` is `{"events":[…]}`; the other members are put before it. */
function answer(
  c: HttpContext,
  service: Service,
  members: { readonly tracker: string; readonly nextPageExists: boolean },
  envelope: Buffer = Buffer.from('{"events":[]}'),
  headers: Record<string, string> = {},
): Promise<Response> {
  const start = `${JSON.stringify(members).slice(0, -1)},`;
  const body = [Buffer.from(start), envelope.subarray(1)];
  const contentType = 'application/json';
  return answerPage(c, service, { body, coding: undefined, contentType, headers });
}
