import type { JsonObject, JsonValue } from '../../core/json.ts';
import { attributesFromCef } from './attributes-from-cef.ts';
import { decodeCef } from './decode-cef.ts';
import { attributeOf } from '../field-attributes.ts';
import type { Feed, FeedField } from '../../feeds/feed.ts';
import { Recent } from '../recent.ts';

const headerPipes = 7;

/**
 * Reads CEF lines as the vendor writes them, several times as fast as decoding: the header, which
 * hardly changes from line to line, is decoded once, and the extension is cut at its equals signs.
 * Undefined for a line that has anything unusual in it; what it does return is what
 * `attributesFromCef` returns for the decoded line.
 */
export function compileCefReader(feed: Feed): (line: string) => JsonObject | undefined {
  const places = compilePlaces(feed);
  const headers = new Recent((header) => attributesFromCef(feed, decodeCef(header, lenient)));

  return (line) => {
    const headerEnd = endOfCefHeader(line);
    if (headerEnd === undefined) return undefined;
    const header = line.slice(0, headerEnd);
    if (header.includes('\\')) return undefined;
    const attributes: Record<string, JsonValue> = { ...headers.get(header) };
    return readExtension(line, headerEnd, places, attributes) ? attributes : undefined;
  };
}

const lenient = { lenient: true } as const;

/** Fields by key, and by key and label for custom slots. */
type Places = ReadonlyMap<string, FeedField>;

function compilePlaces(feed: Feed): Places {
  const places = new Map<string, FeedField>();
  for (const field of feed.fields) {
    if (field.cef === undefined || field.type === 'time') continue;
    const { key, label } = field.cef;
    places.set(label === undefined ? key : `${key} ${label}`, field);
  }
  return places;
}

/** Behind the last pipe of the header; undefined when the line does not look like the vendor's. */
export function endOfCefHeader(line: string): number | undefined {
  if (line.startsWith('<')) return undefined;
  const start = line.indexOf(' CEF:');
  if (start === -1) return undefined;
  let at = start;
  for (let pipe = 0; pipe < headerPipes; pipe += 1) {
    at = line.indexOf('|', at) + 1;
    if (at === 0) return undefined;
  }
  return at;
}

/** Puts the pairs into `attributes`; false when there is one that the decoder has to judge. */
function readExtension(
  line: string,
  from: number,
  places: Places,
  attributes: Record<string, JsonValue>,
): boolean {
  let keyAt = from;
  let equalsAt = line.indexOf('=', keyAt);
  let label: string | undefined;
  let labelled = '';
  while (equalsAt !== -1) {
    const key = line.slice(keyAt, equalsAt);
    const nextEqualsAt = nextEquals(line, equalsAt + 1);
    const end = nextEqualsAt === -1 ? line.length : line.lastIndexOf(' ', nextEqualsAt);
    // Without a space there is no key before the next equals sign: a bare one, inside of a value.
    if (end <= equalsAt) return false;
    const value = line.slice(equalsAt + 1, end);
    if (label === undefined && key.endsWith('Label')) {
      label = value;
      labelled = key.slice(0, -'Label'.length);
    } else {
      if (label !== undefined && key !== labelled) return false;
      const field = places.get(label === undefined ? key : `${key} ${label}`);
      if (field === undefined || attributes[field.name] !== undefined) return false;
      const text = plainText(value);
      if (text === undefined) return false;
      attributes[field.name] = attributeOf(field, text);
      label = undefined;
    }
    keyAt = end + 1;
    equalsAt = nextEqualsAt;
  }
  return label === undefined && keyAt >= line.length;
}

/** The next `=` that no backslash escapes; -1 when there is none. */
function nextEquals(line: string, from: number): number {
  let at = line.indexOf('=', from);
  while (at !== -1) {
    let backslashes = 0;
    while (line[at - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return at;
    at = line.indexOf('=', at + 1);
  }
  return at;
}

/** Unescaped; undefined for an empty value, blanks at the end and unknown escapes. */
function plainText(value: string): string | undefined {
  if (value === '' || value !== value.trimEnd()) return undefined;
  if (!value.includes('\\')) return value;
  if (/\\(?![\\=nr])/.test(value.replaceAll('\\\\', ''))) return undefined;
  return value.replace(/\\([\\=nr])/g, (_, escaped: string) => unescaped[escaped] ?? escaped);
}

const unescaped: Readonly<Record<string, string>> = { n: '\n', r: '\r' };
