export interface TextPiece {
  readonly text: string;
  /** Set for a character that would be invisible or change how others are read: its name. */
  readonly mark?: string;
}

/**
 * Control characters, line separators, bidirectional controls, invisible spaces, tags and unpaired
 * surrogates. The joiners U+200C and U+200D stay: honest names in many scripts need them.
 */
const unseen =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001F\u007F-\u009F\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}\p{Cs}]/gu;

/** Splits a text so that everything in it can be seen and nothing in it acts. */
export function visibleText(value: string): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let doneUntil = 0;
  for (const match of value.matchAll(unseen)) {
    if (match.index > doneUntil) pieces.push({ text: value.slice(doneUntil, match.index) });
    pieces.push({ text: pictureOf(match[0]), mark: nameOf(match[0]) });
    doneUntil = match.index + match[0].length;
  }
  if (doneUntil < value.length) pieces.push({ text: value.slice(doneUntil) });
  return pieces;
}

const shortNames: Readonly<Record<string, string>> = {
  '\t': 'tab',
  '\n': 'line feed',
  '\r': 'carriage return',
  '\u001B': 'escape',
  '\u202A': 'left-to-right embedding',
  '\u202B': 'right-to-left embedding',
  '\u202D': 'left-to-right override',
  '\u202E': 'right-to-left override',
  '\u200B': 'zero width space',
  '\uFEFF': 'byte order mark',
};

function nameOf(character: string): string {
  const name = shortNames[character];
  return name === undefined ? codePoint(character) : `${codePoint(character)} ${name}`;
}

/** The picture Unicode has for a control character, else its number. */
function pictureOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x24_00 + code);
  return code === 0x7f ? '␡' : codePoint(character);
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
