/**
 * The attributes `requestHeader` and `responseHeader` of attacks: `"Host":"a" , "User-Agent":"b"`,
 * JSON's pairs without its braces, `-` for a header that was not there. What stands in the values was
 * chosen by attackers, and nobody documents how quotes in them are written: a value ends where the
 * next pair plainly begins, and is read as JSON's text if it is that.
 */

/** One header: its name in lower case, and where its value stands in the blob, without the quotes. */
export interface BlobHeader {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const pairStart = /"([^"]{1,256})"\s*:\s*"/g;
/**
 * A quote behind which another pair begins, or nothing comes. In JSON's text no other quote is bare.
 * No two runs of blanks stand side by side in it: that would take time in the square of a long one.
 */
const valueEnd = /"(?=\s*(?:[,;]\s*"[^"]{1,256}"\s*:|$|\}\s*$))/g;

/** The headers of a blob in its order. Empty for text that is no such blob; never throws. */
export function parseHeaderBlob(blob: string): readonly BlobHeader[] {
  const headers: BlobHeader[] = [];
  let at = 0;
  while (at < blob.length) {
    pairStart.lastIndex = at;
    const name = pairStart.exec(blob)?.[1];
    if (name === undefined) break;
    const start = pairStart.lastIndex;
    const end = endOfValue(blob, start);
    headers.push({ name: name.toLowerCase(), start, end });
    at = end + 1;
  }
  return headers;
}

function endOfValue(blob: string, start: number): number {
  valueEnd.lastIndex = start;
  return valueEnd.test(blob) ? valueEnd.lastIndex - 1 : blob.length;
}

/** Without JSON's escapes if it has any that are right. */
function plainValue(text: string): string {
  if (!text.includes('\\')) return text;
  try {
    const value: unknown = JSON.parse(`"${text}"`);
    return typeof value === 'string' ? value : text;
  } catch {
    return text;
  }
}

/** The value of the first header called `name` (in lower case); undefined when it was not there. */
export function headerValue(
  blob: string,
  headers: readonly BlobHeader[],
  name: string,
): string | undefined {
  const header = headers.find((candidate) => candidate.name === name);
  if (header === undefined) return undefined;
  const value = plainValue(blob.slice(header.start, header.end)).trim();
  return value === '-' || value === '' ? undefined : value;
}

/** Headers whose values open doors, whatever they are called exactly, in lower case. */
const secretName = /cookie|authori[sz]ation|token|secret|passw|session|api[-_]?key/;

/** The blob with `***` for what opens doors: cookies' values, credentials, tokens, keys. */
export function maskHeaderBlob(blob: string, headers: readonly BlobHeader[]): string {
  let masked = '';
  let at = 0;
  for (const { name, start, end } of headers) {
    if (!secretName.test(name)) continue;
    masked += blob.slice(at, start) + maskSecret(name, blob.slice(start, end));
    at = end;
  }
  return at === 0 ? blob : masked + blob.slice(at);
}

/** `sid=***; lang=***` for cookies, `Bearer ***` for credentials, `***` for anything else. */
export function maskSecret(name: string, value: string): string {
  const text = value.trim();
  if (text === '' || text === '-') return value;
  if (name.includes('cookie')) return maskCookies(text);
  return `${/^(?:Basic|Bearer|Digest|Negotiate) /i.exec(text)?.[0] ?? ''}***`;
}

function maskCookies(text: string): string {
  return text
    .split(';')
    .map((cookie) => {
      const equalsAt = cookie.indexOf('=');
      return equalsAt === -1 ? '***' : `${cookie.slice(0, equalsAt).trim()}=***`;
    })
    .join('; ');
}
