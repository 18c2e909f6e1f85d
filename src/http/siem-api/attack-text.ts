import { parseStoredEvent } from '../../core/event.ts';
import { attackOf, websiteOf } from '../../feeds/apptrana-attack.ts';
import { gapEventType } from '../../feeds/gap-record.ts';
import type { SortItem } from '../../lib/external-sort.ts';
import type { SortedItem } from '../../lib/sort-run.ts';
import type { TimedEvent } from '../../store/event-store.ts';
import type { AttackInfoRequest } from './schemas.ts';
import { sliceAttack } from './sliced-attack.ts';
import type { SlicedAttack } from './sliced-attack.ts';

export type AttackFilter = Partial<Pick<AttackInfoRequest, 'eventType' | 'websiteName'>>;

const answerStart = '{"successMessage":"Success","data":[';
const comma = Buffer.from(',');
const chunkBytes = 64 * 1024;

/** The attacks that are asked for, as they stand in the answer, by website and time. */
export function* askedAttacks(
  events: Iterable<TimedEvent>,
  filter: AttackFilter,
): Iterable<SortItem> {
  const isAsked = compileFilter(filter);
  for (const { occurredAtMs: rank, json } of events) {
    const attack = sliceAttack(json) ?? parseAttack(json);
    if (isAsked(attack)) yield { group: attack.websiteName, rank, text: attack.text };
  }
}

type Attack = SlicedAttack & { readonly isGap?: boolean };

function parseAttack(json: string): Attack {
  const event = parseStoredEvent(json);
  const { eventType } = event.fields;
  return {
    websiteName: websiteOf(event),
    eventType: typeof eventType === 'string' ? eventType : '',
    text: JSON.stringify(attackOf(event)),
    isGap: event.type === gapEventType,
  };
}

/** The answer around attacks that come by website, in pieces of about 64 KiB. */
export async function* attackInfoChunks(
  attacks: AsyncIterable<SortedItem>,
): AsyncIterable<Buffer<ArrayBuffer>> {
  let pieces: Buffer[] = [Buffer.from(answerStart)];
  let bytes = 0;
  let website: string | undefined;
  for await (const { group, bytes: attack } of attacks) {
    pieces.push(group === website ? comma : websiteStart(group, website === undefined), attack);
    website = group;
    bytes += attack.byteLength;
    if (bytes < chunkBytes) continue;
    yield Buffer.concat(pieces);
    [pieces, bytes] = [[], 0];
  }
  pieces.push(Buffer.from(website === undefined ? ']}' : ']}]}'));
  yield Buffer.concat(pieces);
}

function websiteStart(name: string, isFirst: boolean): Buffer {
  return Buffer.from(`${isFirst ? '' : ']},'}{"websiteName":${JSON.stringify(name)},"attacks":[`);
}

/** Names are compared without case. A gap concerns everybody who asks. */
function compileFilter({ eventType, websiteName }: AttackFilter): (attack: Attack) => boolean {
  const type = eventType?.toLowerCase();
  const website = websiteName?.toLowerCase();
  if (type === undefined && website === undefined) return () => true;
  return (attack) => {
    if (attack.isGap === true) return true;
    if (type !== undefined && attack.eventType.toLowerCase() !== type) return false;
    return website === undefined || attack.websiteName.toLowerCase() === website;
  };
}
