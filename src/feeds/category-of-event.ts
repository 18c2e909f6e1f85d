import type { JsonValue } from '../core/json.ts';
import type { Category } from './feed.ts';

/** The category of an event which names none and whose type is not in the catalogue. */
export const uncategorized = 'Uncategorized';

/** The catalogue's category for what an event says of itself: its category, or its type's. */
export function compileCategories(
  categories: readonly Category[],
): (category: JsonValue | undefined, type: string) => string {
  const byName = new Map(
    categories.flatMap(({ name }) => [
      [categoryKey(name), name],
      [name, name],
    ]),
  );
  const byType = new Map(
    categories.flatMap(({ name, eventTypes }) => eventTypes.map((type) => [type.name, name])),
  );
  return (category, type) => {
    if (typeof category !== 'string' || category === '') return byType.get(type) ?? uncategorized;
    return byName.get(category) ?? byName.get(categoryKey(category)) ?? category;
  };
}

/** "Backup & Restore" in one document is "Backup And Restore" in another. */
function categoryKey(name: string): string {
  return name.replaceAll('&', 'and').toLowerCase();
}
