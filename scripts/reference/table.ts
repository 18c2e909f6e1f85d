/** A Markdown table. Cells may hold Markdown; a pipe in them is escaped. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return line(headings) + line(headings.map(() => '---')) + rows.map(line).join('');
}

function line(cells: readonly string[]): string {
  const escaped = cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' '));
  return `| ${escaped.join(' | ')} |\n`;
}

export function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}
