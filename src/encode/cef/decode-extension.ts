import { lineInvalid } from '../line-invalid.ts';

const keyPattern = /^\w+$/;
const lenientKeyPattern = /^[\w.,[\]-]+$/;

/** The pairs from index `from` to the line's end. See `decodeCef`. */
export function decodeExtension(
  line: string,
  from: number,
  lenient: boolean,
): ReadonlyMap<string, string> {
  const keys = lenient ? lenientKeyPattern : keyPattern;
  const extension = new Map<string, string>();
  let pair = firstPair(line, from, lenient, keys);
  while (pair !== undefined) {
    const next = nextPair(line, pair.valueAt, lenient, keys);
    const end = next === undefined ? line.length : next.keyAt - 1;
    const isLoose = lenient || next === undefined;
    const raw = line.slice(pair.valueAt, end);
    const value = unescapeValue(isLoose ? raw.trimEnd() : raw, pair.valueAt, lenient);
    if (!extension.has(pair.key)) extension.set(pair.key, value);
    else if (!lenient) throw lineInvalid(pair.keyAt, 'a key stands there twice');
    pair = next;
  }
  return extension;
}

interface PairStart {
  readonly key: string;
  readonly keyAt: number;
  readonly valueAt: number;
}

function firstPair(
  line: string,
  from: number,
  lenient: boolean,
  keys: RegExp,
): PairStart | undefined {
  // ArcSight's own lines have one space here, and Debian 12's liblognorm needs it.
  const spaces = lenient ? (/^ */.exec(line.slice(from))?.[0].length ?? 0) : 1;
  const keyAt = line[from] === ' ' ? from + spaces : from;
  if (line.slice(keyAt).trim() === '') return undefined;
  const equalsAt = line.indexOf('=', keyAt);
  const key = line.slice(keyAt, equalsAt);
  if (equalsAt === -1 || !keys.test(key)) throw lineInvalid(keyAt, 'key=value is expected');
  return { key, keyAt, valueAt: equalsAt + 1 };
}

/** A value ends before the last space in front of the next unescaped `=`, if a key stands between. */
function nextPair(
  line: string,
  valueAt: number,
  lenient: boolean,
  keys: RegExp,
): PairStart | undefined {
  let spaceAt = -1;
  for (let at = valueAt; at < line.length; at += 1) {
    const character = line[at];
    if (character === '\\') {
      // The space after a stray backslash still separates.
      if (line[at + 1] !== ' ') at += 1;
    } else if (character === ' ') {
      spaceAt = at;
    } else if (character === '=') {
      const key = spaceAt === -1 ? '' : line.slice(spaceAt + 1, at);
      if (keys.test(key)) return { key, keyAt: spaceAt + 1, valueAt: at + 1 };
      if (!lenient) throw lineInvalid(at, 'an unescaped = in a value');
    }
  }
  return undefined;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\', '=': '=', n: '\n', r: '\r' };

function unescapeValue(raw: string, valueAt: number, lenient: boolean): string {
  if (!raw.includes('\\')) return raw;
  // A backslash at the very end has nothing behind it: `escaped` is empty then.
  return raw.replace(/\\(.?)/gsu, (whole: string, escaped: string, index: number) => {
    const character = Object.hasOwn(escapes, escaped) ? escapes[escaped] : undefined;
    if (character !== undefined) return character;
    if (lenient) return whole;
    throw lineInvalid(valueAt + index, 'an unknown escape in the extension');
  });
}
