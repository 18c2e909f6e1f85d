import { spellingsOf } from '../encode/compile-redaction.ts';
import type { FieldRole } from '../feeds/feed.ts';
import { feeds } from '../feeds/feeds.ts';
import { nearestWord } from '../lib/nearest-word.ts';
import type { SinkConfig } from './entries.ts';
import type { Problem } from './problem.ts';
import type { YamlDocument } from './yaml-document.ts';

/** What encoders take from the event itself, and receivers tell events apart and sort them by. */
const shownAlways: ReadonlySet<FieldRole | undefined> = new Set(['id', 'time', 'type', 'severity']);

/** Redactions that could not hide what they name. */
export function redactionProblems(
  document: YamlDocument,
  sinks: readonly SinkConfig[],
): readonly Problem[] {
  return sinks.flatMap(({ redact }, sink) =>
    redact.flatMap(({ field }, index) => {
      if (!isShownAlways(field)) return [];
      const place = document.placeOf(['sinks', sink, 'redact', index, 'field']);
      const complaint = `'${field}' is an event's identity, time, type or severity, which every sink needs`;
      return [{ ...place, message: `sinks[${sink}].redact[${index}].field: ${complaint}` }];
    }),
  );
}

function isShownAlways(field: string): boolean {
  return feeds.some((feed) => {
    const names = spellingsOf(feed, field);
    return feed.fields.some(({ name, role }) => names.includes(name) && shownAlways.has(role));
  });
}

/** Names that no feed knows: allowed, as events may bring attributes of their own, but hardly meant. */
export function selectionWarnings(
  document: YamlDocument,
  sinks: readonly SinkConfig[],
): readonly Problem[] {
  return sinks.flatMap(({ redact, categories = [] }, sink) => [
    ...redact.flatMap(({ field }, index) => {
      const place = document.placeOf(['sinks', sink, 'redact', index, 'field']);
      return unknownName(`redact: no feed's table has '${field}'`, field, attributes, place);
    }),
    ...categories.flatMap((category, index) => {
      const place = document.placeOf(['sinks', sink, 'categories', index]);
      return unknownName(`categories: no feed has '${category}'`, category, catalogue, place);
    }),
  ]);
}

const attributes = feeds.flatMap((feed) =>
  feed.fields.flatMap(({ name }) => spellingsOf(feed, name)),
);
const catalogue = feeds.flatMap((feed) => feed.categories.map(({ name }) => name));

function unknownName(
  complaint: string,
  name: string,
  known: readonly string[],
  place: Omit<Problem, 'message'>,
): readonly Problem[] {
  if (known.includes(name)) return [];
  const meant = nearestWord(name, known);
  const message = meant === undefined ? complaint : `${complaint}; did you mean '${meant}'?`;
  return [{ ...place, message }];
}
