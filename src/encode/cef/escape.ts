import { multiLine, singleLine } from '../line-text.ts';

/** Nothing but ASCII that stands for itself: by far the most values, found with one test. */
const plainValue = /^[ -<>-[\]-~]*$/;
const plainHeader = /^[ -[\]-{}~]*$/;

/**
 * Extension values: `\` and `=` are escaped, line breaks are written as the two characters `\n`, other
 * controls as spaces; trimmed, because parsers do not keep a value's outer spaces. `equals` is what
 * stands for `=`.
 */
export function escapeExtension(value: string, equals = '\\='): string {
  if (plainValue.test(value)) return value.trim();
  return escapeClean(multiLine(value), equals);
}

/** The escapes alone, for text that `multiLine` has been over. */
export function escapeClean(value: string, equals: string): string {
  let escaped = value;
  // Looking first is much cheaper than replacing nothing.
  if (escaped.includes('\\')) escaped = escaped.replaceAll('\\', '\\\\');
  if (escaped.includes('=')) escaped = escaped.replaceAll('=', equals);
  return escaped.includes('\n') ? escaped.replaceAll('\n', '\\n') : escaped;
}

/** `%3D` for `=`, for parsers that unescape before they split. */
export function percentEquals(value: string): string {
  return value.includes('=') ? value.replaceAll('=', '%3D') : value;
}

/** Header values: `\` and `|` are escaped, line breaks and other controls become spaces; trimmed. */
export function escapeHeader(value: string): string {
  if (plainHeader.test(value)) return value.trim();
  return singleLine(value).replaceAll('\\', '\\\\').replaceAll('|', '\\|');
}
