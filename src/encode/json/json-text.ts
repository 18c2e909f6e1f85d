import type { JsonValue } from '../../core/json.ts';

/** Printable ASCII without `"` and `\`. */
const plain = /^[ !#-[\]-~]*$/;

/** `JSON.stringify`, quick for what nearly always comes, without characters that end lines. */
export function jsonText(value: JsonValue): string {
  if (typeof value === 'string' && plain.test(value)) return `"${value}"`;
  if (typeof value === 'number' && Number.isFinite(value)) return `${value}`;
  return escapeSeparators(JSON.stringify(value));
}

// JSON lets these stand as they are, but some readers take them for the end of a line.
const separator = /[\u007f-\u009f\u2028\u2029]/;
const separators = new RegExp(separator, 'g');

/** JSON's text with those characters escaped that some readers take for the end of a line. */
export function escapeSeparators(text: string): string {
  if (!separator.test(text)) return text;
  return text.replace(
    separators,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
