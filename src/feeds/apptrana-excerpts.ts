import type { TailraceEvent } from '../core/event.ts';
import {
  headerValue,
  maskSecret,
  parseHeaderBlob,
  type BlobHeader,
} from './apptrana-header-blob.ts';
import type { CefExcerpt } from './feed.ts';

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

/** One line asks for three headers of the same blob. */
let lastBlob = '';
let lastHeaders: readonly BlobHeader[] = [];

function headersOf(blob: string): readonly BlobHeader[] {
  if (blob !== lastBlob) {
    lastHeaders = parseHeaderBlob(blob);
    lastBlob = blob;
  }
  return lastHeaders;
}
