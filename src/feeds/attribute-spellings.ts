import type { FeedField } from './feed.ts';

/** One spelling of an attribute's name. */
export interface Spelling {
  readonly field: FeedField;
  readonly index: number;
  readonly canonical: boolean;
  /** `text` and `time` for strings whose form is checked later, or not at all. */
  readonly kind: 'text' | 'time' | 'integer' | 'other';
}

/** Finds a name's spelling; quickly when the attribute at `place` had the same name last time. */
export function compileSpellings(
  fields: readonly FeedField[],
): (name: string, place: number) => Spelling | undefined {
  const spellings = new Map<string, Spelling>();
  for (const [index, field] of fields.entries()) {
    const kind = spellingKind(field);
    for (const name of [field.v1Name, ...(field.aliases ?? []), field.name]) {
      spellings.set(name, { field, index, canonical: name === field.name, kind });
    }
  }
  // A product writes its attributes in one order: comparing with the event before is much cheaper
  // than looking up.
  const lastNames: string[] = [];
  const lastSpellings: (Spelling | undefined)[] = [];
  return (name, place) => {
    if (lastNames[place] === name) return lastSpellings[place];
    const spelling = spellings.get(name);
    if (place < fields.length) {
      lastNames[place] = name;
      lastSpellings[place] = spelling;
    }
    return spelling;
  };
}

function spellingKind(field: FeedField): Spelling['kind'] {
  if (field.type === 'integer') return 'integer';
  if (field.type === 'time') return field.role === 'time' ? 'time' : 'other';
  return field.trimmed === true ? 'other' : 'text';
}
