import { getCookie } from 'hono/cookie';
import { inSync } from '../../feeds/insync.ts';
import { answerPage, wantedCoding } from '../answer.ts';
import type { HttpContext } from '../http-env.ts';
import { beginPull, gapHeader, readPage } from '../pull.ts';
import { parseQuery } from '../query.ts';
import type { Service } from '../service.ts';
import { Cursors } from './cursors.ts';
import { v1Query } from './schemas.ts';

export const v1Path = '/api/events/v1';

/**
 * `GET /api/events/v1` as in "Integrate Events API with a SIEM tool": Basic authentication, where to
 * go on in the cookie `progress`, `{"events":[…]}` or, for `Accept: text/plain`, one event per line.
 */
export async function eventsV1(c: HttpContext, service: Service): Promise<Response> {
  const principal = await service.gate.administrator(c);
  const pull = await beginPull(c, service, 'events-api/v1', principal, inSync);
  const { format = 'json', limit = service.options.eventsApi.pageEvents } = parseQuery(
    v1Query,
    c.req.query(),
  );
  const cursors = await Cursors.of(service, pull, 'events-api/v1');
  const after = await cursors.read(getCookie(c, 'progress'));
  const isText = prefersPlainText(c.req.header('accept'));
  const contentType = isText ? 'text/plain; charset=utf-8' : 'application/json';

  if (!pull.settings.enabled) {
    const body = Buffer.from(isText ? '' : '{"events":[]}');
    const headers = progressCookie(c, await cursors.write(after ?? 0));
    return answerPage(c, service, { body, coding: undefined, contentType, headers });
  }
  const page = await readPage(service, pull, {
    after,
    limit,
    layout: isText ? 'lines' : 'envelope',
    encoding: { format, profile: 'vendor', jsonNames: 'v1' },
    coding: wantedCoding(c),
  });
  const headers = {
    ...progressCookie(c, await cursors.write(page.lastPosition)),
    ...gapHeader(page.lost),
  };
  return answerPage(c, service, { body: page.body, coding: page.coding, contentType, headers });
}

/**
 * Without Max-Age: a cookie that a client dropped by itself would make it start from the oldest event
 * without a word, where `Cookie expired` says what happened.
 */
function progressCookie(c: HttpContext, value: string): Record<string, string> {
  const secure = c.get('client').isSecure ? '; Secure' : '';
  return { 'set-cookie': `progress=${value}; Path=${v1Path}; HttpOnly; SameSite=Strict${secure}` };
}

/** True when text is asked for by name and JSON is not, or not as much. */
function prefersPlainText(accept: string | undefined): boolean {
  const qualities = new Map<string, number>();
  for (const part of (accept ?? '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    qualities.set(type, quality === undefined ? 1 : Number(quality));
  }
  const text = qualities.get('text/plain') ?? 0;
  return text > 0 && text > (qualities.get('application/json') ?? 0);
}
