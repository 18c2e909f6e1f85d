/** A byte order mark, without which a spreadsheet reads UTF-8 as something else. */
export const csvStart = '\uFEFF';

/** One record after RFC 4180, its CR LF included. Numbers stand as they are. */
export function csvRecord(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/**
 * Where a cell could begin with a formula (with `=`, `+`, `-`, `@`, also in full width), spaces and
 * quotes in front of it left out. A spreadsheet that separates cells by semicolons or tabs, as it does
 * in half of Europe, takes our quotes for text and begins a cell after any of them, and after any line
 * break. A tab or a carriage return in front is left out by some.
 */
const formulaStart = /(?<![^;\t\r\n])(?=[\p{Zs}\v\f"]*[=+\-@＝＋－＠])|^(?=[\t\r])/gu;

/**
 * A formula gets an apostrophe in front, which spreadsheets show as text: event contents are written
 * by attackers.
 */
function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = value.replaceAll(formulaStart, "'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
