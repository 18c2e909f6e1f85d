import type { JsonObject, JsonValue } from '../../core/json.ts';
import { attributeOf } from '../field-attributes.ts';
import { attributesFromSyslog } from './attributes-from-syslog.ts';
import { decodeSyslog } from './decode-syslog.ts';
import { syslogNames } from './syslog-names.ts';
import type { Feed, FeedField } from '../../feeds/feed.ts';
import { Recent } from '../recent.ts';

/**
 * Reads Syslog lines as the vendor writes them, several times as fast as decoding: the header, which
 * hardly changes from line to line, is decoded once, and the pairs are cut at their equals signs.
 * Undefined for a line that has anything unusual in it; what it does return is what
 * `attributesFromSyslog` returns for the decoded line.
 */
export function compileSyslogReader(feed: Feed): (line: string) => JsonObject | undefined {
  const names = syslogNames(feed);
  const headers = new Recent((header) => attributesFromSyslog(feed, decodeSyslog(header)));
  const spacedNames = [...names.keys()].filter((name) => name.includes(' '));

  return (line) => {
    const nilAt = line.indexOf(' - -  ');
    const unusual =
      nilAt === -1 ||
      line.indexOf('=') < nilAt ||
      line.includes('CEF:') ||
      line.includes('%3D') ||
      spacedNames.some((name) => line.includes(name));
    if (unusual) return undefined;
    const bodyAt = nilAt + ' - - '.length;
    const attributes: Record<string, JsonValue> = {};
    if (!readPairs(line, bodyAt, names, attributes)) return undefined;
    return Object.assign(attributes, headers.get(line.slice(0, bodyAt)));
  };
}

/** Puts the pairs into `attributes`; false when there is one that the decoder has to judge. */
function readPairs(
  line: string,
  bodyAt: number,
  names: ReadonlyMap<string, FeedField>,
  attributes: Record<string, JsonValue>,
): boolean {
  let field: FeedField | undefined;
  let valueAt = bodyAt;
  for (let at = line.indexOf('=', bodyAt); at !== -1; at = line.indexOf('=', at + 1)) {
    const spaceAt = line.lastIndexOf(' ', at);
    const next = names.get(line.slice(spaceAt + 1, at));
    if (next === undefined) {
      if (field === undefined) return false;
      continue; // an equals sign inside of a value
    }
    if (field !== undefined && !put(attributes, field, line.slice(valueAt, spaceAt))) return false;
    field = next;
    valueAt = at + 1;
  }
  return field === undefined || put(attributes, field, line.slice(valueAt));
}

function put(attributes: Record<string, JsonValue>, field: FeedField, value: string): boolean {
  const text = value.trim();
  if (text === '' || attributes[field.name] !== undefined) return false;
  attributes[field.name] = attributeOf(field, text);
  return true;
}
