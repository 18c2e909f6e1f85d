import { AppError } from '../../core/errors.ts';
import { endOfPlainText } from '../../lib/json-text.ts';
import { wordsOf } from '../../lib/words.ts';

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

/** Finds its way through the bytes of a page without parsing it. */
export class PageCutter {
  readonly #bytes: Buffer;
  readonly #words: DataView;

  /** `bytes` are UTF-8. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#words = wordsOf(bytes);
  }

  /** The elements of the list that begins at `at`, and the place behind it; undefined for no list. */
  list(at: number): { readonly elements: PageElements; readonly end: number } | undefined {
    const bytes = this.#bytes;
    if (bytes[at] !== openBracket) return undefined;
    const elements = new PageElements(bytes);
    let start = this.visibleAt(at + 1);
    if (bytes[start] === closeBracket) return { elements, end: start + 1 };
    for (;;) {
      const end = this.#addElement(elements, start);
      if (end === -1) return undefined;
      const next = this.visibleAt(end);
      if (bytes[next] === closeBracket) return { elements, end: next + 1 };
      if (bytes[next] !== comma) return undefined;
      start = this.visibleAt(next + 1);
    }
  }

  /**
   * Where the JSON value that begins at `start` ends; -1 when it does not. For an object or list only
   * strings and brackets are looked at.
   */
  endOfValue(start: number): number {
    const first = this.#bytes[start];
    if (first === quote) return this.#endOfString(start + 1);
    if (first === openBrace || first === openBracket) return this.#endOfNested(start);
    let at = start;
    while (at < this.#bytes.length && endsWord[this.#bytes[at] ?? 0] === 0) at += 1;
    return at === start ? -1 : at;
  }

  /** The first place from `from` on where no blank stands. */
  visibleAt(from: number): number {
    let at = from;
    while (isBlank(this.#bytes[at])) at += 1;
    return at;
  }

  /** Answers where the element that begins at `start` ends; -1 when it does not. */
  #addElement(elements: PageElements, start: number): number {
    const bytes = this.#bytes;
    let kind: number = bytes[start] === openBrace ? kinds.object : kinds.other;
    let end: number;
    if (bytes[start] === quote) {
      const textEnd = endOfPlainText(this.#words, start + 1);
      kind = bytes[textEnd] === quote ? kinds.plainString : kinds.escapedString;
      end = this.#endOfString(textEnd);
    } else end = this.endOfValue(start);
    if (end !== -1) elements.add(kind, start, end);
    return end;
  }

  /** Behind the quote that ends a string from somewhere within it. */
  #endOfString(from: number): number {
    const bytes = this.#bytes;
    let at = from;
    for (;;) {
      at = endOfPlainText(this.#words, at);
      if (bytes[at] === quote) return at + 1;
      if (bytes[at] !== backslash) return -1;
      at += 2;
    }
  }

  #endOfNested(start: number): number {
    const bytes = this.#bytes;
    let depth = 0;
    let at = start;
    for (;;) {
      while (isStructural[bytes[at] ?? 0] === 0) at += 1;
      const byte = bytes[at];
      if (byte === quote) {
        at = this.#endOfString(at + 1);
        if (at === -1) return -1;
        continue;
      }
      if (byte === undefined || byte === 0) return -1;
      at += 1;
      depth += byte === openBrace || byte === openBracket ? 1 : -1;
      if (depth === 0) return at;
    }
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

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function bytesFor(is: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (is(byte) ? 1 : 0));
}
