import type { TailraceEvent } from '../core/event.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { appTranaFields, attackAttributes } from './apptrana-fields.ts';
import { formatIsoTime } from './iso-time.ts';

const known: ReadonlySet<string> = new Set(appTranaFields.map(({ name }) => name));

/**
 * An event as getAttackInfo answers it: all attributes of the document in its order, null where the
 * event has none, the time in UTC with milliseconds; then those that the document does not know.
 * Neither the website, which stands outside of the attack, nor what is Tailrace's own.
 */
export function attackOf({ fields, occurredAtMs }: TailraceEvent): JsonObject {
  const attackTime = formatIsoTime(occurredAtMs, 'millisecond');
  const attack: [string, JsonValue][] = attackAttributes.map((name) => [
    name,
    name === 'attackTime' ? attackTime : (fields[name] ?? null),
  ]);
  for (const name in fields) {
    const value = fields[name];
    if (value !== undefined && !known.has(name)) attack.push([name, value]);
  }
  return Object.fromEntries(attack);
}

/** The website under which an attack is listed: its own, or the host that was attacked; empty for none. */
export function websiteOf({ fields }: TailraceEvent): string {
  for (const name of [fields['websiteName'], fields['hostName']]) {
    if (typeof name === 'string' && name !== '') return name;
  }
  return '';
}
