import { AppError } from '../core/errors.ts';
import type { TailraceEvent } from '../core/event.ts';
import type { Gap } from '../core/gap.ts';
import type { JsonObject } from '../core/json.ts';
import type { Feed, ReadEvent } from '../feeds/feed.ts';
import { parseIsoTime } from '../feeds/iso-time.ts';
import type { ScriptedAttack } from './scripted-apptrana.ts';

/** A feed of attacks that knows their time, kind and identity and takes everything else as it is. */
export const plainAttackFeed: Feed = {
  name: 'apptrana',
  title: 'AppTrana',
  vendor: 'Indusface',
  product: 'AppTrana',
  version: '1',
  fields: [],
  categories: [],
  meanings: [],
  severities: [10, 10, 9, 7, 5, 3, 2, 1],
  readEvent,
  gapEvent,
};

function readEvent(attributes: JsonObject): ReadEvent {
  const { attackTime, category, requestId, ruleId } = attributes;
  const occurredAtMs = typeof attackTime === 'string' ? parseIsoTime(attackTime) : attackTime;
  if (typeof occurredAtMs !== 'number') {
    throw new AppError(
      'input_invalid',
      `attackTime must be a time, got ${JSON.stringify(attackTime)}`,
    );
  }
  if (typeof category !== 'string')
    throw new AppError('input_invalid', 'category must be a string');
  const id = `${JSON.stringify(requestId)}-${JSON.stringify(ruleId)}-${occurredAtMs}`;
  const event = { id, occurredAtMs, type: category, severity: 5, fields: attributes } as const;
  return { event, category, canonical: true };
}

function gapEvent({ fromMs, untilMs, reason }: Gap, noticedAtMs: number): TailraceEvent {
  return {
    id: `gap-${fromMs}-${untilMs}`,
    occurredAtMs: noticedAtMs,
    type: 'Event Gap',
    severity: 7,
    fields: { attackData: reason },
  };
}

/** An attack as the document shows it, told apart by `number`. */
export function plainAttack(
  number: number,
  timeMs: number,
  more: Partial<Omit<ScriptedAttack, 'timeMs'>> = {},
): ScriptedAttack {
  const { websiteName = 'www.example.com', attack, ...rest } = more;
  return {
    timeMs,
    websiteName,
    attack: attack ?? attackAttributes(number, timeMs, websiteName),
    ...rest,
  };
}

function attackAttributes(number: number, timeMs: number, websiteName: string): JsonObject {
  return {
    attackerIP: `192.0.2.${number % 256}`,
    attackerGeo: 'IN',
    severity: 2,
    eventType: number % 2 === 0 ? 'Block' : 'Log',
    attackTime: new Date(timeMs).toISOString(),
    attackUri: '/rm/email/send',
    target: null,
    attackData: 'curl/7.29.0',
    ipReputation: 'UNK',
    category: 'Bot Attacks',
    ruleId: '40',
    requestId: `request-${number}`,
    ruleName: 'Request Indicates an automated program explored the site',
    tagName: 'WEB_ATTACK/AUTOMATION/SECURITY_SCANNER',
    hostName: ` ${websiteName} `,
    statusCode: 200,
    requestHeader: `"Host":" ${websiteName} " , "User-Agent":"curl/7.29.0","Accept":"*/*"`,
    responseHeader: '"Cache-Control":"-","Connection":"-","Content-Length":"0"',
    tlsVersion: 'TLSv1.2',
    requestProtocol: 'HTTP/1.1',
  };
}
