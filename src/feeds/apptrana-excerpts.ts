import type { TailraceEvent } from '../core/event.ts';
import { headerValue, maskSecret, parseHeaderBlob } from './apptrana-header-blob.ts';
import type { CefExcerpt } from './feed.ts';

/** A line asks for several headers of one blob. */
const headersOf = rememberingLast(parseHeaderBlob);

/** What SIEMs look for under keys of its own: when it began, and who asked with what and from where. */
export const appTranaExcerpts: readonly CefExcerpt[] = [
  { key: 'start', valueOf: (event) => event.occurredAtMs },
  { key: 'requestClientApplication', valueOf: (event) => header(event, 'user-agent') },
  { key: 'requestContext', valueOf: (event) => header(event, 'referer') },
  { key: 'requestCookies', valueOf: maskedCookies },
];

function maskedCookies(event: TailraceEvent): string | undefined {
  const cookies = header(event, 'cookie');
  return cookies === undefined ? undefined : maskSecret('cookie', cookies);
}

function header(event: TailraceEvent, name: string): string | undefined {
  const blob = event.fields['requestHeader'];
  return typeof blob === 'string' ? headerValue(headersOf(blob), name) : undefined;
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
