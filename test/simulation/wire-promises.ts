import { parseStoredEvent } from '../../src/core/event.ts';
import { numberIn } from './product.ts';
import { differences, numbersOf, type Outcome, repeatsIn, withoutRepeats } from './promises.ts';
import type { ReceivedEvent } from './receiver.ts';
import type { WireOutlet } from './wire-outlet.ts';

/**
 * Promise 5: the receiver has each event that is stored, as it is, under its id, unless it refused it
 * for good and it is in the quarantine; what comes again was not known to be there.
 */
export async function brokenByWire(
  { memories, collector }: Outcome,
  { protocol, needlesslySent, sinkName }: WireOutlet,
): Promise<readonly string[]> {
  const entryOf = (json: string) => {
    const event = parseStoredEvent(json);
    return entry(event.id, collector.encode(event));
  };
  const everyLine = memories.collector.everyLine();
  const stored = everyLine.map(entryOf);
  const forgotten = new Set(memories.collector.forgotten.map(entryOf));
  const lost = new Set(memories.collector.lost.map(entryOf));
  const there = new Set(stored);
  // The line that says that retention has dropped events is in no store.
  const isExtra = ({ line }: ReceivedEvent) =>
    forgotten.size > 0 && line.includes('past retention');
  const came = protocol.received
    .filter((event) => !isExtra(event))
    .map(({ id, line }) => entry(id, line));
  const once = [...new Set(came)];
  // With an id a receiver drops what comes again: what is left is to be what is stored.
  const received = once.filter((text) => there.has(text) || !lost.has(text));
  const all = collector.disk.storage.quarantine.after(sinkName, undefined, Infinity);
  const refused = all.map(({ id, line }) => entry(id, line));
  // What is stored twice is delivered twice, or refused twice.
  const repeats = repeatsIn(stored);
  const delivered = withoutRepeats([...there], [...received, ...refused], repeats);
  const repeatedNumbers = new Set(repeatsIn(numbersOf(everyLine)));
  const needless = needlesslySent.filter(({ number }) => !repeatedNumbers.has(number));
  const arrived = new Set(delivered);
  const isSilent = stored.some((text) => !arrived.has(text)) && !protocol.received.some(isExtra);
  // The first time retention may have dropped it before it was delivered.
  const unordered = new Set([...lost, ...repeats]);
  const isOrdered = (text: string) => !unordered.has(text);
  return [
    ...differences('5: the receiver has not what is stored', [...there], delivered, forgotten),
    ...(protocol.dropsRepeats ? differences('5: the receiver has it twice', once, came) : []),
    ...(isSilent ? ['6: events that were dropped before delivery are silently missing'] : []),
    ...needless
      .slice(0, 1)
      .map(({ number, why }) => `5: sent although it was ${why}: ${number}, of ${needless.length}`),
    ...(protocol.keepsOrder
      ? disorder([...there].filter(isOrdered), received.filter(isOrdered))
      : []),
  ];
}

/**
 * By id and line; JSON may be written in other words on the way. A gap that has to be said again is
 * said at another time, but under the same id.
 */
function entry(id: string, line: string): string {
  if (id.startsWith('gap-')) return id;
  return `${id} ${line.startsWith('{') ? JSON.stringify(JSON.parse(line)) : line}`;
}

/** What came first stands first, by the numbers of events. */
function disorder(stored: readonly string[], received: readonly string[]): readonly string[] {
  const there = new Set(received);
  const expected = stored.filter((text) => there.has(text)).map(numberIn);
  const found = received.map(numberIn);
  const at = expected.findIndex((number, index) => number !== found[index]);
  return at === -1 ? [] : [`5: order: where ${expected[at]} was to come, ${found[at]} came`];
}
