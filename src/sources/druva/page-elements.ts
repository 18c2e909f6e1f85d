import type { JsonValue } from '../../core/json.ts';
import { isExact, parseInexact } from '../exact-json.ts';

/** A JSON object or a line as a page holds it; whatever else stands there comes as it is. */
export interface PageElement {
  readonly value: JsonValue;
  /** The JSON that `value` was read from, when it says exactly the same and stands on one line. */
  readonly text: string | undefined;
}

/** A page without its elements, and they. */
export interface CutPage {
  readonly elements: readonly PageElement[];
  /** The page's JSON with an empty list in their place. */
  readonly rest: string;
}

const [comma, quote, openBrace, closeBracket] = [0x2c, 0x22, 0x7b, 0x5d];
const listStart = /^\s*\[|"events"\s*:\s*\[/;
// oxlint-disable-next-line no-control-regex -- JSON forbids them in a string
const unescapedString = /^"[^\\\u0000-\u001f]*"$/;

/**
 * Takes a page apart element by element, so that the texts of the elements can be kept. Undefined
 * for a page that has anything unusual in its list: what is neither a string nor a flat object.
 */
export function cutElements(text: string): CutPage | undefined {
  const start = listStart.exec(text);
  if (start === null) return undefined;
  const elements: PageElement[] = [];
  const from = start.index + start[0].length;
  let at = visibleAt(text, from);
  try {
    while (elements.length > 0 || text.charCodeAt(at) !== closeBracket) {
      const end = endOfElement(text, at);
      elements.push(readElement(text.slice(at, end)));
      at = visibleAt(text, end);
      if (text.charCodeAt(at) === closeBracket) break;
      if (text.charCodeAt(at) !== comma) return undefined;
      at = visibleAt(text, at + 1);
    }
  } catch {
    return undefined; // cut in the wrong place, or no JSON at all
  }
  return { elements, rest: text.slice(0, from) + text.slice(at) };
}

/** Behind the string or the first closing brace; before `at` when there is none. */
function endOfElement(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === openBrace) return text.indexOf('}', at) + 1;
  return first === quote ? endOfString(text, at) : -1;
}

function endOfString(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

/** Throws `SyntaxError`. A piece that can be parsed is an element: no JSON begins with another. */
function readElement(text: string): PageElement {
  if (unescapedString.test(text)) return { value: text.slice(1, -1), text };
  const value: JsonValue = JSON.parse(text);
  if (!isExact(value)) return { value: parseInexact(text), text: undefined };
  return { value, text: /[\n\r]/.test(text) ? undefined : text };
}

function visibleAt(text: string, from: number): number {
  let at = from;
  while (isBlank(text.charCodeAt(at))) at += 1;
  return at;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
