/**
 * JSON's string for an encoded line; the same as `JSON.stringify`, which it outruns because lines
 * hold neither control characters nor lone surrogates: only `"` and `\` need an escape.
 */
export function quoteLine(line: string): string {
  if (!line.includes('\\') && !line.includes('"')) return `"${line}"`;
  return `"${line.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
