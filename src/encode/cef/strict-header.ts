import type { TailraceEvent } from '../../core/event.ts';
import type { Feed } from '../../feeds/feed.ts';
import { signatureSource } from '../event-values.ts';
import { cutVisibly, remembered, singleLine, slug, withoutReordering } from '../line-text.ts';
import { cefHeaderLengths } from './cef-keys.ts';
import { escapeHeader, percentEquals } from './escape.ts';

/**
 * A strict line from `CEF:0` up to the pipe before the severity. Class id and name are the event's
 * signature, and where it has none its type. Hardened, no value brings a pipe or an equals sign.
 */
export function compileStrictHeader(
  feed: Feed,
  hardened: boolean,
): (event: TailraceEvent) => string {
  const { vendor, product, deviceVersion, classId, name } = cefHeaderLengths;
  const start = `CEF:0|${[
    headerText(feed.vendor, vendor),
    headerText(feed.product, product),
    headerText(feed.version, deviceVersion),
  ].join('|')}|`;
  const shown = (text: string): string =>
    hardened ? percentEquals(text).replaceAll('|', '%7C') : text;
  const idText = remembered((text) => headerText(shown(text), classId));
  const nameText = remembered((text) => headerText(shown(text), name));
  const typeId = remembered((type) => headerText(slug(type), classId));
  const signatureId = signatureSource(feed, 'id');
  const signatureName = signatureSource(feed, 'name');
  return (event) => {
    const { type } = event;
    const id = idText(signatureId(event) ?? '') || typeId(type);
    return `${start}${id}|${nameText(signatureName(event) ?? '') || nameText(type)}|`;
  };
}

function headerText(text: string, lengthMax: number): string {
  return escapeHeader(cutVisibly(withoutReordering(singleLine(text)), lengthMax));
}
