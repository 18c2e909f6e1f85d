import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { Feed } from '../../feeds/feed.ts';
import { attributeOf, nameWithRole, roleName, timeText } from '../field-attributes.ts';
import type { DecodedSyslog } from './decode-syslog.ts';
import { syslogNames } from './syslog-names.ts';

/**
 * The feed's attributes, by canonical names, of a line in either profile: what `feed.readEvent` takes.
 * Severity, facility (if events of the feed have one) and time come from the header, the identity from
 * a strict line's PROCID.
 */
export function attributesFromSyslog(feed: Feed, line: DecodedSyslog): JsonObject {
  const names = syslogNames(feed);
  const params = strictParams(feed, line);
  const pairs = params ?? splitPairs(line.message, [...names.keys()]);
  const attributes = new Map<string, JsonValue>();
  for (const [name, text] of pairs) {
    const field = names.get(name);
    if (text === '') continue;
    attributes.set(field?.name ?? name, field === undefined ? text : attributeOf(field, text));
  }
  attributes.set(roleName(feed, 'severity'), line.severity);
  const facilityName = nameWithRole(feed, 'facility');
  if (facilityName !== undefined) attributes.set(facilityName, line.facility);
  if (line.timeMs !== undefined) {
    attributes.set(roleName(feed, 'time'), timeText(feed, line.timeMs));
  }
  if (params !== undefined && line.procId !== undefined) {
    attributes.set(roleName(feed, 'id'), line.procId);
  }
  return Object.fromEntries(attributes);
}

function strictParams(feed: Feed, line: DecodedSyslog): ReadonlyMap<string, string> | undefined {
  for (const [id, params] of line.structuredData) {
    if (id.startsWith(`${feed.title}@`)) return params;
  }
  return undefined;
}

/**
 * `Initiator=… EventType=Admin Audit Trail …`: values stand bare and have spaces in them, so a value
 * ends where a space and the next known name begin.
 */
function splitPairs(message: string, names: readonly string[]): [string, string][] {
  const alternatives = names.join('|');
  const start = new RegExp(` (?<name>${alternatives})=`, 'g');
  const guarded = new RegExp(` (?<name>${alternatives})%3D`, 'g');
  const text = ` ${message.trimStart()}`;
  const found = [...text.matchAll(start)];
  return found.map((match, index) => {
    const end = found[index + 1]?.index ?? text.length;
    const value = text.slice(match.index + match[0].length, end).trim();
    return [match.groups?.['name'] ?? '', value.replace(guarded, ' $<name>=')];
  });
}
