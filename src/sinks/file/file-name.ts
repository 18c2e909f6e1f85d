import { parseStreamName, type Position, type StreamName } from '../../core/stream.ts';

/** Digits of a position in a name, so that names sort as positions do. */
const positionDigits = 12;
const stagedEnding = '.staged';

/**
 * `acme-insync-20261121T184512Z-000000000001-000000000500.cef`. Never used twice: a stream's
 * positions are not, and the time tells it from a stream that was deleted and began anew.
 */
export function publishedName(
  stream: StreamName,
  atMs: number,
  [first, last]: readonly [Position, Position],
  ending: string,
): string {
  const time = new Date(atMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${streamPrefix(stream)}-${time}-${digits(first)}-${digits(last)}${ending}`;
}

/** How names end: `.cef`; `-replay-7f3a9c.cef` for what is written beside the delivery. */
export function nameEnding(extension: string, extra: string | undefined): string {
  return extra === undefined ? `.${extension}` : `-${extra}.${extension}`;
}

/** `acme-insync-20261121.cef`, the file of one UTC day. */
export function dailyName(stream: StreamName, atMs: number, ending: string): string {
  const day = new Date(atMs).toISOString().slice(0, 10).replaceAll('-', '');
  return `${streamPrefix(stream)}-${day}${ending}`;
}

/**
 * Of the file that holds a slice until it is published, unique per slice. What is written beside the
 * delivery has a name that `isStagedFor` no stream: a process that recovers must leave it alone.
 */
export function stagedName(name: string, position: Position, isExtra: boolean): string {
  return `${isExtra ? '_' : ''}${name}.${digits(position)}${stagedEnding}`;
}

/** Whether `name` is a file staged for this stream and no other, whatever its extension. */
export function isStagedFor(stream: StreamName, name: string): boolean {
  const prefix = `${streamPrefix(stream)}-`;
  const rest = name.startsWith(prefix) && name.endsWith(stagedEnding) && name.slice(prefix.length);
  // The time comes right behind the stream: `acme-insync-` also begins names of other streams.
  return rest !== false && /^\d{8}[T.]/.test(rest);
}

/** No replay takes so long from writing a file to publishing it. */
const abandonedMs = 7 * 86_400_000;

/** Whether `name` was staged for this stream beside the delivery, by somebody who was killed since. */
export function isAbandoned(stream: StreamName, name: string, nowMs: number): boolean {
  const prefix = `_${streamPrefix(stream)}-`;
  if (!name.startsWith(prefix) || !name.endsWith(stagedEnding)) return false;
  const day = /^(\d{4})(\d\d)(\d\d)[T.-]/.exec(name.slice(prefix.length));
  return day !== null && Date.parse(day.slice(1).join('-')) + abandonedMs < nowMs;
}

/** `_` for `-` in the feed keeps `a-b/c` and `a/b-c` apart; neither part may hold a `_` itself. */
function streamPrefix(stream: StreamName): string {
  const { tenant, feed } = parseStreamName(stream);
  return `${tenant}-${feed.replaceAll('-', '_')}`;
}

function digits(position: Position): string {
  return String(position).padStart(positionDigits, '0');
}
