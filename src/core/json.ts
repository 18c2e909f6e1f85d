/** What JSON can say. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type JsonObject = { readonly [key: string]: JsonValue };

/**
 * More than any event has. What goes down into a value level by level, as `JSON.stringify` does, runs
 * out of stack some thousands of levels down, where `JSON.parse` does not.
 */
export const jsonLevelsMax = 64;

/** Whether there are more than `levels` objects and lists in one another. */
export function isDeeperThan(value: JsonValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && isDeeperThan(part, levels - 1)) return true;
  }
  return false;
}

/** `JSON.stringify` for what strangers sent: from `jsonLevelsMax` levels on, an ellipsis stands for it. */
export function boundedJsonText(value: JsonValue): string {
  return JSON.stringify(
    isDeeperThan(value, jsonLevelsMax) ? cutBelow(value, jsonLevelsMax) : value,
  );
}

function cutBelow(value: JsonValue, levels: number): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return '…';
  if (isList(value)) return value.map((part) => cutBelow(part, levels - 1));
  const cut = Object.entries(value).map(([name, part]) => [name, cutBelow(part, levels - 1)]);
  return Object.fromEntries(cut);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
