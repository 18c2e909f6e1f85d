import { hash } from 'node:crypto';
import type { TailraceEvent } from '../../core/event.ts';
import { boundedJsonText } from '../../core/json.ts';
import type { Feed } from '../../feeds/feed.ts';
import { formatIsoTime, parseIsoTime } from '../../feeds/iso-time.ts';
import { isJsonObject } from '../exact-json.ts';
import type { FoundAttack } from './envelope.ts';

const unreadableCategory = 'Unreadable Event';
/** ModSecurity's warning: nothing is lost, but somebody should look. */
const rawSeverity = 4;

/**
 * The event that stands for something among the attacks which is no event of the feed: nothing that
 * the service delivers is dropped, and one bad attack does not hold up the others. Its identity and
 * time depend on nothing but what came and `undatedMs`, so that it is recognised when it comes again.
 */
export function unreadableAttack(
  feed: Feed,
  { websiteName, attack }: FoundAttack,
  reason: string,
  undatedMs: number,
): TailraceEvent {
  const original = boundedJsonText(attack);
  const time = isJsonObject(attack) ? attack['attackTime'] : undefined;
  const occurredAtMs = (typeof time === 'string' ? parseIsoTime(time) : undefined) ?? undatedMs;
  const digest = hash('sha256', boundedJsonText([websiteName ?? null, attack]), 'hex');
  return {
    id: `u-${digest.slice(0, 32)}`,
    occurredAtMs,
    type: unreadableCategory,
    severity: feed.severities[rawSeverity] ?? 5,
    original,
    fields: {
      ...(websiteName === undefined ? {} : { websiteName }),
      severity: rawSeverity,
      eventType: 'Log',
      attackTime: formatIsoTime(occurredAtMs),
      category: unreadableCategory,
      ruleName: 'An attack that could not be read',
      attackData: `This attack could not be read (${reason}). As it came: ${original}`,
    },
  };
}
