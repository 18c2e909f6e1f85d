import type { TailraceEvent } from '../core/event.ts';
import type { Feed, SchemaPlace } from '../feeds/feed.ts';
import { lineSource, valueOf, type ValueSource } from './event-values.ts';
import { anyText, schemaText, type SchemaType } from './schema-values.ts';

/** The common schemas that a feed's table has places for. */
export type SchemaName = 'ecs' | 'ocsf';

/** A place of a field, by the index of its path among all paths. */
interface Place extends Omit<SchemaPlace, 'path'> {
  readonly index: number;
  readonly type: SchemaType;
}

interface PlacedField {
  readonly source: ValueSource;
  readonly places: readonly Place[];
  /** Said once more, so that there is nothing to keep when no place takes it. */
  readonly isExcerpt: boolean;
}

/** What a filled-in event consists of. */
export interface Filled {
  /** JSON by the index of the path. */
  readonly texts: (string | undefined)[];
  /** JSON of values that have no place, by the names of their attributes. */
  readonly rest: Map<string, string>;
  /** Attributes that the feed's table does not know. */
  readonly unknown: readonly string[];
}

/**
 * Fills the attributes of events into the places that the feed's table has for them in a schema.
 * `typeOf` says what stands at a path, undefined when there is no such path; `firstIndex` is the index
 * of the first path here among all.
 */
export class PlacedFields {
  readonly paths: readonly string[];
  readonly #fields: readonly PlacedField[];
  readonly #names: ReadonlySet<string>;
  readonly #noTexts: readonly (string | undefined)[];

  constructor(
    feed: Feed,
    schema: SchemaName,
    facility: number,
    firstIndex: number,
    typeOf: (path: string) => SchemaType | undefined,
  ) {
    const paths: string[] = [];
    const placesOf = (places: readonly SchemaPlace[] = []): readonly Place[] =>
      places.flatMap(({ path, ...place }) => {
        const type = typeOf(path);
        if (type === undefined) return [];
        if (!paths.includes(path)) paths.push(path);
        const index = firstIndex + paths.indexOf(path);
        return [{ index, type, ...place }];
      });
    this.#fields = [
      ...feed.fields
        .filter(({ role }) => role !== 'id' && role !== 'time')
        .map((field) => ({
          source: lineSource(feed, field, facility),
          places: placesOf(field[schema]),
          isExcerpt: false,
        })),
      ...(feed.cefExcerpts ?? []).map((excerpt) => ({
        source: { name: excerpt.key, own: excerpt.valueOf },
        places: placesOf(excerpt[schema]),
        isExcerpt: true,
      })),
    ];
    this.#names = new Set(feed.fields.map(({ name }) => name));
    this.paths = paths;
    this.#noTexts = Array.from({ length: firstIndex + paths.length }, () => undefined);
  }

  fill(event: TailraceEvent): Filled {
    const texts = this.#noTexts.slice();
    const rest = new Map<string, string>();
    const later: (readonly [index: number, text: string])[] = [];
    for (const { source, places, isExcerpt } of this.#fields) {
      const value = valueOf(event, source);
      if (value === undefined || value === null || value === '') continue;
      let isPlaced = isExcerpt;
      for (const { index, type, part, otherwise } of places) {
        const wanted = part === undefined ? value : part(value);
        const text = wanted === undefined ? undefined : schemaText(type, wanted);
        if (text === undefined) continue;
        if (otherwise) later.push([index, text]);
        else texts[index] ??= text;
        isPlaced ||= !otherwise;
      }
      if (!isPlaced) rest.set(source.name, anyText(value));
    }
    for (const [index, text] of later) texts[index] ??= text;
    return { texts, rest, unknown: this.#unknownNames(event) };
  }

  #unknownNames({ fields }: TailraceEvent): readonly string[] {
    const names: string[] = [];
    for (const name in fields) {
      if (!this.#names.has(name) && fields[name] !== undefined) names.push(name);
    }
    return names;
  }
}

/** `{"a":1,"b":"c"}` of names and JSON texts; undefined when there are none. */
export function jsonObject(entries: Iterable<readonly [string, string]>): string | undefined {
  const parts = Array.from(entries, ([name, text]) => `${anyText(name)}:${text}`);
  return parts.length === 0 ? undefined : `{${parts.join(',')}}`;
}
