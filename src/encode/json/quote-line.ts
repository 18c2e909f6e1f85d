/**
 * JSON's string for an encoded line; the same as `JSON.stringify`, which it outruns for CEF and the
 * vendor's Syslog: lines hold neither control characters nor lone surrogates, so that only `\` and
 * `"` need an escape, and `"` is rare in them.
 */
export function quoteLine(line: string): string {
  if (line.includes('"')) return JSON.stringify(line);
  return line.includes('\\') ? `"${line.replaceAll('\\', '\\\\')}"` : `"${line}"`;
}
