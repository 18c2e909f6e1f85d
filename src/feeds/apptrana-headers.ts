import type { TailraceEvent } from '../core/event.ts';
import {
  headerValue,
  maskHeaderBlob,
  maskSecret,
  parseHeaderBlob,
} from './apptrana-header-blob.ts';
import type { CefExcerpt } from './feed.ts';

/** A line asks for several things of one blob, and the next response often has the same headers. */
const requestHeaders = rememberingLast(parseHeaderBlob);
const responseHeaders = rememberingLast(parseHeaderBlob);

/** The request's headers with `***` for cookies' values and credentials. */
export function maskedRequestHeader(blob: string): string {
  return maskHeaderBlob(blob, requestHeaders(blob));
}

/** The response's headers with `***` for cookies' values and credentials. */
export function maskedResponseHeader(blob: string): string {
  return maskHeaderBlob(blob, responseHeaders(blob));
}

/** What SIEMs look for under keys of its own: when it began, and who asked with what and from where. */
export const appTranaExcerpts: readonly CefExcerpt[] = [
  { key: 'start', valueOf: (event) => event.occurredAtMs },
  {
    key: 'requestClientApplication',
    valueOf: (event) => requestHeader(event, 'user-agent'),
    ecs: [{ path: 'user_agent.original' }],
    ocsf: [{ path: 'http_request.user_agent' }],
  },
  {
    key: 'requestContext',
    valueOf: (event) => requestHeader(event, 'referer'),
    ecs: [{ path: 'http.request.referrer' }],
    ocsf: [{ path: 'http_request.referrer' }],
  },
  { key: 'requestCookies', valueOf: maskedCookies },
];

function maskedCookies(event: TailraceEvent): string | undefined {
  const cookies = requestHeader(event, 'cookie');
  return cookies === undefined ? undefined : maskSecret('cookie', cookies);
}

function requestHeader(event: TailraceEvent, name: string): string | undefined {
  const blob = event.fields['requestHeader'];
  return typeof blob === 'string' ? headerValue(blob, requestHeaders(blob), name) : undefined;
}

function rememberingLast<T>(derive: (text: string) => T): (text: string) => T {
  let lastText = '';
  let last = derive(lastText);
  return (text) => {
    if (text !== lastText) {
      last = derive(text);
      lastText = text;
    }
    return last;
  };
}
