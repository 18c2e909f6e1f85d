import { createHmac } from 'node:crypto';
import type { TailraceEvent } from '../core/event.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import type { Secret } from '../core/secret.ts';
import type { Feed } from '../feeds/feed.ts';
import { compileLineReader } from './line-reader.ts';

/**
 * What becomes of a value: `drop` takes the attribute out, `mask` writes asterisks, `hash` writes the
 * same 32 hex digits for the same value under the same key.
 */
export const redactions = ['drop', 'mask', 'hash'] as const;
export type Redaction = (typeof redactions)[number];

export interface RedactionRule {
  /** An attribute by any name that its feed knows, or by its own. */
  readonly field: string;
  readonly how: Redaction;
}

export interface RedactionOptions {
  readonly rules: readonly RedactionRule[];
  /** For `hash`. */
  readonly key: Secret | undefined;
}

const masked = '***';
const hashLength = 32;

/**
 * Makes events of `feed` hide what the rules name. The vendor's own line goes from them too, as it
 * holds everything: encoders then write the line anew. Never throws, whatever the event holds.
 */
export function compileRedaction(
  feed: Feed,
  { rules, key }: RedactionOptions,
): (event: TailraceEvent) => TailraceEvent {
  const readLine = compileLineReader(feed);
  const hiders: Record<Redaction, (value: JsonValue) => JsonValue | undefined> = {
    drop: () => undefined,
    mask: () => masked,
    hash: (value) => keyedHash(value, key),
  };
  const byName = new Map(
    rules.flatMap(({ field, how }) => spellingsOf(feed, field).map((name) => [name, hiders[how]])),
  );
  return ({ original, ...event }) => {
    const fields = withAttributes(event.fields, original);
    return { ...event, fields: Object.fromEntries(hiddenEntries(fields)) };
  };

  function* hiddenEntries(fields: JsonObject): Iterable<[string, JsonValue]> {
    for (const [name, value] of Object.entries(fields)) {
      const hide = byName.get(name);
      const shown = hide === undefined || isNothing(value) ? value : hide(value);
      if (shown !== undefined) yield [name, shown];
    }
  }

  /** Those in the line, for an event that is kept as one. What of it cannot be read is not shown. */
  function withAttributes(fields: JsonObject, line: string | undefined): JsonObject {
    if (line === undefined || Object.keys(fields).length > 0) return fields;
    try {
      return readLine(line).fields;
    } catch {
      return feed.details === undefined ? {} : { [feed.details]: masked };
    }
  }
}

/** Every name of the attribute that is called `field` by one of them. */
export function spellingsOf(feed: Feed, field: string): readonly string[] {
  const known = feed.fields.find(({ name, v1Name, syslogName, aliases = [] }) =>
    [name, v1Name, syslogName, ...aliases].includes(field),
  );
  return known ? [known.name, known.v1Name, ...(known.aliases ?? [])] : [field];
}

function isNothing(value: JsonValue): boolean {
  return value === null || value === '';
}

function keyedHash(value: JsonValue, key: Secret | undefined): JsonValue {
  if (key === undefined) return masked;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return createHmac('sha256', key.reveal()).update(text).digest('hex').slice(0, hashLength);
}
