import { parseStoredEvent } from '../../core/event.ts';
import type { TailraceEvent } from '../../core/event.ts';
import { attackOf, websiteOf } from '../../feeds/apptrana-attack.ts';
import { gapEventType } from '../../feeds/gap-record.ts';
import type { SortItem } from '../../lib/external-sort.ts';
import type { SortedItem } from '../../lib/sort-run.ts';
import type { TimedEvent } from '../../store/event-store.ts';
import type { AttackInfoRequest } from './schemas.ts';

export type AttackFilter = Partial<Pick<AttackInfoRequest, 'eventType' | 'websiteName'>>;

const answerStart = '{"successMessage":"Success","data":[';
const chunkBytes = 64 * 1024;

/** The attacks that are asked for, as they stand in the answer, by website and time. */
export function* askedAttacks(
  events: Iterable<TimedEvent>,
  filter: AttackFilter,
): Iterable<SortItem> {
  const wanted = compileFilter(filter);
  for (const { occurredAtMs, json } of events) {
    const event = parseStoredEvent(json);
    if (!wanted(event)) continue;
    yield { group: websiteOf(event), rank: occurredAtMs, text: JSON.stringify(attackOf(event)) };
  }
}

/** The answer around attacks that come by website, in pieces of about 64 KiB. */
export async function* attackInfoChunks(
  attacks: AsyncIterable<SortedItem>,
): AsyncIterable<Buffer<ArrayBuffer>> {
  let pieces: Buffer[] = [Buffer.from(answerStart)];
  let bytes = 0;
  let website: string | undefined;
  for await (const { group, bytes: attack } of attacks) {
    const start = group === website ? ',' : websiteStart(group, website === undefined);
    pieces.push(Buffer.from(start), attack);
    website = group;
    bytes += attack.byteLength;
    if (bytes < chunkBytes) continue;
    yield Buffer.concat(pieces);
    [pieces, bytes] = [[], 0];
  }
  pieces.push(Buffer.from(website === undefined ? ']}' : ']}]}'));
  yield Buffer.concat(pieces);
}

function websiteStart(name: string, isFirst: boolean): string {
  return `${isFirst ? '' : ']},'}{"websiteName":${JSON.stringify(name)},"attacks":[`;
}

/** Host names are compared without case. A gap concerns everybody who asks. */
function compileFilter({
  eventType,
  websiteName,
}: AttackFilter): (event: TailraceEvent) => boolean {
  if (eventType === undefined && websiteName === undefined) return () => true;
  const type = eventType?.toLowerCase();
  const website = websiteName?.toLowerCase();
  return (event) => {
    if (event.type === gapEventType) return true;
    const { eventType: found } = event.fields;
    if (type !== undefined && (typeof found !== 'string' || found.toLowerCase() !== type)) {
      return false;
    }
    return website === undefined || websiteOf(event).toLowerCase() === website;
  };
}
