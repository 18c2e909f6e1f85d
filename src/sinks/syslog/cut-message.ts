/**
 * A message of at most `bytesMax` bytes of UTF-8. A longer one is cut between characters and says so
 * at its end; one that is cut inside of its structured data loses whole parameters, so that what is
 * left is valid RFC 5424.
 */
export function cutMessage(message: string, bytesMax: number): string {
  // UTF-8 needs at most three bytes for one UTF-16 unit, and counting takes time.
  if (message.length * 3 <= bytesMax) return message;
  const sizeBytes = Buffer.byteLength(message);
  if (sizeBytes <= bytesMax) return message;
  const data = structuredData(message);
  const note = `[truncated, was ${sizeBytes} bytes]`;
  const ending = data === undefined ? ` ${note}` : `] ${note}`;
  const kept = firstBytes(message, bytesMax - Buffer.byteLength(ending));
  if (data === undefined || kept.length >= data.end) {
    return `${withoutDanglingEscape(kept)} ${note}`;
  }
  return `${kept.slice(0, lastParameterEnd(kept, data.start))}${ending}`;
}

const header = /^<\d{1,3}>1 (?:\S+ ){5}(?=\[)/;

/** Where the SD-ELEMENT of an RFC 5424 message begins and ends; undefined when it has none. */
function structuredData(message: string): { start: number; end: number } | undefined {
  const found = header.exec(message);
  if (found === null) return undefined;
  const start = found[0].length;
  for (let at = start; at < message.length; at += 1) {
    if (message[at] === '\\') at += 1;
    else if (message[at] === ']') return { start, end: at + 1 };
  }
  return undefined;
}

/** Behind the last parameter that is whole; behind the SD-ID when none is. */
function lastParameterEnd(text: string, start: number): number {
  const parameter = / [^ ="\]]+="(?:\\.|[^"\\])*"/gsy;
  let end = text.indexOf(' ', start);
  if (end === -1) end = text.length;
  parameter.lastIndex = end;
  while (parameter.test(text)) end = parameter.lastIndex;
  return end;
}

/** The longest beginning of at most `bytesMax` bytes that cuts no character. */
function firstBytes(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text);
  let end = Math.max(0, bytesMax);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** An escape that lost what it escapes would escape what follows. */
function withoutDanglingEscape(text: string): string {
  const backslashes = /\\*$/.exec(text)?.[0].length ?? 0;
  return backslashes % 2 === 1 ? text.slice(0, -1) : text;
}
