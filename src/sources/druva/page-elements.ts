import { AppError } from '../../core/errors.ts';

/** Elements of one page. What is more would be events of next to nothing, to fill memory and disk. */
export const pageElementsMax = 1_000_000;

/** What an element of a page is, by its bytes. */
export const kinds = {
  /** A JSON string without escapes. */
  plainString: 0,
  /** A JSON string with escapes. */
  escapedString: 1,
  object: 2,
  /** Any other JSON. */
  other: 3,
  /** A line of plain text, without its line break. */
  line: 4,
} as const;

const [quote, backslash, comma, lineFeed, carriageReturn] = [0x22, 0x5c, 0x2c, 0x0a, 0x0d];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/** 1 for the bytes that end a run of plain text: `"`, `\` and controls, which JSON forbids in it. */
const endsText = bytesFor((byte) => byte < 0x20 || byte === quote || byte === backslash);
/** 1 for the bytes that end a number or word. */
const endsWord = bytesFor(
  (byte) => byte <= 0x20 || [comma, closeBrace, closeBracket].includes(byte),
);
/** 1 for the bytes that matter between the braces of an object or list. */
const isStructural = bytesFor((byte) =>
  [0, quote, openBrace, closeBrace, openBracket, closeBracket].includes(byte),
);

/**
 * Where the elements of a page stand in its bytes, from `start` to before `end`. Whether what stands
 * there is JSON is for its reader to find out.
 */
export class PageElements {
  /** UTF-8. */
  readonly bytes: Buffer;
  readonly kinds: number[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get length(): number {
    return this.kinds.length;
  }

  /** Throws `source_misbehaved` for one too many. */
  add(kind: number, start: number, end: number): void {
    if (this.length === pageElementsMax) {
      const message = `a page holds more than ${pageElementsMax} elements`;
      throw new AppError('source_misbehaved', message);
    }
    this.kinds.push(kind);
    this.starts.push(start);
    this.ends.push(end);
  }
}

/** The elements of the list that begins at `at`, and the place behind it; undefined for no list. */
export function cutList(
  bytes: Buffer,
  at: number,
): { readonly elements: PageElements; readonly end: number } | undefined {
  if (bytes[at] !== openBracket) return undefined;
  const elements = new PageElements(bytes);
  let start = visibleAt(bytes, at + 1);
  if (bytes[start] === closeBracket) return { elements, end: start + 1 };
  for (;;) {
    const plainEnd = endOfPlainString(bytes, start);
    const end = plainEnd === -1 ? endOfValue(bytes, start) : plainEnd;
    if (end === -1) return undefined;
    elements.add(plainEnd === -1 ? kindAt(bytes, start) : kinds.plainString, start, end);
    const next = visibleAt(bytes, end);
    if (bytes[next] === closeBracket) return { elements, end: next + 1 };
    if (bytes[next] !== comma) return undefined;
    start = visibleAt(bytes, next + 1);
  }
}

/** Every line that is not empty; `isJson` says what they are. The last one need not end. */
export function cutLines(bytes: Buffer, isJson: boolean): PageElements {
  const elements = new PageElements(bytes);
  for (let start = 0; start < bytes.length;) {
    const lineFeedAt = bytes.indexOf(lineFeed, start);
    const next = lineFeedAt === -1 ? bytes.length : lineFeedAt;
    const end = bytes[next - 1] === carriageReturn && next > start ? next - 1 : next;
    if (end > start) elements.add(isJson ? kinds.object : kinds.line, start, end);
    start = next + 1;
  }
  return elements;
}

/**
 * Where the JSON value that begins at `start` ends; -1 when it does not. For an object or list only
 * strings and brackets are looked at.
 */
export function endOfValue(bytes: Buffer, start: number): number {
  const first = bytes[start];
  if (first === quote) return endOfString(bytes, start);
  if (first === openBrace || first === openBracket) return endOfNested(bytes, start);
  let at = start;
  while (at < bytes.length && endsWord[bytes[at] ?? 0] === 0) at += 1;
  return at === start ? -1 : at;
}

/** The first place from `from` on where no blank stands. */
export function visibleAt(bytes: Buffer, from: number): number {
  let at = from;
  while (isBlank(bytes[at])) at += 1;
  return at;
}

/** -1 for every other value. */
function endOfPlainString(bytes: Buffer, start: number): number {
  if (bytes[start] !== quote) return -1;
  let at = start + 1;
  while (endsText[bytes[at] ?? 0] === 0) at += 1;
  return bytes[at] === quote ? at + 1 : -1;
}

function endOfString(bytes: Buffer, start: number): number {
  let at = start + 1;
  for (;;) {
    while (endsText[bytes[at] ?? 0] === 0) at += 1;
    if (bytes[at] === quote) return at + 1;
    if (bytes[at] !== backslash) return -1;
    at += 2;
  }
}

function endOfNested(bytes: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  for (;;) {
    while (isStructural[bytes[at] ?? 0] === 0) at += 1;
    const byte = bytes[at];
    if (byte === quote) {
      at = endOfString(bytes, at);
      if (at === -1) return -1;
      continue;
    }
    if (byte === undefined || byte === 0) return -1;
    at += 1;
    depth += byte === openBrace || byte === openBracket ? 1 : -1;
    if (depth === 0) return at;
  }
}

function kindAt(bytes: Buffer, start: number): number {
  if (bytes[start] === openBrace) return kinds.object;
  return bytes[start] === quote ? kinds.escapedString : kinds.other;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function bytesFor(is: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (is(byte) ? 1 : 0));
}
