import { parseStoredEvent } from '../../core/event.ts';
import type { Position } from '../../core/stream.ts';
import { timedLines } from '../../core/timed-block.ts';
import type { TimedBlock } from '../../core/timed-block.ts';
import { attackOf, websiteOf } from '../../feeds/apptrana-attack.ts';
import { gapEventType } from '../../feeds/gap-record.ts';
import type { SortItem } from '../../lib/sort-run.ts';
import { AttackSlicer } from './attack-slicer.ts';
import type { AttackInfoRequest } from './schemas.ts';

export type AttackFilter = Partial<Pick<AttackInfoRequest, 'eventType' | 'websiteName'>>;

const answerStart = '{"successMessage":"Success","data":[';
const closeBrace = Buffer.from('}');
const nextAttack = Buffer.from('},');
const chunkBytes = 64 * 1024;

/**
 * The attacks up to `headPosition` that are asked for, by website and time, as they stand in the
 * answer, but each without the brace that closes it.
 */
export function* askedAttacks(
  block: TimedBlock,
  headPosition: Position,
  filter: AttackFilter,
): Iterable<SortItem> {
  const isAsked = compileFilter(filter);
  const slicer = new AttackSlicer();
  const { ndjson } = block;
  for (const { position, occurredAtMs: rank, start, end } of timedLines(block)) {
    if (position > headPosition) return;
    const attack = slicer.read(ndjson, start, end)
      ? slicer
      : parseAttack(ndjson.toString('utf8', start, end));
    if (isAsked(attack)) yield { group: attack.websiteName, rank, ...attack.text };
  }
}

interface Attack {
  readonly websiteName: string;
  readonly eventType: string;
  readonly isGap?: boolean;
  readonly text: Omit<SortItem, 'group' | 'rank'>;
}

function parseAttack(json: string): Attack {
  const event = parseStoredEvent(json);
  const { eventType } = event.fields;
  const bytes = Buffer.from(JSON.stringify(attackOf(event)));
  return {
    websiteName: websiteOf(event),
    eventType: typeof eventType === 'string' ? eventType : '',
    text: { bytes, start: 0, end: bytes.byteLength - closeBrace.byteLength },
    isGap: event.type === gapEventType,
  };
}

/** The answer around attacks that come by website, in pieces of about 64 KiB. */
export async function* attackInfoChunks(
  attacks: AsyncIterable<SortItem>,
): AsyncIterable<Buffer<ArrayBuffer>> {
  let chunk = Buffer.allocUnsafeSlow(chunkBytes);
  let filled = chunk.write(answerStart);
  let website: string | undefined;
  for await (const { group, bytes, start, end } of attacks) {
    const before = group === website ? nextAttack : websiteStart(group, website === undefined);
    website = group;
    const neededBytes = before.byteLength + end - start;
    if (filled + neededBytes > chunk.byteLength) {
      yield chunk.subarray(0, filled);
      chunk = Buffer.allocUnsafeSlow(Math.max(chunkBytes, neededBytes));
      filled = 0;
    }
    filled += before.copy(chunk, filled);
    filled += bytes.copy(chunk, filled, start, end);
  }
  yield chunk.subarray(0, filled);
  yield Buffer.from(website === undefined ? ']}' : '}]}]}');
}

function websiteStart(name: string, isFirst: boolean): Buffer {
  return Buffer.from(`${isFirst ? '' : '}]},'}{"websiteName":${JSON.stringify(name)},"attacks":[`);
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
