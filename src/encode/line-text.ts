import type { JsonValue } from '../core/json.ts';

/** A value as text; empty for what is written as nothing. */
export function textOf(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

// Everything that ends a line or is no character at all: C0 and C1 controls, Unicode's line and
// paragraph separators. CR and LF are among them.
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
// oxlint-disable-next-line no-control-regex -- as above, but for CR and LF
const controlsButLineBreaks = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029]/g;

/**
 * Characters that reorder what is shown around them (embeddings, overrides, isolates): a way to make
 * a log entry read as something else. Plain direction marks are part of Arabic and Hebrew text.
 */
const reordering = /[\u202a-\u202e\u2066-\u2069]/g;

// One look finds whether there is anything of this at all, which there rarely is.
// oxlint-disable-next-line no-control-regex -- as above, and surrogates, of which one may be alone
const unclean = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/;

/** On one line: controls become spaces, lone surrogates U+FFFD; trimmed. */
export function singleLine(text: string): string {
  if (!unclean.test(text)) return text.trim();
  return text.toWellFormed().replace(controls, ' ').trim();
}

/** As `singleLine`, but line breaks stay and are all LF. */
export function multiLine(text: string): string {
  if (!unclean.test(text)) return text.trim();
  return text.toWellFormed().replace(controlsButLineBreaks, ' ').replace(/\r\n?/g, '\n').trim();
}

/** Shows reordering characters as U+FFFD instead of obeying them. */
export function withoutReordering(text: string): string {
  return text.replace(reordering, '\ufffd');
}

/** The first `length` code points; an emoji is never cut in two. */
export function firstCodePoints(text: string, length: number): string {
  if (text.length <= length) return text;
  let end = 0;
  for (let count = 0; count < length && end < text.length; count += 1) {
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  }
  return text.slice(0, end);
}

/** At most `length` code points; text that is longer ends in an ellipsis, so that one sees it. */
export function cutVisibly(text: string, length: number): string {
  if (text.length <= length) return text;
  if (firstCodePoints(text, length).length === text.length) return text;
  return `${firstCodePoints(text, length - 1).trimEnd()}…`;
}

/** RFC 5424's PRINTUSASCII, at most `length`; `-`, its word for nothing, when nothing is left. */
export function printableAscii(text: string, length: number): string {
  return text.replace(/[^!-~]+/g, '-').slice(0, length) || '-';
}

/** A name for machines: `Admin Audit Trail` → `admin-audit-trail`. */
export function slug(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'event'
  );
}

/**
 * Remembers what `derive` made of a text; for event types, of which there are few. Forgets everything
 * when there are too many after all.
 */
export function remembered<T>(derive: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    let value = known.get(text);
    if (value !== undefined) return value;
    value = derive(text);
    if (known.size >= 500) known.clear();
    if (text.length <= 512) known.set(text, value);
    return value;
  };
}
