/**
 * The extension as several popular libraries read it: they take the escapes away first and then look
 * for `word=`, so that an escaped equals sign in a value begins a field of its own.
 */
export function naivePairs(line: string): ReadonlyMap<string, string> {
  const unescaped = line
    .replaceAll('\\\\', '\\')
    .replaceAll('\\=', '=')
    .replaceAll('\\|', '|')
    .replaceAll('\\n', '\n');
  // The header as well: a pipe that was escaped counts as a separator now.
  const extension = unescaped.split('|').slice(7).join('|');
  const pairs = new Map<string, string>();
  const starts = [...extension.matchAll(/(?:^|\s)(?<key>\w+)=/g)];
  for (const [index, start] of starts.entries()) {
    const end = starts[index + 1]?.index ?? extension.length;
    pairs.set(start.groups?.['key'] ?? '', extension.slice(start.index + start[0].length, end));
  }
  return pairs;
}
