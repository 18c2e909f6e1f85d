import { AppError, errorMessage } from '../../core/errors.ts';
import { type StoredEvent, toStoredEvent } from '../../core/event.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { Feed } from '../../feeds/feed.ts';
import { isJsonObject } from '../exact-json.ts';
import type { FoundAttack } from './envelope.ts';
import { unreadableAttack } from './unreadable-attack.ts';

/** A window's attacks as they are to be stored. */
export interface ReadAttacks {
  /** Each identity once. */
  readonly events: readonly StoredEvent[];
  /** How many could not be read and are kept as they came, and what was wrong with the first. */
  readonly unreadable: number;
  readonly firstReason: string | undefined;
}

/**
 * Attacks as events of `feed`. Loses nothing: what is no event of the feed becomes one that holds it
 * as it came, dated `undatedMs` when no time can be read.
 */
export function readAttacks(
  feed: Feed,
  found: readonly FoundAttack[],
  undatedMs: number,
): ReadAttacks {
  const ids = new Set<string>();
  const events: StoredEvent[] = [];
  let unreadable = 0;
  let firstReason: string | undefined;
  for (const one of found) {
    const read = readAttack(feed, one, undatedMs);
    if (ids.size === ids.add(read.event.id).size) continue;
    events.push(read.event);
    if (read.reason === undefined) continue;
    unreadable += 1;
    firstReason ??= read.reason;
  }
  return { events, unreadable, firstReason };
}

interface ReadAttack {
  readonly event: StoredEvent;
  /** Why it could not be read; undefined when it could. */
  readonly reason: string | undefined;
}

function readAttack(feed: Feed, found: FoundAttack, undatedMs: number): ReadAttack {
  try {
    const { event } = feed.readEvent(attributesOf(found));
    return { event: toStoredEvent(event), reason: undefined };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'input_invalid') throw error;
    const reason = errorMessage(error);
    return { event: toStoredEvent(unreadableAttack(feed, found, reason, undatedMs)), reason };
  }
}

/** Those that the service puts blanks around. */
const hostNames = ['websiteName', 'hostName'] as const;

/** The attack with its website; host names without blanks, everything else as it came. */
function attributesOf({ websiteName, attack }: FoundAttack): JsonObject {
  if (!isJsonObject(attack)) throw new AppError('input_invalid', 'an attack must be an object');
  const attributes: Record<string, JsonValue> = { ...attack };
  // Last, where the feed's table has it: then nothing needs to be put in order.
  if (websiteName !== undefined) attributes['websiteName'] ??= websiteName;
  for (const name of hostNames) {
    const value = attributes[name];
    if (typeof value === 'string') attributes[name] = value.trim();
  }
  return attributes;
}
