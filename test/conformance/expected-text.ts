/** What lines may hold of a text, said once more and differently than the encoders say it. */

function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code === 0x2028 || code === 0x2029;
}

function withoutControls(value: string): string {
  return Array.from(value.toWellFormed())
    .map((character) => (isControl(character.charCodeAt(0)) ? ' ' : character))
    .join('');
}

/** Controls, line breaks among them, are spaces. */
export function asOneLine(value: string): string {
  return withoutControls(value).trim();
}

/** Line breaks are LF, other controls spaces. */
export function asLines(value: string): string {
  const lines = value.split(/\r\n|\n|\r/);
  return lines.map(withoutControls).join('\n').trim();
}

/** What reorders the text around it is seen and not obeyed. */
export function visibly(value: string): string {
  return Array.from(value)
    .map((character) => (/^[\u202a-\u202e\u2066-\u2069]$/.test(character) ? '\ufffd' : character))
    .join('');
}

/** At most so many characters, the last one an ellipsis if there were more. */
export function cut(value: string, length: number): string {
  const points = Array.from(value);
  return points.length <= length
    ? value
    : `${points
        .slice(0, length - 1)
        .join('')
        .trimEnd()}…`;
}
